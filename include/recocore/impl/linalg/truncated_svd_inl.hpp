#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/core/random.hpp>
#include <recocore/impl/linalg/eigen.hpp>
#include <recocore/impl/linalg/panels.hpp>
#include <recocore/linalg/truncated_svd.hpp>

namespace recocore {

namespace detail {

/// Panels for that many dimensions: some more make convergence a good deal faster.
[[nodiscard]] constexpr std::size_t svd_panels(std::size_t users, std::size_t items, std::size_t dimensions) noexcept {
  const std::size_t most = std::min(users, items);
  const std::size_t wanted = std::min(dimensions, most);
  return (std::min(most, wanted + wanted / 8 + 8) + panel_width - 1) / panel_width;
}

/// The iteration: a basis Y of items x K that turns into the leading right singular vectors.
class SubspaceIteration {
 public:
  using Matrix = Eigen::MatrixXd;
  using Vector = Eigen::VectorXd;

  SubspaceIteration(const ScaledRows& by_user, const ScaledRows& by_item, std::size_t users, std::size_t items,
                    std::size_t panels, std::uint64_t seed, const RunOptions& options)
      : by_user_(by_user), by_item_(by_item), users_(users), y_(items, panels), random_(seed), options_(options) {
    fill_with_random(0);
  }

  [[nodiscard]] const Panels& basis() const noexcept { return y_; }
  /// Approximations from below of the largest squared singular values, the largest first.
  [[nodiscard]] const std::vector<double>& squares() const noexcept { return squares_; }

  /// Y = A^T A Y.
  void multiply() {
    parallel_for(y_.count(), 1, options_, "singular vectors",
                 [&](std::size_t p, std::size_t /*end*/, unsigned /*slot*/) {
                   RawVector<double> by_users(users_ * panel_width);
                   multiply_sparse(by_user_, 0, users_, y_.panel(p), by_users.data());
                   throw_if_stopped(options_);
                   multiply_sparse(by_item_, 0, y_.rows(), by_users.data(), y_.panel(p));
                 });
  }

  /// Y = T(A^T A) Y with the Chebyshev polynomial of the interval [0, noise], which stays below 1 there and grows as
  /// fast as a polynomial of its degree can above.
  void filter(double noise, unsigned degree) {
    const double half = noise / 2.0;
    parallel_for(y_.count(), 1, options_, "singular vectors",
                 [&](std::size_t p, std::size_t /*end*/, unsigned /*slot*/) {
                   const std::size_t size = y_.stride();
                   RawVector<double> by_users(users_ * panel_width);
                   std::vector<double> before(y_.panel(p), y_.panel(p) + size);
                   std::vector<double> now(size, 0.0);
                   std::vector<double> next(size, 0.0);
                   const auto multiply_into = [&](const double* from, double* to) {
                     throw_if_stopped(options_);
                     multiply_sparse(by_user_, 0, users_, from, by_users.data());
                     throw_if_stopped(options_);
                     multiply_sparse(by_item_, 0, y_.rows(), by_users.data(), to);
                   };
                   multiply_into(before.data(), now.data());
                   combine(1.0 / half, now.data(), -1.0, before.data(), 0.0, before.data(), size, now.data());
                   for (unsigned done = 1; done < degree; ++done) {
                     multiply_into(now.data(), next.data());
                     combine(2.0 / half, next.data(), -2.0, now.data(), -1.0, before.data(), size, before.data());
                     std::swap(before, now);
                   }
                   std::copy(now.begin(), now.end(), y_.panel(p));
                 });
  }

