#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/core/raw_vector.hpp>
#include <recocore/impl/core/slots.hpp>
#include <recocore/impl/models/elastic_net.hpp>
#include <recocore/impl/models/item_products.hpp>
#include <recocore/impl/rank/popular_items_memory.hpp>
#include <recocore/impl/stats/find_similar_rows.hpp>
#include <recocore/models/slim.hpp>
#include <recocore/stats/similar_rows.hpp>

namespace recocore {

namespace detail {

/// What one thread needs to fit the models of items, one at a time.
struct SlimScratch {
  SomeProducts some;
  ElasticNet net{};
  std::vector<ItemIx> items{};       ///< the candidates, ascending, and last the item itself
  std::vector<double> products{};    ///< of `items`
  std::vector<double> target{};      ///< products of the candidates with the item
  std::vector<double> candidates{};  ///< products of the candidates

  [[nodiscard]] static std::uint64_t bytes(std::uint64_t candidates, std::uint64_t users,
                                           std::uint64_t entries) noexcept {
    const std::uint64_t size = candidates + 1;
    return sizeof(SlimScratch) + SomeProducts::bytes(users, entries) + ElasticNet::bytes(candidates) +
           size * sizeof(ItemIx) + (size * size + candidates * candidates + candidates) * sizeof(double);
  }
};

/// The most users that `count` items have in all.
[[nodiscard]] inline std::uint64_t largest_rows(const SparseRows<ItemIx, UserIx>& by_item, std::size_t count) {
  std::vector<std::uint64_t> sizes(by_item.rows());
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    sizes[i] = by_item.row_size(ItemIx(i));
  }
  count = std::min(count, sizes.size());
  const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(count);
  std::partial_sort(sizes.begin(), middle, sizes.end(), std::greater<>{});
  return std::accumulate(sizes.begin(), middle, std::uint64_t{0});
}

/// Users and entries that `SlimScratch` has room for.
[[nodiscard]] inline std::pair<std::uint64_t, std::uint64_t> slim_room(const Interactions& interactions,
                                                                       const SlimConfig& config) {
  const auto& by_item = interactions.by_item();
  if (by_item.rows() <= most_items_at_once) {
    return {0, 0};
  }
  return {by_item.columns, largest_rows(by_item, std::min(config.candidates, by_item.rows()) + 1)};
}

}  // namespace detail

RECOCORE_INLINE void SlimConfig::validate() const {
  if (!(std::isfinite(l1) && l1 >= 0.0)) {
    throw InvalidParameter("l1 must be a number from 0 up; got " + std::to_string(l1));
  }
  if (!(std::isfinite(l2) && l2 >= 0.0)) {
    throw InvalidParameter("l2 must be a number from 0 up; got " + std::to_string(l2));
  }
  if (candidates < 1) {
    throw InvalidParameter("candidates must be at least 1; got 0");
  }
  if (!(std::isfinite(tolerance) && tolerance > 0.0)) {
    throw InvalidParameter("tolerance must be a number above 0; got " + std::to_string(tolerance));
  }
  if (max_iterations < 1) {
    throw InvalidParameter("max_iterations must be at least 1; got 0");
  }
}

RECOCORE_INLINE Slim::Slim(Interactions interactions, const SlimConfig& config, ItemWeights weights)
    : config_(config),
      interactions_(std::move(interactions)),
      weights_(std::move(weights)),
      popular_items_(interactions_) {}

