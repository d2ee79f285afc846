/// A sparse matrix by rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <recocore/core/config.hpp>

namespace recocore {

/// Compressed sparse rows: 64-bit offsets, 32-bit positions ascending in each row, optional float values.
///
/// Without values every entry is 1. The positions are typed, so a matrix of users by items cannot be taken for
/// its transpose.
template <class Row, class Col>
struct SparseRows {
  std::vector<std::uint64_t> offsets{0};
  std::vector<Col> indices{};
  std::vector<float> values{};
  std::size_t columns = 0;

  [[nodiscard]] std::size_t rows() const noexcept { return offsets.size() - 1; }
  [[nodiscard]] std::size_t entries() const noexcept { return indices.size(); }
  [[nodiscard]] bool is_binary() const noexcept { return values.empty(); }

  [[nodiscard]] std::size_t row_size(Row row) const noexcept {
    return static_cast<std::size_t>(offsets[row.value + 1] - offsets[row.value]);
  }
  [[nodiscard]] std::span<const Col> row(Row row) const noexcept {
    RECOCORE_ASSERT(row.value < rows());
    return std::span(indices).subspan(offsets[row.value], row_size(row));
  }
  /// The values of a row; empty when the matrix is binary.
  [[nodiscard]] std::span<const float> row_values(Row row) const noexcept {
    RECOCORE_ASSERT(row.value < rows());
    return is_binary() ? std::span<const float>{} : std::span(values).subspan(offsets[row.value], row_size(row));
  }

  friend bool operator==(const SparseRows&, const SparseRows&) = default;
};

/// Rows and columns swapped. O(entries + rows + columns).
template <class Row, class Col>
[[nodiscard]] SparseRows<Col, Row> transpose(const SparseRows<Row, Col>& matrix) {
  SparseRows<Col, Row> result;
  result.columns = matrix.rows();
  result.offsets.assign(matrix.columns + 1, 0);
  for (const auto col : matrix.indices) {
    ++result.offsets[col.value + 1];
  }
  for (std::size_t col = 0; col < matrix.columns; ++col) {
    result.offsets[col + 1] += result.offsets[col];
  }
  result.indices.resize(matrix.entries());
  result.values.resize(matrix.values.size());
  std::vector<std::uint64_t> next(result.offsets.begin(), result.offsets.end() - 1);
  for (std::size_t row = 0; row < matrix.rows(); ++row) {
    for (auto entry = matrix.offsets[row]; entry < matrix.offsets[row + 1]; ++entry) {
      const auto to = next[matrix.indices[entry].value]++;
      result.indices[to] = Row(row);
      if (!matrix.is_binary()) {
        result.values[to] = matrix.values[entry];
      }
    }
  }
  return result;
}

}  // namespace recocore
