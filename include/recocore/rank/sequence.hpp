/// The order in which somebody came by their items.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include <recocore/core/index.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/rank/recommender.hpp>

namespace recocore {

/// Memory of `sequence_of`, kept from request to request.
struct SequenceScratch {
  std::vector<ItemIx> items{};
  std::vector<std::size_t> places{};
};

/// Appends the items of a user to `items`, the latest last: by the time of the last event with each, then by id.
/// Without times by id.
inline void append_sequence(const Interactions& interactions, UserIx user, std::vector<std::size_t>& places,
                            std::vector<ItemIx>& items) {
  const auto row = interactions.by_user().row(user);
  places.resize(row.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  if (const auto all_times = interactions.times(); !all_times.empty()) {
    const auto times = all_times.subspan(interactions.by_user().offsets[user.value], row.size());
    std::sort(places.begin(), places.end(),
              [times](std::size_t a, std::size_t b) { return times[a] != times[b] ? times[a] < times[b] : a < b; });
  }
  for (const std::size_t place : places) {
    items.push_back(row[place]);
  }
}

/// The items of a history, the latest last: as they were given, or for a user of the interactions by time, or in the
/// order of their ids. The result lives as long as the history and the scratch.
[[nodiscard]] inline std::span<const ItemIx> sequence_of(const History& history, const Interactions& interactions,
                                                         SequenceScratch& scratch) {
  if (!history.sequence.empty() || !history.user || interactions.times().empty()) {
    return history.sequence.empty() ? history.items : history.sequence;
  }
  scratch.items.clear();
  append_sequence(interactions, *history.user, scratch.places, scratch.items);
  return scratch.items;
}

}  // namespace recocore