  /// Makes of Y the orthonormal basis of its span in which Y^T A^T A Y is diagonal, the largest first. Directions that
  /// were lost by rounding are replaced by random ones.
  void rayleigh_ritz() {
    const Matrix span = to_matrix(gram_of_panels(
        y_.rows(), y_.count(),
        [this](std::size_t begin, std::size_t /*end*/, unsigned /*slot*/) {
          return LoadedRows{y_.panel(0) + begin * panel_width, y_.stride()};
        },
        options_, "orthogonal basis"));
    const Matrix image = to_matrix(gram_of_images());
    throw_if_stopped(options_);

    const Vector scale =
        span.diagonal().unaryExpr([](double square) { return square > 0.0 ? 1.0 / std::sqrt(square) : 0.0; });
    const Matrix white = whitening(scale.asDiagonal() * span * scale.asDiagonal());
    if (white.cols() == 0) {  // nothing is left of Y, and Eigen does not decompose empty matrices
      squares_.clear();
      fill_with_random(0);
      return;
    }
    const Matrix to_basis = scale.asDiagonal() * white;
    const Matrix projected = to_basis.transpose() * image * to_basis;
    throw_if_stopped(options_);
    const Eigen::SelfAdjointEigenSolver<Matrix> solver(projected);
    throw_if_stopped(options_);
    const Matrix turn = (to_basis * solver.eigenvectors()).rowwise().reverse();
    const auto rank = static_cast<std::size_t>(turn.cols());
    squares_.resize(rank);
    for (std::size_t j = 0; j < rank; ++j) {
      squares_[j] = std::max(0.0, solver.eigenvalues()[static_cast<Eigen::Index>(rank - 1 - j)]);
    }
    BlockMatrix by(y_.count());
    for (std::size_t i = 0; i < y_.columns(); ++i) {
      for (std::size_t j = 0; j < rank; ++j) {
        by.block(i / panel_width, j / panel_width)[i % panel_width * panel_width + j % panel_width] =
            turn(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j));
      }
    }
    rotate(y_, by, options_, "orthogonal basis");
    fill_with_random(rank);
  }

 private:
  /// Columns from `first` on.
  void fill_with_random(std::size_t first) {
    const double size = 1.0 / std::sqrt(static_cast<double>(std::max<std::size_t>(1, y_.rows())));
    for (std::size_t column = first; column < y_.columns(); ++column) {
      double* const values = y_.panel(column / panel_width) + column % panel_width;
      for (std::size_t row = 0; row < y_.rows(); ++row) {
        values[row * panel_width] = (2.0 * random_.uniform() - 1.0) * size;
      }
    }
  }

  /// (A Y)^T A Y, without A Y as a whole.
  [[nodiscard]] BlockMatrix gram_of_images() {
    Slots<std::vector<double>> scratch(parallel_slots(options_));
    constexpr std::size_t stride = rows_at_once * panel_width;
    return gram_of_panels(
        users_, y_.count(),
        [&](std::size_t begin, std::size_t end, unsigned slot) {
          auto& rows = scratch.get(slot, [&] { return std::vector<double>(y_.count() * stride); });
          for (std::size_t p = 0; p < y_.count(); ++p) {
            multiply_sparse(by_user_, begin, end, y_.panel(p), rows.data() + p * stride);
            std::fill_n(rows.data() + p * stride + (end - begin) * panel_width,
                        (round_up(end - begin, panel_rows_step) - (end - begin)) * panel_width, 0.0);
          }
          return LoadedRows{rows.data(), stride};
        },
        options_, "images of the basis");
  }

  [[nodiscard]] Matrix to_matrix(const BlockMatrix& blocks) const {
    const auto size = static_cast<Eigen::Index>(y_.columns());
    Matrix matrix(size, size);
    for (Eigen::Index i = 0; i < size; ++i) {
      for (Eigen::Index j = 0; j <= i; ++j) {
        matrix(i, j) = blocks.at(static_cast<std::size_t>(j), static_cast<std::size_t>(i));
        matrix(j, i) = matrix(i, j);
      }
    }
    return matrix;
  }

