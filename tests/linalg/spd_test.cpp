#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/impl/linalg/dense_kernels.hpp>
#include <recocore/impl/linalg/tiled_inverse.hpp>
#include <recocore/linalg/spd.hpp>

namespace rc = recocore;
using rc::detail::DenseKernels;

namespace {

/// Random, symmetric, the diagonal larger than the sum of its row: positive definite. Rounded to float.
std::vector<float> random_matrix(std::size_t n, std::uint64_t seed) {
  rc::Random random(seed);
  std::vector<float> matrix(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const auto value = static_cast<float>(random.uniform() - 0.4);
      matrix[i * n + j] = value;
      matrix[j * n + i] = value;
    }
    matrix[i * n + i] = static_cast<float>(static_cast<double>(n) * 0.4 + random.uniform() + 0.5);
  }
  return matrix;
}

/// Gauss-Jordan in double.
std::vector<double> naive_inverse(const std::vector<float>& matrix, std::size_t n) {
  std::vector<double> left(matrix.begin(), matrix.end());
  std::vector<double> right(n * n, 0.0);
  for (std::size_t i = 0; i < n; ++i) {
    right[i * n + i] = 1.0;
  }
  for (std::size_t pivot = 0; pivot < n; ++pivot) {
    const double scale = 1.0 / left[pivot * n + pivot];
    for (std::size_t column = 0; column < n; ++column) {
      left[pivot * n + column] *= scale;
      right[pivot * n + column] *= scale;
    }
    for (std::size_t row = 0; row < n; ++row) {
      const double factor = left[row * n + pivot];
      if (row == pivot || factor == 0.0) {
        continue;
      }
      for (std::size_t column = 0; column < n; ++column) {
        left[row * n + column] -= factor * left[pivot * n + column];
        right[row * n + column] -= factor * right[pivot * n + column];
      }
    }
  }
  return right;
}

double largest_difference(const std::vector<float>& found, const std::vector<double>& expected) {
  double largest = 0.0;
  for (std::size_t place = 0; place < found.size(); ++place) {
    const double difference = std::abs(static_cast<double>(found[place]) - expected[place]);
    largest = std::isnan(difference) ? std::numeric_limits<double>::infinity() : std::max(largest, difference);
  }
  return largest;
}

}  // namespace

TEST_CASE("the inverse is that of Gauss and Jordan, with every instruction set") {
  for (const std::size_t n : {1U, 2U, 3U, 17U, 255U, 256U, 257U, 600U}) {
    const auto matrix = random_matrix(n, n);
    const auto expected = naive_inverse(matrix, n);
    const double scale = *std::max_element(expected.begin(), expected.end());
    auto lower = matrix;
    for (std::size_t i = 0; i < n; ++i) {
      std::fill(lower.begin() + static_cast<std::ptrdiff_t>(i * n + i + 1),
                lower.begin() + static_cast<std::ptrdiff_t>((i + 1) * n), std::numeric_limits<float>::quiet_NaN());
    }
    auto found = lower;
    rc::invert_positive_definite(found, n, {.threads = 1});
    CHECK(largest_difference(found, expected) < 1e-5 * scale);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        REQUIRE(found[i * n + j] == found[j * n + i]);
      }
    }
    for (const DenseKernels* kernels : rc::detail::runnable_dense_kernels()) {
      CAPTURE(kernels->name);
      auto other = lower;
      rc::detail::TiledInverse(other.data(), n, *kernels, {.threads = 1}).run();
      CHECK(largest_difference(other, expected) < 1e-5 * scale);
    }
  }
}

TEST_CASE("the same bytes for any number of threads") {
  const std::size_t n = 1100;
  const auto matrix = random_matrix(n, 5);
  auto one = matrix;
  rc::invert_positive_definite(one, n, {.threads = 1});
  for (const unsigned threads : {2U, 5U}) {
    auto many = matrix;
    rc::invert_positive_definite(many, n, {.threads = threads});
    CHECK(many == one);
  }
}

