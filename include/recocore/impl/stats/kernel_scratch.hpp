/// What a thread keeps from row to row.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include <recocore/core/best_of.hpp>
#include <recocore/core/raw_vector.hpp>
#include <recocore/impl/stats/row_selection.hpp>

namespace recocore::detail {

/// What the last neighbour of a row is likely to exceed: rows follow each other by length, so it will be about as
/// similar as that of the last row with about as many multiply-adds.
class Floors {
 public:
  [[nodiscard]] float& of(std::uint64_t multiply_adds) noexcept {
    // Four to each doubling.
    const auto power = static_cast<std::size_t>(std::bit_width(multiply_adds | 4U));
    return floors_[4 * power + ((multiply_adds >> (power - 3)) & 3U)];
  }

 private:
  std::array<float, 260> floors_{};
};

/// Memory of one thread. Accumulators are all zero between rows and made when first needed.
template <class Row, class Col>
struct KernelScratch {
  RawVector<std::uint8_t> counts8{};
  RawVector<std::uint16_t> counts16{};
  RawVector<std::uint32_t> counts32{};
  RawVector<std::int64_t> sums{};
  RawVector<std::uint32_t> ranks{};  ///< met, or found by a scan
  RawVector<std::uint32_t> head{};   ///< what some rows of the head share with all of it
  std::vector<BestOf<Row>> best{};   ///< one a direction
  std::vector<Floors> floors{};      ///< one a direction
  typename Selection<Row, Col>::Batch batch{};
  typename Selection<Row, Col>::Limits limits{};
  std::array<std::uint32_t, 512> limited{};  ///< ranks within the limits

  template <class T>
  [[nodiscard]] RawVector<T>& counts() noexcept {
    if constexpr (std::is_same_v<T, std::uint8_t>) {
      return counts8;
    } else if constexpr (std::is_same_v<T, std::uint16_t>) {
      return counts16;
    } else {
      return counts32;
    }
  }
};

}  // namespace recocore::detail
