#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/impl/models/ease_parts.hpp>
#include <recocore/impl/models/local_ridge.hpp>
#include <recocore/impl/rank/popular_items_memory.hpp>
#include <recocore/models/sparse_ease.hpp>
#include <recocore/stats/similar_rows.hpp>

namespace recocore {

RECOCORE_INLINE void SparseEaseConfig::validate() const {
  if (k == 0) {
    throw InvalidParameter("k must be at least 1; got 0");
  }
  ease.validate();
}

RECOCORE_INLINE SparseEase::SparseEase(Interactions interactions, const SparseEaseConfig& config, ItemWeights weights)
    : config_(config),
      interactions_(std::move(interactions)),
      weights_(std::move(weights)),
      popular_items_(interactions_) {}

RECOCORE_INLINE std::uint64_t SparseEase::estimate_fit_memory(const Interactions& interactions,
                                                              const SparseEaseConfig& config,
                                                              const RunOptions& options) {
  config.validate();
  const auto& by_item = interactions.by_item();
  const std::uint64_t items = by_item.rows();
  const std::uint64_t users = interactions.users().size();
  const std::uint64_t k = std::min<std::uint64_t>(config.k, items);
  const auto [lists, comparing] =
      estimate_similar_rows_memory(by_item, interactions.by_user(), {.k = config.k}, false, options);
  // The largest k + 1 items are the most a regression can meet.
  std::vector<std::uint64_t> sizes(static_cast<std::size_t>(items));
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    sizes[i] = by_item.row_size(ItemIx(i));
  }
  std::sort(sizes.rbegin(), sizes.rend());
  std::uint64_t met = 0;
  for (std::size_t place = 0; place < sizes.size() && place <= k; ++place) {
    met += sizes[place];
  }
  const std::uint64_t solving =
      detail::EaseParts::memory(users, items) +
      parallel_slots(options) * detail::LocalRidge::memory(users, met, k, by_item.is_binary());
  const std::uint64_t turning = ItemWeights::estimate_memory(lists / sizeof(ScoredItem), items, options);
  return lists + std::max({comparing, solving, turning + items * detail::popular_item_bytes});
}

RECOCORE_INLINE SparseEase SparseEase::fit(Interactions interactions, const SparseEaseConfig& config,
                                           const RunOptions& options) {
  config.validate();
  if (options.memory_limit > 0) {
    require_memory(estimate_fit_memory(interactions, config, options), options, "fitting SparseEase");
  }
  auto of_candidate = similar_rows(interactions.by_item(), interactions.by_user(), {.k = config.k}, options);
  {
    const detail::EaseParts parts(interactions, config.ease);
    std::vector<std::optional<detail::LocalRidge>> ridges(parallel_slots(options));
    constexpr std::size_t grain = 4;
    const auto solve = [&](std::size_t begin, std::size_t end, unsigned slot) {
      auto& ridge = ridges[slot];
      if (!ridge) {
        ridge.emplace(interactions, parts);
      }
      for (std::size_t j = begin; j < end && !should_stop(options); ++j) {
        const auto first = of_candidate.offsets[j];
        ridge->solve(ItemIx(j), std::span(of_candidate.entries).subspan(first, of_candidate.offsets[j + 1] - first));
      }
    };
    try {
      parallel_for(of_candidate.rows(), grain, options, "weights", solve);
    } catch (const NotPositiveDefinite& error) {
      detail::refuse_singular("SparseEase", error);
    }
  }
  auto weights = ItemWeights::from_candidates(of_candidate, options);
  return {std::move(interactions), config, std::move(weights)};
}

RECOCORE_INLINE SparseEase SparseEase::from_parts(Interactions interactions, const SparseEaseConfig& config,
                                                  ItemWeights weights) {
  config.validate();
  if (weights.rows().rows() != interactions.items().size()) {
    throw InvalidData("these are not the weights of a catalogue of " + std::to_string(interactions.items().size()) +
                      " items");
  }
  return {std::move(interactions), config, std::move(weights)};
}

}  // namespace recocore