RECOCORE_INLINE Slim Slim::fit(Interactions interactions, const SlimConfig& config, const RunOptions& options) {
  config.validate();
  if (options.memory_limit > 0) {
    require_memory(estimate_fit_memory(interactions, config, options), options, "fitting Slim",
                   "fewer candidates or fewer threads need less");
  }
  const auto& by_user = interactions.by_user();
  const auto& by_item = interactions.by_item();
  const std::size_t items = by_item.rows();
  Neighbours<ItemIx> kept;
  {
    const auto similar = similar_rows(by_item, by_user, {.k = config.candidates}, options);
    const bool at_once = items <= detail::most_items_at_once;
    const auto all = at_once ? detail::AllProducts(by_item, by_user, options) : detail::AllProducts();
    const auto room = detail::slim_room(interactions, config);
    if (room.second >= std::numeric_limits<std::uint32_t>::max()) {
      throw CapacityExceeded("the candidates of an item have " + std::to_string(room.second) +
                             " users in all, but at most 4294967294 are possible; fewer candidates have fewer");
    }
    std::size_t longest = 0;
    for (std::size_t j = 0; j < items; ++j) {
      longest = std::max(longest, similar.of(ItemIx(j)).size());
    }
    const detail::ElasticNet::Options net{.l1 = config.l1,
                                          .l2 = config.l2,
                                          .positive = config.positive,
                                          .tolerance = config.tolerance,
                                          .max_iterations = config.max_iterations,
                                          .run = &options};
    kept.entries.resize(similar.entries.size());
    RawVector<std::uint32_t> sizes(items);
    const auto fit_item = [&](ItemIx j, detail::SlimScratch& scratch) {
      const auto near = similar.of(j);
      const std::size_t size = near.size();
      scratch.items.resize(size);
      std::transform(near.begin(), near.end(), scratch.items.begin(), [](const auto& entry) { return entry.index; });
      std::sort(scratch.items.begin(), scratch.items.end());
      scratch.items.push_back(j);
      scratch.candidates.resize(size * size);
      scratch.target.resize(size);
      if (at_once) {
        for (std::size_t a = 0; a < size; ++a) {
          scratch.target[a] = all(scratch.items[a], j);
          for (std::size_t b = 0; b <= a; ++b) {
            const double product = all(scratch.items[a], scratch.items[b]);
            scratch.candidates[a * size + b] = product;
            scratch.candidates[b * size + a] = product;
          }
        }
      } else {
        scratch.products.resize((size + 1) * (size + 1));
        scratch.some.fill(by_item, scratch.items, scratch.products);
        for (std::size_t a = 0; a < size; ++a) {
          const auto row = scratch.products.begin() + static_cast<std::ptrdiff_t>(a * (size + 1));
          std::copy_n(row, size, scratch.candidates.begin() + static_cast<std::ptrdiff_t>(a * size));
          scratch.target[a] = row[static_cast<std::ptrdiff_t>(size)];
        }
      }
      const auto weights = scratch.net.solve(scratch.candidates, scratch.target, net);
      std::uint32_t found = 0;
      for (std::size_t a = 0; a < size; ++a) {
        constexpr double largest = std::numeric_limits<float>::max();
        const auto weight = static_cast<float>(std::clamp(weights[a], -largest, largest));
        if (weight != 0.0F) {
          kept.entries[similar.offsets[j.value] + found++] = {scratch.items[a], weight};
        }
      }
      sizes[j.value] = found;
    };
    detail::Slots<detail::SlimScratch> scratch(parallel_slots(options));
    constexpr std::size_t grain = 8;
    parallel_for(items, grain, options, "models of items", [&](std::size_t begin, std::size_t end, unsigned slot) {
      auto& mine = scratch.get(slot, [&] {
        detail::SlimScratch made{.some = detail::SomeProducts(room.first, room.second)};
        made.candidates.reserve(longest * longest);
        made.products.reserve(at_once ? 0 : (longest + 1) * (longest + 1));
        return made;
      });
      for (std::size_t j = begin; j < end && !should_stop(options); ++j) {
        fit_item(ItemIx(j), mine);
      }
    });
    throw_if_stopped(options);
    detail::close_gaps(kept, similar.offsets, sizes);
  }
  auto weights = ItemWeights::from_candidates(kept, options);
  return {std::move(interactions), config, std::move(weights)};
}

RECOCORE_INLINE std::uint64_t Slim::estimate_fit_memory(const Interactions& interactions, const SlimConfig& config,
                                                        const RunOptions& options) {
  config.validate();
  const auto& by_item = interactions.by_item();
  const std::uint64_t items = by_item.rows();
  const auto [result, working] =
      estimate_similar_rows_memory(by_item, interactions.by_user(), {.k = config.candidates}, false, options);
  const std::uint64_t most_candidates = std::min<std::uint64_t>(config.candidates, items);
  const auto [users, entries] = detail::slim_room(interactions, config);
  const std::uint64_t products = items <= detail::most_items_at_once ? detail::AllProducts::bytes(items) : 0;
  const std::uint64_t threads = parallel_slots(options);
  const std::uint64_t solving = result + items * sizeof(std::uint32_t) + products +
                                threads * detail::SlimScratch::bytes(most_candidates, users, entries);
  const std::uint64_t turning = ItemWeights::estimate_memory(result / sizeof(ScoredItem), items, options);
  return result + std::max({working, solving, turning + items * detail::popular_item_bytes});
}

RECOCORE_INLINE Slim Slim::from_parts(Interactions interactions, const SlimConfig& config, Neighbours<ItemIx> rows) {
  config.validate();
  auto weights = ItemWeights::from_rows(std::move(rows), interactions.items().size());
  return {std::move(interactions), config, std::move(weights)};
}

}  // namespace recocore