  /// A W with W^T span W = I, of as many columns as there are directions that are not lost in rounding.
  [[nodiscard]] static Matrix whitening(const Matrix& span) {
    constexpr double lost = 1e-10;
    const Eigen::LLT<Matrix> cholesky(span);
    if (cholesky.info() == Eigen::Success && cholesky.matrixLLT().diagonal().array().square().minCoeff() > lost) {
      Matrix inverse = Matrix::Identity(span.rows(), span.cols());
      cholesky.matrixL().transpose().solveInPlace(inverse);
      return inverse;
    }
    const Eigen::SelfAdjointEigenSolver<Matrix> solver(span);
    const Vector& values = solver.eigenvalues();
    const double least = lost * std::max(0.0, values[values.size() - 1]);
    const Eigen::Index kept = (values.array() > least).count();
    return solver.eigenvectors().rightCols(kept) * values.tail(kept).cwiseSqrt().cwiseInverse().asDiagonal();
  }

  ScaledRows by_user_;
  ScaledRows by_item_;
  std::size_t users_;
  Panels y_;
  Random random_;
  std::vector<double> squares_{};
  const RunOptions& options_;
};

/// The highest degree whose polynomial of [0, noise] stays below `most` at `largest`, 2 to 12: what grows by more
/// drowns the rest in its rounding.
[[nodiscard]] inline unsigned chebyshev_degree(double noise, double largest, double most) {
  const double x = std::max(1.0, 2.0 * largest / noise - 1.0);
  double before = 1.0;
  double now = x;
  unsigned degree = 1;
  while (degree < 12) {
    const double next = 2.0 * x * now - before;
    if (next > most && degree >= 2) {
      break;
    }
    before = std::exchange(now, next);
    ++degree;
  }
  return degree;
}

[[nodiscard]] inline bool have_settled(const std::vector<double>& before, const std::vector<double>& now,
                                       std::size_t count, double tolerance) {
  if (before.size() < count || now.size() < count) {
    return false;
  }
  const double negligible = now.empty() ? 0.0 : 1e-12 * now.front();
  for (std::size_t j = 0; j < count; ++j) {
    if (now[j] > negligible && std::abs(now[j] - before[j]) > tolerance * now[j]) {
      return false;
    }
  }
  return true;
}

/// The first columns of the basis in float, with their signs fixed.
inline void write_vectors(const Panels& basis, std::size_t dimensions, const RunOptions& options,
                          std::vector<float>& to) {
  to.resize(basis.rows() * dimensions);
  parallel_for(dimensions, panel_width, options, "singular vectors",
               [&](std::size_t first, std::size_t last, unsigned /*slot*/) {
                 const double* const panel = basis.panel(first / panel_width);
                 for (std::size_t j = first; j < last; ++j) {
                   double largest = 0.0;
                   for (std::size_t row = 0; row < basis.rows(); ++row) {
                     const double value = panel[row * panel_width + j - first];
                     largest = std::abs(value) > std::abs(largest) ? value : largest;
                   }
                   const double sign = largest < 0.0 ? -1.0 : 1.0;
                   for (std::size_t row = 0; row < basis.rows(); ++row) {
                     to[row * dimensions + j] = static_cast<float>(sign * panel[row * panel_width + j - first]);
                   }
                 }
               });
}

}  // namespace detail

RECOCORE_INLINE void TruncatedSvdConfig::validate() const {
  if (dimensions == 0) {
    throw InvalidParameter("dimensions must be at least 1; got 0");
  }
  if (!(tolerance > 0.0 && tolerance < 1.0)) {
    throw InvalidParameter("tolerance must be above 0 and below 1; got " + std::to_string(tolerance));
  }
  if (max_iterations == 0) {
    throw InvalidParameter("max_iterations must be at least 1; got 0");
  }
}

