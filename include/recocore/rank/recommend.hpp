/// From a model and a history to a list: filter, rank, fill.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include <recocore/core/index.hpp>
#include <recocore/rank/recommender.hpp>

namespace recocore {

/// One list to make. Items outside the model's catalogue must not occur.
struct Request {
  History history{};
  std::size_t n = 10;
  /// Leave out the items of the history.
  bool exclude_seen = true;
  std::span<const ItemIx> exclude{};
  /// Only these items may be in the list. None given: all.
  std::optional<std::span<const ItemIx>> candidates{};
};

/// Appends to `list` exactly `n` entries, or as many as there are items left by the filters. Filters come before the
/// ranking. What the model has nothing to say about is filled in by popularity, labelled `Tier::popular`.
///
/// Runs on the caller's thread without a lock; allocates nothing once scratch and list have grown.
template <Recommender M>
void recommend(const M& model, const Request& request, Scratch& scratch, std::vector<Recommendation>& list) {
  const std::size_t items = model.interactions().items().size();
  auto& mask = scratch.mask;
  if (request.candidates) {
    mask.allow_only(items, *request.candidates);
  } else {
    mask.allow_all(items);
  }
  mask.forbid(request.exclude);
  if (request.exclude_seen) {
    mask.forbid(request.history.items);
  }

  model.rank(request.history, request.n, scratch);
  const std::size_t begin = list.size();
  for (const auto& entry : scratch.ranked) {
    list.push_back({entry.index, entry.score, M::tier});
    mask.forbid(entry.index);
  }
  for (const auto& entry : model.popular_items().ranked()) {
    if (list.size() - begin >= request.n) {
      break;
    }
    if (mask.allows(entry.index)) {
      list.push_back({entry.index, entry.score, Tier::popular});
    }
  }
}

}  // namespace recocore
