/// The kernels in terms of Eigen, for the instruction set this unit is compiled for.
///
/// A unit with an instruction set of its own defines `RECOCORE_DENSE_KERNELS`, a namespace, and `RECOCORE_OWN_EIGEN`,
/// and renames `Eigen`: no function of Eigen is then shared with another unit, which might run where its instructions
/// do not exist.
#pragma once

#include <cmath>
#include <cstddef>

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include <recocore/impl/linalg/dense_kernels.hpp>

#if !defined(RECOCORE_DENSE_KERNELS)
#define RECOCORE_DENSE_KERNELS dense_compiled
#endif

namespace recocore::detail::RECOCORE_DENSE_KERNELS {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Vector = Eigen::Matrix<float, Eigen::Dynamic, 1>;
using View = Eigen::Map<Matrix, 0, Eigen::OuterStride<>>;
using ConstView = Eigen::Map<const Matrix, 0, Eigen::OuterStride<>>;

[[nodiscard]] inline Eigen::Index index(std::size_t value) noexcept { return static_cast<Eigen::Index>(value); }

[[nodiscard]] inline View view(Tile tile, std::size_t rows, std::size_t columns) {
  return {tile.data, index(rows), index(columns), Eigen::OuterStride<>(index(tile.stride))};
}

[[nodiscard]] inline ConstView view(ConstTile tile, std::size_t rows, std::size_t columns) {
  return {tile.data, index(rows), index(columns), Eigen::OuterStride<>(index(tile.stride))};
}

inline void subtract_product_nt(Tile c, ConstTile a, ConstTile b, ProductShape shape) {
  view(c, shape.rows, shape.columns).noalias() -=
      view(a, shape.rows, shape.depth) * view(b, shape.columns, shape.depth).transpose();
}

inline void set_product_nn(Tile c, ConstTile a, ConstTile b, ProductShape shape) {
  view(c, shape.rows, shape.columns).noalias() = view(a, shape.rows, shape.depth) * view(b, shape.depth, shape.columns);
}

inline void add_product_tn(Tile c, ConstTile a, ConstTile b, ProductShape shape) {
  view(c, shape.rows, shape.columns).noalias() +=
      view(a, shape.depth, shape.rows).transpose() * view(b, shape.depth, shape.columns);
}

/// Eigen's own classes do not tell which pivot failed, and let NaN pass.
[[nodiscard]] inline std::size_t factorise_lower(View& a) {
  const Eigen::Index failed = Eigen::internal::llt_inplace<float, Eigen::Lower>::blocked(a);
  const Eigen::Index good = failed < 0 ? a.rows() : failed;
  for (Eigen::Index row = 0; row < good; ++row) {
    const float pivot = a(row, row);
    if (!(pivot > 0.0F) || !std::isfinite(pivot)) {
      return static_cast<std::size_t>(row);
    }
  }
  return static_cast<std::size_t>(good);
}

inline std::size_t factorise(Tile a, std::size_t n) {
  View matrix = view(a, n, n);
  const std::size_t good = factorise_lower(matrix);
  matrix.triangularView<Eigen::StrictlyUpper>().setZero();
  return good;
}

inline void solve_right_transposed(Tile b, std::size_t rows, ConstTile l, std::size_t n) {
  View matrix = view(b, rows, n);
  view(l, n, n).transpose().triangularView<Eigen::Upper>().solveInPlace<Eigen::OnTheRight>(matrix);
}

inline void solve_left_negated(Tile b, std::size_t columns, ConstTile l, std::size_t n) {
  View matrix = view(b, n, columns);
  view(l, n, n).triangularView<Eigen::Lower>().solveInPlace(matrix);
  matrix = -matrix;
}

inline void invert_lower(Tile l, std::size_t n) {
  View matrix = view(l, n, n);
  Matrix inverse = Matrix::Identity(index(n), index(n));
  matrix.triangularView<Eigen::Lower>().solveInPlace(inverse);
  matrix.setZero();
  matrix.triangularView<Eigen::Lower>() = inverse;
}

inline std::size_t solve_positive_definite(Tile a, std::size_t n, float* x) {
  View matrix = view(a, n, n);
  const std::size_t good = factorise_lower(matrix);
  if (good == n) {
    Eigen::Map<Vector> solution(x, index(n));
    matrix.triangularView<Eigen::Lower>().solveInPlace(solution);
    matrix.transpose().triangularView<Eigen::Upper>().solveInPlace(solution);
  }
  return good;
}

inline void add_scaled(float* y, const float* x, float weight, std::size_t n) {
  Eigen::Map<Vector>(y, index(n)) += weight * Eigen::Map<const Vector>(x, index(n));
}

[[nodiscard]] inline DenseKernels make_kernels(std::string_view name) {
#if defined(RECOCORE_OWN_EIGEN)
  // Eigen cuts products by the sizes of caches. With sizes common today machines of one instruction set agree.
  Eigen::setCpuCacheSizes(32'768, 524'288, 4'194'304);
#endif
  return {.name = name,
          .subtract_product_nt = &subtract_product_nt,
          .set_product_nn = &set_product_nn,
          .add_product_tn = &add_product_tn,
          .factorise = &factorise,
          .solve_right_transposed = &solve_right_transposed,
          .solve_left_negated = &solve_left_negated,
          .invert_lower = &invert_lower,
          .solve_positive_definite = &solve_positive_definite,
          .add_scaled = &add_scaled};
}

}  // namespace recocore::detail::RECOCORE_DENSE_KERNELS