RECOCORE_INLINE TruncatedSvd truncated_svd(const SparseRows<UserIx, ItemIx>& by_user,
                                           const SparseRows<ItemIx, UserIx>& by_item, std::span<const double> row_scale,
                                           std::span<const double> column_scale, const TruncatedSvdConfig& config,
                                           const RunOptions& options) {
  config.validate();
  const std::size_t users = by_user.rows();
  const std::size_t items = by_user.columns;
  if (row_scale.size() != users || column_scale.size() != items) {
    throw InvalidParameter("a matrix of " + std::to_string(users) + " rows and " + std::to_string(items) +
                           " columns cannot be scaled by " + std::to_string(row_scale.size()) + " and " +
                           std::to_string(column_scale.size()) + " numbers");
  }
  RECOCORE_ASSERT(by_item.rows() == items && by_item.columns == users);
  TruncatedSvd result;
  result.columns = items;
  const std::size_t wanted = std::min({config.dimensions, users, items});
  if (by_user.entries() == 0) {
    result.converged = true;
    return result;
  }

  // (Scaled) rows as plain numbers; the transpose is scaled the other way round.
  static_assert(sizeof(ItemIx) == sizeof(std::uint32_t) && sizeof(UserIx) == sizeof(std::uint32_t));
  const auto values_of = [](const auto& rows) { return rows.is_binary() ? nullptr : rows.values.data(); };
  const detail::ScaledRows a{by_user.offsets.data(), &by_user.indices.data()->value, values_of(by_user),
                             row_scale.data(), column_scale.data()};
  const detail::ScaledRows a_transposed{by_item.offsets.data(), &by_item.indices.data()->value, values_of(by_item),
                                        column_scale.data(), row_scale.data()};
  detail::SubspaceIteration iteration(a, a_transposed, users, items, detail::svd_panels(users, items, wanted),
                                      config.seed, options);
  iteration.multiply();
  iteration.rayleigh_ritz();
  double most_growth = 1e3;
  std::vector<double> before;
  while (result.iterations < config.max_iterations && !result.converged) {
    before = iteration.squares();
    if (before.empty() || before.front() <= 0.0) {
      break;
    }
    // What lies below the smallest value found is noise.
    const double noise = std::max(before.back(), 1e-8 * before.front());
    iteration.filter(noise, detail::chebyshev_degree(noise, before.front(), most_growth));
    iteration.rayleigh_ritz();
    most_growth = std::min(1e8, most_growth * 100.0);
    ++result.iterations;
    result.converged =
        detail::have_settled(before, iteration.squares(), std::min(wanted, before.size()), config.tolerance);
  }

  const auto& squares = iteration.squares();
  std::size_t dimensions = std::min(wanted, squares.size());
  // Of a singular value this small rounding has left nothing.
  while (dimensions > 0 && squares[dimensions - 1] <= 1e-12 * squares.front()) {
    --dimensions;
  }
  for (std::size_t j = 0; j < dimensions; ++j) {
    result.singular_values.push_back(static_cast<float>(std::sqrt(squares[j])));
  }
  detail::write_vectors(iteration.basis(), dimensions, options, result.right);
  return result;
}

RECOCORE_INLINE std::uint64_t estimate_truncated_svd_memory(std::size_t users, std::size_t items,
                                                            std::size_t dimensions, const RunOptions& options) {
  const std::uint64_t panels = detail::svd_panels(users, items, dimensions);
  const std::uint64_t columns = panels * detail::panel_width;
  const std::uint64_t threads = parallel_slots(options);
  const std::uint64_t basis = columns * items;
  const std::uint64_t filtering = std::min(threads, panels) * detail::panel_width * (users + 3 * items);
  // Sums of groups of rows, then a dozen matrices of their size in Eigen's hands.
  const std::uint64_t turning =
      (detail::most_row_groups + 2) * columns * columns + threads * detail::rows_at_once * columns;
  const std::uint64_t result = items * std::min({users, items, dimensions}) / 2;
  return sizeof(double) * (basis + std::max({filtering, turning, result}));
}

}  // namespace recocore
