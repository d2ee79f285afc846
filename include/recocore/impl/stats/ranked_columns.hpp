/// The columns of a matrix as lists of ranks, the form the inner loop reads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include <recocore/core/parallel.hpp>
#include <recocore/core/raw_vector.hpp>
#include <recocore/data/sparse_rows.hpp>
#include <recocore/impl/stats/popularity_order.hpp>
#include <recocore/impl/stats/summands.hpp>

namespace recocore::detail {

/// @tparam Id std::uint16_t or std::uint32_t: what holds a rank.
template <class Row, class Col, class Id>
class RankedColumns {
 public:
  RankedColumns() = default;

  /// @param head ranks below this come last in each list, so that a row of the head can leave them out.
  /// @throws Cancelled.
  RankedColumns(const SparseRows<Col, Row>& columns, const PopularityOrder<Row>& order,
                const Summands<Row, Col>& summands, std::size_t head, const RunOptions& options)
      : offsets_(columns.offsets.data()) {
    const bool with_values = summands.kind() == Summand::two_values;
    ids_.resize(columns.entries());
    values_.resize(with_values ? columns.entries() : 0);
    tails_.resize(head > 0 ? columns.rows() : 0);
    constexpr std::size_t grain = 256;
    parallel_for(columns.rows(), grain, options, "columns", [&](std::size_t begin, std::size_t end, unsigned /*slot*/) {
      for (std::size_t u = begin; u < end; ++u) {
        const auto row = columns.row(Col(u));
        const auto values = columns.row_values(Col(u));
        Id* const ids = ids_.data() + offsets_[u];
        for (std::size_t e = 0; e < row.size(); ++e) {
          ids[e] = static_cast<Id>(order.rank_of[row[e].value]);
          if (with_values) {
            values_[offsets_[u] + e] = summands.value(row[e], Col(u), value_at(values, e));
          }
        }
        if (head > 0) {  // then there are no values
          const Id* const middle =
              std::partition(ids, ids + row.size(), [head](Id id) { return std::size_t{id} >= head; });
          tails_[u] = static_cast<std::uint32_t>(middle - ids);
        }
      }
    });
  }

  /// Where the place of a list is found.
  [[nodiscard]] const std::uint64_t* offset(Col u) const noexcept { return offsets_ + u.value; }
  [[nodiscard]] std::span<const Id> list(Col u) const noexcept {
    return {ids_.data() + offsets_[u.value], static_cast<std::size_t>(offsets_[u.value + 1] - offsets_[u.value])};
  }
  /// Without the head.
  [[nodiscard]] std::span<const Id> tail(Col u) const noexcept {
    return {ids_.data() + offsets_[u.value], tails_[u.value]};
  }
  /// Parallel to `list`.
  [[nodiscard]] const std::int32_t* values(Col u) const noexcept { return values_.data() + offsets_[u.value]; }

 private:
  const std::uint64_t* offsets_ = nullptr;
  RawVector<Id> ids_{};
  RawVector<std::int32_t> values_{};
  RawVector<std::uint32_t> tails_{};
};

}  // namespace recocore::detail
