#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <stop_token>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/linalg/truncated_svd.hpp>

#include "../support/random_interactions.hpp"

namespace rc = recocore;

namespace {

using Dense = std::vector<std::vector<double>>;

struct Scaled {
  rc::SparseRows<rc::UserIx, rc::ItemIx> rows;
  rc::SparseRows<rc::ItemIx, rc::UserIx> transposed;
  std::vector<double> row_scale;
  std::vector<double> column_scale;

  explicit Scaled(rc::SparseRows<rc::UserIx, rc::ItemIx> matrix, std::uint64_t seed = 0)
      : rows(std::move(matrix)), transposed(rc::transpose(rows)) {
    rc::Random random(seed);
    for (std::size_t u = 0; u < rows.rows(); ++u) {
      row_scale.push_back(seed == 0 ? 1.0 : 0.5 + random.uniform());
    }
    for (std::size_t i = 0; i < rows.columns; ++i) {
      column_scale.push_back(seed == 0 ? 1.0 : 0.5 + random.uniform());
    }
  }

  [[nodiscard]] rc::TruncatedSvd svd(const rc::TruncatedSvdConfig& config, const rc::RunOptions& options = {}) const {
    return rc::truncated_svd(rows, transposed, row_scale, column_scale, config, options);
  }

  /// A^T A.
  [[nodiscard]] Dense gram() const {
    Dense dense(rows.rows(), std::vector<double>(rows.columns, 0.0));
    for (std::size_t u = 0; u < rows.rows(); ++u) {
      const auto items = rows.row(rc::UserIx(u));
      const auto values = rows.row_values(rc::UserIx(u));
      for (std::size_t e = 0; e < items.size(); ++e) {
        const double value = values.empty() ? 1.0 : static_cast<double>(values[e]);
        dense[u][items[e].value] = row_scale[u] * value * column_scale[items[e].value];
      }
    }
    Dense product(rows.columns, std::vector<double>(rows.columns, 0.0));
    for (std::size_t i = 0; i < rows.columns; ++i) {
      for (std::size_t j = 0; j < rows.columns; ++j) {
        for (const auto& row : dense) {
          product[i][j] += row[i] * row[j];
        }
      }
    }
    return product;
  }
};

struct Decomposition {
  std::vector<double> values{};
  Dense vectors{};  ///< one a row
};

/// By Jacobi's rotations, the largest value first.
Decomposition jacobi(Dense a) {
  const std::size_t n = a.size();
  Dense v(n, std::vector<double>(n, 0.0));
  for (std::size_t i = 0; i < n; ++i) {
    v[i][i] = 1.0;
  }
  for (int sweep = 0; sweep < 60; ++sweep) {
    for (std::size_t p = 0; p < n; ++p) {
      for (std::size_t q = p + 1; q < n; ++q) {
        if (std::abs(a[p][q]) < 1e-300) {
          continue;
        }
        const double theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
        const double t = (theta >= 0.0 ? 1.0 : -1.0) / (std::abs(theta) + std::sqrt(theta * theta + 1.0));
        const double c = 1.0 / std::sqrt(t * t + 1.0);
        const double s = t * c;
        for (std::size_t k = 0; k < n; ++k) {
          const double kp = a[k][p];
          const double kq = a[k][q];
          a[k][p] = c * kp - s * kq;
          a[k][q] = s * kp + c * kq;
        }
        for (std::size_t k = 0; k < n; ++k) {
          const double pk = a[p][k];
          const double qk = a[q][k];
          a[p][k] = c * pk - s * qk;
          a[q][k] = s * pk + c * qk;
          const double vp = v[p][k];
          const double vq = v[q][k];
          v[p][k] = c * vp - s * vq;
          v[q][k] = s * vp + c * vq;
        }
      }
    }
  }
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) { return a[x][x] > a[y][y]; });
  Decomposition result;
  for (const std::size_t i : order) {
    result.values.push_back(a[i][i]);
    result.vectors.push_back(v[i]);
  }
  return result;
}

double dot(const rc::TruncatedSvd& svd, std::size_t a, std::size_t b) {
  double sum = 0.0;
  for (std::size_t column = 0; column < svd.columns; ++column) {
    sum += static_cast<double>(svd.of(column)[a]) * static_cast<double>(svd.of(column)[b]);
  }
  return sum;
}

}  // namespace