TEST_CASE("what is not positive definite is refused, and says where") {
  for (const std::size_t n : {1U, 5U, 300U, 600U}) {
    for (const std::size_t row : {std::size_t{0}, n / 2, n - 1}) {
      for (const float bad :
           {-1.0F, 0.0F, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        auto matrix = random_matrix(n, 3);
        matrix[row * n + row] = bad;
        CHECK_THROWS_WITH_AS(rc::invert_positive_definite(matrix, n, {.threads = 2}),
                             doctest::Contains(("row " + std::to_string(row) + " has").c_str()),
                             rc::NotPositiveDefinite);
      }
    }
  }
  auto matrix = random_matrix(4, 3);
  CHECK_THROWS_AS(rc::invert_positive_definite(matrix, 5), rc::InvalidParameter);
  std::vector<float> nothing;
  CHECK_NOTHROW(rc::invert_positive_definite(nothing, 0));
}

TEST_CASE("progress ascends to the end, and a stop is obeyed") {
  auto matrix = random_matrix(700, 8);
  std::uint64_t last = 0;
  std::uint64_t all = 0;
  rc::invert_positive_definite(
      matrix, 700, {.threads = 2, .progress = [&](std::string_view stage, std::uint64_t done, std::uint64_t total) {
                      CHECK(stage == "inverse");
                      CHECK(done > last);
                      last = done;
                      all = total;
                    }});
  CHECK(last == all);
  CHECK(all > 0);
  std::stop_source source;
  rc::RunOptions options{.threads = 2, .stop = source.get_token()};
  options.progress = [&](std::string_view /*stage*/, std::uint64_t done, std::uint64_t /*total*/) {
    CHECK(done < 3);
    if (done == 2) {
      source.request_stop();
    }
  };
  matrix = random_matrix(700, 8);
  CHECK_THROWS_AS(rc::invert_positive_definite(matrix, 700, options), rc::Cancelled);
}

TEST_CASE("one system of equations, with every instruction set") {
  for (const std::size_t n : {1U, 2U, 31U, 200U, 401U}) {
    const auto matrix = random_matrix(n, n + 1);
    const auto inverse = naive_inverse(matrix, n);
    for (const DenseKernels* kernels : rc::detail::runnable_dense_kernels()) {
      CAPTURE(kernels->name);
      auto left = matrix;
      std::vector<float> x(n);
      for (std::size_t i = 0; i < n; ++i) {
        x[i] = static_cast<float>(i % 7) - 2.0F;
      }
      const auto right = x;
      REQUIRE(kernels->solve_positive_definite({left.data(), n}, n, x.data()) == n);
      for (std::size_t i = 0; i < n; ++i) {
        double expected = 0.0;
        for (std::size_t j = 0; j < n; ++j) {
          expected += inverse[i * n + j] * static_cast<double>(right[j]);
        }
        CHECK(std::abs(static_cast<double>(x[i]) - expected) < 1e-4);
      }
      left = matrix;
      left[(n / 2) * n + n / 2] = std::numeric_limits<float>::quiet_NaN();
      CHECK(kernels->solve_positive_definite({left.data(), n}, n, x.data()) == n / 2);
    }
  }
}

TEST_CASE("adding multiples of rows, with every instruction set") {
  for (const DenseKernels* kernels : rc::detail::runnable_dense_kernels()) {
    for (const std::size_t n : {0U, 1U, 15U, 16U, 100U}) {
      std::vector<float> y(n + 1, 1.0F);
      std::vector<float> x(n + 1);
      for (std::size_t i = 0; i <= n; ++i) {
        x[i] = static_cast<float>(i);
      }
      kernels->add_scaled(y.data(), x.data(), 0.5F, n);
      for (std::size_t i = 0; i < n; ++i) {
        CHECK(y[i] == 1.0F + 0.5F * static_cast<float>(i));
      }
      CHECK(y[n] == 1.0F);
    }
  }
}
