/// Rows in the order of their length, the form in which the kernel sees them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include <recocore/core/raw_vector.hpp>
#include <recocore/data/sparse_rows.hpp>

namespace recocore::detail {

/// Longest first, equally long ones by position. What a row shares with others then lies close together at the front of
/// an accumulator, and neighbours in it have nearly the same length, so that one bound holds for many.
template <class Row>
struct PopularityOrder {
  RawVector<std::uint32_t> rank_of{};
  RawVector<Row> row_at{};

  template <class Col>
  [[nodiscard]] static PopularityOrder of(const SparseRows<Row, Col>& rows) {
    const std::size_t count = rows.rows();
    std::size_t longest = 0;
    for (std::size_t i = 0; i < count; ++i) {
      longest = std::max(longest, rows.row_size(Row(i)));
    }
    PopularityOrder order;
    order.rank_of.resize(count);
    order.row_at.resize(count);
    std::vector<std::uint32_t> next(longest + 2, 0);  // by length: where the next row of it goes
    for (std::size_t i = 0; i < count; ++i) {
      ++next[longest - rows.row_size(Row(i)) + 1];
    }
    std::partial_sum(next.begin(), next.end(), next.begin());
    for (std::size_t i = 0; i < count; ++i) {
      order.row_at[next[longest - rows.row_size(Row(i))]++] = Row(i);
    }
    for (std::size_t rank = 0; rank < count; ++rank) {
      order.rank_of[order.row_at[rank].value] = static_cast<std::uint32_t>(rank);
    }
    return order;
  }
};

}  // namespace recocore::detail
