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
  /// Only the items of this set may be in the list, if there is one. It may be shorter than the catalogue.
  const BitSet* allowed = nullptr;
};

namespace detail {

/// Lets the mask allow what the filters of a request leave, history aside.
/// @param retired never recommended.
inline void start_mask(const Request& request, std::size_t items, const BitSet* retired, ItemMask& mask) {
  if (request.candidates && request.allowed != nullptr) {
    mask.allow_none(items);
    for (const ItemIx item : *request.candidates) {
      if (item.value < request.allowed->size() && (*request.allowed)[item.value]) {
        mask.allow(item);
      }
    }
  } else if (request.candidates) {
    mask.allow_only(items, *request.candidates);
  } else if (request.allowed != nullptr) {
    mask.allow_only(items, *request.allowed);
  } else {
    mask.allow_all(items);
  }
  mask.forbid(request.exclude);
  if (retired != nullptr) {
    mask.forbid(*retired);
  }
}

template <Recommender M>
[[nodiscard]] const BitSet* retired_items(const M& model) noexcept {
  if constexpr (HasCatalogue<M>) {
    return &model.catalogue().retired_set();
  } else {
    return nullptr;
  }
}

/// Scores of a fill, best first and above 0, in proportion, so that none is above `last`.
inline void scale_below(float last, std::vector<ScoredItem>& ranked) {
  const float factor = ranked.empty() ? 1.0F : std::min(1.0F, last / ranked.front().score);
  for (auto& entry : ranked) {
    entry.score *= factor;
  }
}

/// Appends what `scratch.ranked` has, and takes it from the mask.
template <class TierOf>
void append_ranked(const TierOf& tier_of, Scratch& scratch, std::vector<Recommendation>& list) {
  for (const auto& entry : scratch.ranked) {
    scratch.mask.forbid(entry.index);
    list.push_back({entry.index, entry.score, tier_of(entry.index)});
  }
}

/// Appends at most `n` of the candidates that the mask allows and that were there when the model was fitted, the most
/// popular first, and takes them from the mask. Returns how many. O(candidates log candidates).
template <Recommender M>
std::size_t append_popular_candidates(const M& model, const Request& request, std::size_t n, Scratch& scratch,
                                      std::vector<Recommendation>& list) {
  auto& rest = scratch.ranked;
  rest.clear();
  for (const ItemIx item : *request.candidates) {
    if (item.value < model.interactions().items().size() && scratch.mask.allows(item)) {
      scratch.mask.forbid(item);  // it may be given twice
      rest.push_back({item, model.popular_items().score(item)});
    }
  }
  keep_best(rest, n);
  append_ranked([](ItemIx /*item*/) { return Tier::popular; }, scratch, list);
  return rest.size();
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
  if (n > 0 && steps < ranking.size()) {
    n -= append_popular_candidates(model, request, n, scratch, list);
  }
  // Nobody can have what came after the fit.
  for (std::size_t item = model.interactions().items().size(); item < item_count(model) && n > 0; ++item) {
    if (scratch.mask.allows(ItemIx(item))) {
      list.push_back({ItemIx(item), -1.0F, Tier::popular});
      --n;
    }
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
  detail::start_mask(request, item_count(model), detail::retired_items(model), mask);
  if (request.exclude_seen) {
    mask.forbid(request.history.items);
  }

  model.rank(request.history, request.n, scratch);
  std::size_t missing = request.n - scratch.ranked.size();
  [[maybe_unused]] const float last = scratch.ranked.empty() ? 1.0F : scratch.ranked.back().score;
  detail::append_ranked(
      [&model](ItemIx item) {
        if constexpr (KnowsTiers<M>) {
          return model.tier_of(item);
        } else {
          return M::tier;
        }
      },
      scratch, list);
  if constexpr (FillsFromSegments<M>) {
    if (missing > 0) {
      model.fill(request.history, missing, scratch);
      missing -= scratch.ranked.size();
      detail::scale_below(last, scratch.ranked);
      detail::append_ranked([](ItemIx /*item*/) { return Tier::segment; }, scratch, list);
    }
  }
  if (missing > 0) {
    detail::append_popular(model, request, missing, scratch, list);
  }
}

}  // namespace recocore
