#pragma once

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/models/item_knn.hpp>

namespace recocore {

namespace detail {

/// Rows of at most k different items of the catalogue, best first, every similarity finite and above 0.
[[nodiscard]] inline bool is_sound(const Neighbours<ItemIx>& neighbours, std::size_t items, std::size_t k) {
  if (neighbours.offsets.size() != items + 1 || neighbours.offsets.front() != 0 ||
      neighbours.offsets.back() != neighbours.entries.size() ||
      !std::is_sorted(neighbours.offsets.begin(), neighbours.offsets.end())) {
    return false;
  }
  std::vector<std::size_t> last_listed_by(items, items);
  for (std::size_t i = 0; i < items; ++i) {
    const auto row = neighbours.of(ItemIx(i));
    const bool good_entries = std::all_of(row.begin(), row.end(), [&](const ScoredItem& entry) {
      return entry.index.value < items && entry.index != ItemIx(i) && entry.score > 0.0F &&
             entry.score <= std::numeric_limits<float>::max() &&
             std::exchange(last_listed_by[entry.index.value], i) != i;
    });
    if (row.size() > k || !good_entries || !std::is_sorted(row.begin(), row.end(), ranks_before<ItemIx>)) {
      return false;
    }
  }
  return true;
}

}  // namespace detail

RECOCORE_INLINE ItemKnn::ItemKnn(Interactions interactions, const ItemKnnConfig& config, Lists similar, Lists nearest)
    : config_(config),
      interactions_(std::move(interactions)),
      similar_(std::move(similar)),
      nearest_(std::move(nearest)),
      votes_(std::make_shared<const Neighbours<ItemIx>>(transpose(*nearest_))),
      popular_items_(interactions_) {}

RECOCORE_INLINE ItemKnn ItemKnn::fit(Interactions interactions, const ItemKnnConfig& config,
                                     const RunOptions& options) {
  const auto lists = [&](Direction direction) {
    return std::make_shared<const Neighbours<ItemIx>>(
        similar_rows(interactions.by_item(), interactions.by_user(), config, options, direction));
  };
  auto similar = lists(Direction::from_row);
  auto nearest = is_symmetric(config.similarity) ? similar : lists(Direction::to_row);
  return {std::move(interactions), config, std::move(similar), std::move(nearest)};
}

RECOCORE_INLINE ItemKnn ItemKnn::from_parts(Interactions interactions, const ItemKnnConfig& config,
                                            Neighbours<ItemIx> similar, Neighbours<ItemIx> nearest) {
  config.validate();
  const std::size_t items = interactions.items().size();
  const bool symmetric = is_symmetric(config.similarity);
  if (!detail::is_sound(similar, items, config.k) || (!symmetric && !detail::is_sound(nearest, items, config.k))) {
    throw InvalidData("these are not the neighbours of a catalogue of " + std::to_string(items) + " items");
  }
  auto shared_similar = std::make_shared<const Neighbours<ItemIx>>(std::move(similar));
  auto shared_nearest = symmetric ? shared_similar : std::make_shared<const Neighbours<ItemIx>>(std::move(nearest));
  return {std::move(interactions), config, std::move(shared_similar), std::move(shared_nearest)};
}

RECOCORE_INLINE void ItemKnn::rank(const History& history, std::size_t n, Scratch& scratch) const {
  auto& sums = scratch.sums;
  sums.start(interactions_.items().size());
  for (std::size_t entry = 0; entry < history.items.size(); ++entry) {
    const auto weight = static_cast<double>(history.weight(entry));
    for (const auto& vote : votes_->of(history.items[entry])) {
      sums.add(vote.index, weight * static_cast<double>(vote.score));
    }
  }
  auto& ranked = scratch.ranked;
  ranked.clear();
  sums.drain([&](ItemIx item, double sum) {
    const auto score = static_cast<float>(std::min(sum, static_cast<double>(std::numeric_limits<float>::max())));
    if (score > 0.0F && scratch.mask.allows(item)) {
      ranked.push_back({item, score});
    }
  });
  keep_best(ranked, n);
}

}  // namespace recocore
