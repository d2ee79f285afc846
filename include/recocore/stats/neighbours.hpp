/// The most similar rows of each row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <recocore/core/ranking.hpp>
#include <recocore/core/raw_vector.hpp>
#include <recocore/core/run_options.hpp>

namespace recocore {

/// For each row its neighbours, best first in the total order. Id and similarity lie side by side.
template <class Ix>
struct Neighbours {
  std::vector<std::uint64_t> offsets{0};
  RawVector<Scored<Ix>> entries{};

  [[nodiscard]] std::size_t rows() const noexcept { return offsets.size() - 1; }
  [[nodiscard]] std::span<const Scored<Ix>> of(Ix row) const noexcept {
    return std::span(entries).subspan(offsets[row.value], offsets[row.value + 1] - offsets[row.value]);
  }

  friend bool operator==(const Neighbours&, const Neighbours&) = default;
};

/// For each row the rows that have it as a neighbour, ascending, with the same similarity. O(entries + rows); 8 bytes a
/// row for each thread besides the result. Defined for items and for users.
template <class Ix>
[[nodiscard]] Neighbours<Ix> transpose(const Neighbours<Ix>& neighbours, const RunOptions& options = {.threads = 1});

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/stats/neighbours_inl.hpp>
#endif
