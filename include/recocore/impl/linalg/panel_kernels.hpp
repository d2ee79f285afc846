/// Inner loops of block methods: products of sparse rows and of narrow panels, in double, and dot products in float.
///
/// The library has each compiled for several instruction sets and picks one when it runs; in header-only mode there is
/// the one the compiler was told to use. Every sum has one order, whatever the instruction set: the same bytes
/// anywhere.
#pragma once

#include <cstddef>
#include <cstdint>

namespace recocore::detail {

/// Columns of a panel, a matrix of doubles stored row by row.
inline constexpr std::size_t panel_width = 32;
/// Rows of a panel are padded to a multiple of this with zeros.
inline constexpr std::size_t panel_rows_step = 4;
/// Columns of a matrix for `add_dot_products` are padded to a multiple of this with zeros.
inline constexpr std::size_t dot_step = 16;

[[nodiscard]] constexpr std::size_t round_up(std::size_t size, std::size_t step) noexcept {
  return (size + step - 1) / step * step;
}

/// A sparse matrix, scaled: entry (r, c) is row_scale[r] * values[e] * column_scale[c]. Null: all 1.
struct ScaledRows {
  const std::uint64_t* offsets;
  const std::uint32_t* columns;
  const float* values;
  const double* row_scale;
  const double* column_scale;
};

/// out[r - begin] = sum over c of matrix(r, c) x[c] for the rows r of [begin, end): panels.
void multiply_sparse(const ScaledRows& matrix, std::size_t begin, std::size_t end, const double* x, double* out);

/// out += a^T b for panels of `rows` rows, a multiple of `panel_rows_step`; out is panel_width x panel_width.
void add_transposed_product(const double* a, const double* b, std::size_t rows, double* out);

/// out += a b for a panel a of `rows` rows, a multiple of `panel_rows_step`, and b of panel_width x panel_width.
void add_product(const double* a, const double* b, std::size_t rows, double* out);

/// out = alpha a + beta b + gamma c, for `size` numbers, a multiple of panel_width. out may be any of them.
void combine(double alpha, const double* a, double beta, const double* b, double gamma, const double* c,
             std::size_t size, double* out);

/// out[r] += the dot product of x and row r, for `rows` rows of `width` floats, a multiple of `dot_step`.
void add_dot_products(const float* matrix, std::size_t rows, std::size_t width, const float* x, float* out);

}  // namespace recocore::detail

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/linalg/panel_kernels_inl.hpp>
#endif
