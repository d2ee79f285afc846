#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include <recocore/core/parallel.hpp>
#include <recocore/stats/neighbours.hpp>

namespace recocore {

namespace detail {

inline void prefetch_to_write([[maybe_unused]] const void* address) noexcept {
#if defined(__GNUC__)
  __builtin_prefetch(address, 1);
#endif
}

}  // namespace detail

template <class Ix>
Neighbours<Ix> transpose(const Neighbours<Ix>& neighbours, const RunOptions& options) {
  const std::size_t rows = neighbours.rows();
  // Each part of the rows has its own places in every list of the result, so that parts do not wait for each other.
  constexpr std::size_t least_rows = 1024;
  const std::size_t parts = std::clamp<std::size_t>(rows / least_rows, 1, parallel_slots(options));
  const std::size_t grain = (rows + parts - 1) / parts;
  std::vector<std::vector<std::uint64_t>> places(parts);
  parallel_for(rows, grain, options, "transposition", [&](std::size_t begin, std::size_t end, unsigned /*slot*/) {
    auto& counts = places[begin / grain];
    counts.assign(rows, 0);
    for (auto e = neighbours.offsets[begin]; e < neighbours.offsets[end]; ++e) {
      ++counts[neighbours.entries[e].index.value];
    }
  });

  Neighbours<Ix> result;
  result.offsets.resize(rows + 1);
  std::uint64_t next = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    for (auto& part : places) {
      next += std::exchange(part[row], next);
    }
    result.offsets[row + 1] = next;
  }
  result.entries.resize(next);
  const std::uint64_t last = std::max<std::uint64_t>(1, neighbours.entries.size()) - 1;
  parallel_for(rows, grain, options, "transposition", [&](std::size_t begin, std::size_t end, unsigned /*slot*/) {
    auto& next_places = places[begin / grain];
    const Scored<Ix>* const entries = neighbours.entries.data();
    Scored<Ix>* const to = result.entries.data();
    for (std::size_t row = begin; row < end; ++row) {
      for (auto e = neighbours.offsets[row]; e < neighbours.offsets[row + 1]; ++e) {
        // The lists lie all over the result: their memory is asked for before it is needed.
        constexpr std::uint64_t ahead = 24;
        detail::prefetch_to_write(to + next_places[entries[std::min(e + ahead, last)].index.value]);
        to[next_places[entries[e].index.value]++] = {Ix(row), entries[e].score};
      }
    }
  });
  return result;
}

}  // namespace recocore
