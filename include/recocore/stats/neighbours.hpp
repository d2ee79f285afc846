/// The most similar rows of each row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include <recocore/core/ranking.hpp>

namespace recocore {

/// For each row its neighbours, best first in the total order. Id and similarity lie side by side.
template <class Ix>
struct Neighbours {
  std::vector<std::uint64_t> offsets{0};
  std::vector<Scored<Ix>> entries{};

  [[nodiscard]] std::size_t rows() const noexcept { return offsets.size() - 1; }
  [[nodiscard]] std::span<const Scored<Ix>> of(Ix row) const noexcept {
    return std::span(entries).subspan(offsets[row.value], offsets[row.value + 1] - offsets[row.value]);
  }

  friend bool operator==(const Neighbours&, const Neighbours&) = default;
};

/// For each row the rows that have it as a neighbour, ascending, with the same similarity. O(entries + rows).
template <class Ix>
[[nodiscard]] Neighbours<Ix> transpose(const Neighbours<Ix>& neighbours) {
  Neighbours<Ix> result;
  result.offsets.assign(neighbours.offsets.size(), 0);
  for (const auto& entry : neighbours.entries) {
    ++result.offsets[entry.index.value + 1];
  }
  std::partial_sum(result.offsets.begin(), result.offsets.end(), result.offsets.begin());
  result.entries.resize(neighbours.entries.size());
  std::vector<std::uint64_t> next(result.offsets.begin(), result.offsets.end() - 1);
  for (std::size_t row = 0; row < neighbours.rows(); ++row) {
    for (const auto& entry : neighbours.of(Ix(row))) {
      result.entries[next[entry.index.value]++] = {Ix(row), entry.score};
    }
  }
  return result;
}

}  // namespace recocore
