/// The longest rows of a matrix as bit sets.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <recocore/core/parallel.hpp>
#include <recocore/core/raw_vector.hpp>
#include <recocore/data/sparse_rows.hpp>
#include <recocore/impl/stats/kernel_plan.hpp>
#include <recocore/impl/stats/popularity_order.hpp>
#include <recocore/impl/stats/vector_kernels.hpp>

namespace recocore::detail {

/// Rows by rank, one bit a column.
class BitRows {
 public:
  BitRows() = default;

  /// Of the `count` longest rows. @throws Cancelled.
  template <class Row, class Col>
  BitRows(const SparseRows<Row, Col>& rows, const PopularityOrder<Row>& order, std::size_t count,
          const RunOptions& options)
      : count_(count), words_(words_of(rows.columns)) {
    bits_.resize(count_ * words_);
    constexpr std::size_t grain = 64;
    parallel_for(count_, grain, options, "bit sets", [&](std::size_t begin, std::size_t end, unsigned /*slot*/) {
      std::fill(bits_.begin() + static_cast<std::ptrdiff_t>(begin * words_),
                bits_.begin() + static_cast<std::ptrdiff_t>(end * words_), 0);
      for (std::size_t rank = begin; rank < end; ++rank) {
        std::uint64_t* const bits = bits_.data() + rank * words_;
        for (const Col u : rows.row(order.row_at[rank])) {
          bits[u.value / 64] |= std::uint64_t{1} << (u.value % 64);
        }
      }
    });
  }

  [[nodiscard]] std::size_t count() const noexcept { return count_; }

  /// common[x * stride + y]: the columns that row first + x shares with row y, for all y.
  void count_common(std::size_t first, std::size_t rows, std::uint32_t* common, std::size_t stride) const {
    count_common_bits(bits_.data() + first * words_, rows, bits_.data(), count_, words_, common, stride);
  }

 private:
  std::size_t count_ = 0;
  std::size_t words_ = 0;
  RawVector<std::uint64_t> bits_{};
};

}  // namespace recocore::detail
