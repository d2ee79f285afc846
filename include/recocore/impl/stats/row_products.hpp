/// The products of one row of a sparse matrix with all its rows, in integers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <recocore/data/sparse_rows.hpp>

namespace recocore::detail {

/// Sums for one row at a time; all zero between rows. 8 bytes a row of the matrix, 16 with values.
template <class Row>
class RowProducts {
 public:
  /// @param rows the number of rows; @param with_dots whether values are summed besides the common columns.
  RowProducts(std::size_t rows, bool with_dots) : common_(rows, 0), dots_(with_dots ? rows : 0, 0) {}

  /// Counts the columns that row i shares with every row. Rows that share one become `touched`.
  template <class Col>
  void count(const SparseRows<Row, Col>& rows, const SparseRows<Col, Row>& columns, Row i) {
    for (const Col u : rows.row(i)) {
      for (const Row j : columns.row(u)) {
        touch(j);
      }
    }
  }

  /// As `count`, and sums the products of the values. `by_row` and `by_column` are parallel to the indices of `rows`
  /// and `columns`.
  template <class Col, class Value>
  void multiply(const SparseRows<Row, Col>& rows, const SparseRows<Col, Row>& columns, const std::vector<Value>& by_row,
                const std::vector<Value>& by_column, Row i) {
    for (auto e = rows.offsets[i.value]; e < rows.offsets[i.value + 1]; ++e) {
      const Col u = rows.indices[e];
      const auto value = static_cast<std::int64_t>(by_row[e]);
      for (auto f = columns.offsets[u.value]; f < columns.offsets[u.value + 1]; ++f) {
        const Row j = columns.indices[f];
        touch(j);
        dots_[j.value] += value * static_cast<std::int64_t>(by_column[f]);
      }
    }
  }

  /// The rows with a common column, in the order they were met.
  [[nodiscard]] std::vector<Row>& touched() noexcept { return touched_; }
  [[nodiscard]] std::uint32_t common(Row j) const noexcept { return common_[j.value]; }
  [[nodiscard]] std::int64_t dot(Row j) const noexcept { return dots_.empty() ? common_[j.value] : dots_[j.value]; }

  void clear() noexcept {
    for (const Row j : touched_) {
      common_[j.value] = 0;
      if (!dots_.empty()) {
        dots_[j.value] = 0;
      }
    }
    touched_.clear();
  }

 private:
  void touch(Row j) {
    if (common_[j.value]++ == 0) {
      touched_.push_back(j);
    }
  }

  std::vector<std::uint32_t> common_;
  std::vector<std::int64_t> dots_;
  std::vector<Row> touched_{};
};

}  // namespace recocore::detail
