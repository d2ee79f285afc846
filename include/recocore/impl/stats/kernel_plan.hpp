/// Which way to the same exact result is the fastest on this data.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include <recocore/data/sparse_rows.hpp>
#include <recocore/impl/stats/popularity_order.hpp>
#include <recocore/impl/stats/summands.hpp>
#include <recocore/impl/stats/vector_kernels.hpp>

namespace recocore::detail {

/// Costs in nanoseconds, rounded from measurements on one processor with AVX-512 (benchmarks/speed/kernels.cpp times
/// each path). Only their ratios matter, and only to speed.
struct KernelCosts {
  double add = 0.6;               ///< one more in an accumulator
  double list = 1.0;              ///< what a multiply-add costs more when it keeps a list of the rows it meets
  double scan_64_bytes = 0.6;     ///< looking through an accumulator
  double scan_row = 500.0;        ///< and what that costs whatever its size
  double common_bits_fast = 0.4;  ///< 512 bits of two rows, where that is an instruction
  double common_bits = 4.0;
};

/// The choices. Each of them gives the same bytes.
struct KernelPlan {
  /// Ids of two bytes: needs at most 2^16 rows.
  bool narrow_ids = false;
  /// So many of the longest rows are bit sets; what they share with each other is counted 512 columns at a time.
  std::size_t head = 0;
  /// The bytes of the smallest counters used: 1, 2 or 4. A row longer than they can count takes larger ones.
  unsigned least_counter = 1;
  /// A row's accumulator is looked through as a whole, instead of a list of what was met, from this many multiply-adds
  /// for each byte of it.
  double scan_from = 0.0;
  double scan_from_any = 0.0;

  /// For a row of this length.
  [[nodiscard]] unsigned counter_bytes(std::size_t length) const noexcept {
    const unsigned needed = length <= 0xFF ? 1 : (length <= 0xFFFF ? 2 : 4);
    return std::max(needed, least_counter);
  }

  [[nodiscard]] bool scans(double multiply_adds, std::size_t accumulator_bytes) const noexcept {
    return multiply_adds >= scan_from_any + scan_from * static_cast<double>(accumulator_bytes);
  }
};

/// Columns in sets of 512 bits.
[[nodiscard]] constexpr std::size_t words_of(std::size_t columns) noexcept { return (columns + 511) / 512 * 8; }

/// How many of the longest rows are worth a bit set.
///
/// With H of them, H^2 pairs cost a pass over the columns each, 512 at a time, and save a multiply-add for each column
/// and pair that occur in it. One pass over the matrix tells the saving for each power of two.
template <class Row, class Col>
[[nodiscard]] std::size_t choose_head(const SparseRows<Row, Col>& rows, const SparseRows<Col, Row>& columns,
                                      const PopularityOrder<Row>& order, std::size_t most_bytes,
                                      const KernelCosts& costs) {
  constexpr std::size_t powers = 33;
  std::array<double, powers> multiply_adds{};  // [p]: among the first 2^p rows
  for (std::size_t u = 0; u < columns.rows(); ++u) {
    std::array<std::uint32_t, powers> met{};
    const auto row = columns.row(Col(u));
    for (const Row j : row) {
      ++met[static_cast<std::size_t>(std::bit_width(order.rank_of[j.value]))];
    }
    double among_first = 0.0;
    for (std::size_t p = 0; p < powers; ++p) {
      among_first += met[p];
      multiply_adds[p] += among_first * among_first;
    }
  }
  const std::size_t words = words_of(rows.columns);
  const double pass =
      static_cast<double>(words) / 8.0 * (counts_bits_fast() ? costs.common_bits_fast : costs.common_bits);
  std::size_t best = 0;
  double most_saved = 0.0;
  for (std::size_t p = 5; p < powers; ++p) {
    const std::size_t head = std::min(rows.rows(), std::size_t{1} << p);
    if (head * words * sizeof(std::uint64_t) > most_bytes) {
      break;
    }
    const double pairs = static_cast<double>(head) * static_cast<double>(head);
    const double saved = multiply_adds[p] * costs.add - pairs * pass;
    if (saved > most_saved) {
      most_saved = saved;
      best = head;
    }
    if (head == rows.rows()) {
      break;
    }
  }
  return best;
}

}  // namespace recocore::detail
