/// Dense kernels on tiles, compiled for several instruction sets and chosen at run time.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace recocore::detail {

/// A tile of a larger matrix: rows of consecutive floats, `stride` apart.
struct Tile {
  float* data;
  std::size_t stride;
};
struct ConstTile {
  const float* data;
  std::size_t stride;
};

/// Numbers of rows and columns of a result, and how many products each of its numbers sums.
struct ProductShape {
  std::size_t rows;
  std::size_t columns;
  std::size_t depth;
};

/// One instruction set's kernels. Products do not overlap their result. Each sums in an order of its own that depends
/// on the shape alone, so results differ between instruction sets by rounding, and by nothing else.
struct DenseKernels {
  std::string_view name;

  /// c -= a b^T.
  void (*subtract_product_nt)(Tile c, ConstTile a, ConstTile b, ProductShape shape);
  /// c = a b.
  void (*set_product_nn)(Tile c, ConstTile a, ConstTile b, ProductShape shape);
  /// c += a^T b.
  void (*add_product_tn)(Tile c, ConstTile a, ConstTile b, ProductShape shape);

  /// The lower triangle becomes L with L L^T = a, the upper one 0. Returns n, or the first row without a positive,
  /// finite pivot.
  std::size_t (*factorise)(Tile a, std::size_t n);
  /// b = b L^-T, for the lower triangle L of n rows.
  void (*solve_right_transposed)(Tile b, std::size_t rows, ConstTile l, std::size_t n);
  /// b = -L^-1 b.
  void (*solve_left_negated)(Tile b, std::size_t columns, ConstTile l, std::size_t n);
  /// l = l^-1, lower triangles; what is above the diagonal becomes 0.
  void (*invert_lower)(Tile l, std::size_t n);

  /// x = a^-1 x for the symmetric positive definite a, of which the lower triangle is read and overwritten. Returns n,
  /// or the first row without a positive, finite pivot.
  std::size_t (*solve_positive_definite)(Tile a, std::size_t n, float* x);

  /// y += weight x.
  void (*add_scaled)(float* y, const float* x, float weight, std::size_t n);
};

/// Those this machine can run, the best first; never empty.
[[nodiscard]] const std::vector<const DenseKernels*>& runnable_dense_kernels();

/// The best.
[[nodiscard]] const DenseKernels& dense_kernels();

}  // namespace recocore::detail

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/linalg/dense_kernels_inl.hpp>
#endif
