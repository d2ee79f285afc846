#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include <recocore/core/parallel.hpp>
#include <recocore/stats/neighbours.hpp>

namespace recocore {

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
  parallel_for(rows, grain, options, "transposition", [&](std::size_t begin, std::size_t end, unsigned /*slot*/) {
    auto& next_places = places[begin / grain];
    for (std::size_t row = begin; row < end; ++row) {
      for (const auto& entry : neighbours.of(Ix(row))) {
        result.entries[next_places[entry.index.value]++] = {Ix(row), entry.score};
      }
    }
  });
  return result;
}

}  // namespace recocore
