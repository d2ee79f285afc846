#pragma once

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/impl/rank/popular_items_memory.hpp>
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

RECOCORE_INLINE ItemKnn::ItemKnn(Interactions interactions, const ItemKnnConfig& config, Lists similar, Lists nearest,
                                 const RunOptions& options)
    : config_(config),
      interactions_(std::move(interactions)),
      similar_(std::move(similar)),
      nearest_(std::move(nearest)),
      votes_(std::make_shared<const Neighbours<ItemIx>>(transpose(*nearest_, options))),
      popular_items_(interactions_) {}

RECOCORE_INLINE ItemKnn ItemKnn::fit(Interactions interactions, const ItemKnnConfig& config,
                                     const RunOptions& options) {
  if (options.memory_limit > 0) {
    require_memory(estimate_fit_memory(interactions, config, options), options, "fitting ItemKnn");
  }
  const auto shared = [](Neighbours<ItemIx>&& lists) {
    return std::make_shared<const Neighbours<ItemIx>>(std::move(lists));
  };
  Lists similar;
  Lists nearest;
  if (is_symmetric(config.similarity)) {
    similar = shared(similar_rows(interactions.by_item(), interactions.by_user(), config, options));
    nearest = similar;
  } else {
    auto both = similar_rows_both_ways(interactions.by_item(), interactions.by_user(), config, options);
    similar = shared(std::move(both.from_row));
    nearest = shared(std::move(both.to_row));
  }
  return {std::move(interactions), config, std::move(similar), std::move(nearest), options};
}

RECOCORE_INLINE std::uint64_t ItemKnn::estimate_fit_memory(const Interactions& interactions,
                                                           const ItemKnnConfig& config, const RunOptions& options) {
  const bool both_ways = !is_symmetric(config.similarity);
  const auto [result, working] =
      estimate_similar_rows_memory(interactions.by_item(), interactions.by_user(), config, both_ways, options);
  // Then the lists the other way round, for serving, and the order by popularity.
  const std::uint64_t items = interactions.items().size();
  const std::uint64_t votes = result / (both_ways ? 2 : 1);
  const std::uint64_t transposing = parallel_slots(options) * items * sizeof(std::uint64_t);
  return result + std::max(working, votes + std::max(transposing, items * detail::popular_item_bytes));
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
  return {std::move(interactions), config, std::move(shared_similar), std::move(shared_nearest), {.threads = 1}};
}

RECOCORE_INLINE void ItemKnn::rank(const History& history, std::size_t n, Scratch& scratch) const {
  auto& sums = scratch.sums;
  sums.start(interactions_.items().size());
  for (std::size_t entry = 0; entry < history.items.size(); ++entry) {
    sums.add(votes_->of(history.items[entry]), history.weight(entry));
  }
  sums.rank(n, scratch.mask, scratch.ranked);
}

}  // namespace recocore
