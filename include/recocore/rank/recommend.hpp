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

namespace detail {

/// Lets the mask allow what the filters of a request leave, history aside.
inline void start_mask(const Request& request, std::size_t items, ItemMask& mask) {
  if (request.candidates) {
    mask.allow_only(items, *request.candidates);
  } else {
    mask.allow_all(items);
  }
  mask.forbid(request.exclude);
}

/// Appends at most `n` of the items that the mask allows, the most popular first. Leaves the mask without them, and
/// `scratch.ranked` without meaning. With candidates O(candidates log candidates).
template <Recommender M>
void append_popular(const M& model, const Request& request, std::size_t n, Scratch& scratch,
                    std::vector<Recommendation>& list) {
  const auto ranking = model.popular_items().ranked();
  // Few candidates may lie far down: after as many steps as there are candidates it is cheaper to rank those.
  const std::size_t steps = request.candidates ? std::min(request.candidates->size(), ranking.size()) : ranking.size();
  for (std::size_t place = 0; place < steps && n > 0; ++place) {
    const auto& entry = ranking[place];
    if (scratch.mask.allows(entry.index)) {
      scratch.mask.forbid(entry.index);
      list.push_back({entry.index, entry.score, Tier::popular});
      --n;
    }
  }
  if (n == 0 || steps == ranking.size()) {
    return;
  }
  auto& rest = scratch.ranked;
  rest.clear();
  for (const ItemIx item : *request.candidates) {
    if (scratch.mask.allows(item)) {
      scratch.mask.forbid(item);  // it may be given twice
      rest.push_back({item, PopularItems::score(model.interactions(), item)});
    }
  }
  keep_best(rest, n);
  for (const auto& entry : rest) {
    list.push_back({entry.index, entry.score, Tier::popular});
  }
}

}  // namespace detail

/// Appends to `list` exactly `n` entries, or as many as there are items left by the filters. Filters come before the
/// ranking. What the model has nothing to say about is filled in by popularity, labelled `Tier::popular`.
///
/// Runs on the caller's thread without a lock; allocates nothing once scratch and list have grown.
template <Recommender M>
void recommend(const M& model, const Request& request, Scratch& scratch, std::vector<Recommendation>& list) {
  auto& mask = scratch.mask;
  detail::start_mask(request, model.interactions().items().size(), mask);
  if (request.exclude_seen) {
    mask.forbid(request.history.items);
  }

  model.rank(request.history, request.n, scratch);
  for (const auto& entry : scratch.ranked) {
    list.push_back({entry.index, entry.score, M::tier});
  }
  if (const std::size_t ranked = scratch.ranked.size(); ranked < request.n) {
    for (const auto& entry : scratch.ranked) {
      mask.forbid(entry.index);
    }
    detail::append_popular(model, request, request.n - ranked, scratch, list);
  }
}

}  // namespace recocore