TEST_CASE("singular values and vectors are those of a dense decomposition") {
  struct Shape {
    rc::test::RandomShop shop;
    std::size_t dimensions;
  };
  const Shape shapes[] = {{{.users = 30, .items = 20, .density = 0.3}, 5},
                          {{.users = 90, .items = 70, .density = 0.1}, 12},
                          {{.users = 40, .items = 75, .density = 0.2, .largest_weight = 4}, 40},
                          {{.users = 200, .items = 60, .density = 0.1, .largest_weight = 2}, 60},
                          {{.users = 20, .items = 90, .density = 0.1}, 90}};
  for (std::uint64_t seed = 1; seed < 4; ++seed) {
    for (const auto& [shop, dimensions] : shapes) {
      CAPTURE(shop.users);
      CAPTURE(shop.items);
      CAPTURE(seed);
      const Scaled matrix(rc::test::random_rows(shop, seed), seed);
      const auto svd = matrix.svd({.dimensions = dimensions, .tolerance = 1e-9, .seed = seed});
      const auto exact = jacobi(matrix.gram());
      CHECK(svd.converged);
      std::size_t rank = 0;
      while (rank < dimensions && rank < exact.values.size() && exact.values[rank] > 1e-9 * exact.values[0]) {
        ++rank;
      }
      REQUIRE(svd.dimensions() == rank);
      REQUIRE(svd.right.size() == shop.items * rank);
      for (std::size_t j = 0; j < rank; ++j) {
        const double value = std::sqrt(exact.values[j]);
        CHECK(std::abs(static_cast<double>(svd.singular_values[j]) - value) <= 1e-5 * value + 1e-6);
        for (std::size_t other = 0; other <= j; ++other) {
          CHECK(std::abs(dot(svd, j, other) - (j == other ? 1.0 : 0.0)) < 2e-6);
        }
        // Where the spectrum has a gap, the space up to it is the same.
        if (j + 1 < exact.values.size() && exact.values[j] < 1.05 * exact.values[j + 1]) {
          continue;
        }
        for (std::size_t a = 0; a < shop.items; ++a) {
          for (std::size_t b = 0; b < shop.items; ++b) {
            double found = 0.0;
            double expected = 0.0;
            for (std::size_t k = 0; k <= j; ++k) {
              found += static_cast<double>(svd.of(a)[k]) * static_cast<double>(svd.of(b)[k]);
              expected += exact.vectors[k][a] * exact.vectors[k][b];
            }
            REQUIRE(std::abs(found - expected) < 1e-4);
          }
        }
      }
    }
  }
}

TEST_CASE("the same bytes for any number of threads, the largest entry of a vector positive") {
  const Scaled matrix(rc::test::random_rows({.users = 900, .items = 400, .density = 0.03, .largest_weight = 3}, 5), 5);
  const auto one = matrix.svd({.dimensions = 70}, {.threads = 1});
  REQUIRE(one.dimensions() == 70);
  for (const unsigned threads : {2U, 5U}) {
    const auto many = matrix.svd({.dimensions = 70}, {.threads = threads});
    CHECK(many.singular_values == one.singular_values);
    CHECK(many.right == one.right);
    CHECK(many.iterations == one.iterations);
  }
  for (std::size_t j = 0; j < 70; ++j) {
    float largest = 0.0F;
    for (std::size_t column = 0; column < one.columns; ++column) {
      const float value = one.of(column)[j];
      largest = std::abs(value) > std::abs(largest) ? value : largest;
    }
    CHECK(largest > 0.0F);
  }
  const auto other_seed = matrix.svd({.dimensions = 70, .tolerance = 1e-9, .seed = 77});
  const auto accurate = matrix.svd({.dimensions = 70, .tolerance = 1e-9});
  for (std::size_t j = 0; j < 70; ++j) {
    CHECK(std::abs(other_seed.singular_values[j] - accurate.singular_values[j]) < 1e-4F);
  }
}

TEST_CASE("matrices of low rank, empty rows and columns, and nothing at all") {
  rc::SparseRows<rc::UserIx, rc::ItemIx> same;
  same.columns = 5;
  for (int user = 0; user < 3; ++user) {
    same.indices.insert(same.indices.end(), {rc::ItemIx(1U), rc::ItemIx(3U)});
    same.offsets.push_back(same.indices.size());
  }
  same.offsets.push_back(same.indices.size());  // somebody without anything
  const auto svd = Scaled(same).svd({.dimensions = 4});
  REQUIRE(svd.dimensions() == 1);
  CHECK(static_cast<double>(svd.singular_values[0]) == doctest::Approx(std::sqrt(6.0)));
  CHECK(static_cast<double>(svd.of(1)[0]) == doctest::Approx(std::sqrt(0.5)));
  CHECK(static_cast<double>(svd.of(3)[0]) == doctest::Approx(std::sqrt(0.5)));
  CHECK(std::abs(svd.of(0)[0]) < 1e-6F);

  rc::SparseRows<rc::UserIx, rc::ItemIx> empty;
  empty.columns = 3;
  empty.offsets = {0, 0, 0};
  CHECK(Scaled(empty).svd({}).dimensions() == 0);
  CHECK(Scaled({}).svd({}).dimensions() == 0);

  // A pattern whose scaled values are all zero.
  const Scaled full(rc::test::random_rows({}, 6));
  const std::vector<double> zeros(full.row_scale.size(), 0.0);
  CHECK(rc::truncated_svd(full.rows, full.transposed, zeros, full.column_scale).dimensions() == 0);
}

TEST_CASE("the estimate of memory knows that no more dimensions are taken than there are") {
  const auto all = rc::estimate_truncated_svd_memory(900, 700, 700, {.threads = 1});
  CHECK(rc::estimate_truncated_svd_memory(900, 700, std::size_t{1} << 40U, {.threads = 1}) == all);
}

TEST_CASE("bad parameters, and a stop") {
  const Scaled matrix(rc::test::random_rows({}, 5));
  CHECK_THROWS_AS(static_cast<void>(matrix.svd({.dimensions = 0})), rc::InvalidParameter);
  CHECK_THROWS_AS(static_cast<void>(matrix.svd({.tolerance = 0.0})), rc::InvalidParameter);
  CHECK_THROWS_AS(static_cast<void>(matrix.svd({.tolerance = std::nan("")})), rc::InvalidParameter);
  CHECK_THROWS_AS(static_cast<void>(matrix.svd({.max_iterations = 0})), rc::InvalidParameter);
  const std::vector<double> short_scale(3, 1.0);
  CHECK_THROWS_AS(
      static_cast<void>(rc::truncated_svd(matrix.rows, matrix.transposed, short_scale, matrix.column_scale)),
      rc::InvalidParameter);
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(static_cast<void>(matrix.svd({}, {.stop = stop.get_token()})), rc::Cancelled);
}
