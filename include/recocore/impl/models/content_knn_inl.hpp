#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/impl/models/content_links.hpp>
#include <recocore/models/content_knn.hpp>
#include <recocore/stats/similar_rows.hpp>

namespace recocore {

RECOCORE_INLINE void ContentKnnConfig::validate() const {
  if (k == 0) {
    throw InvalidParameter("k must be at least 1, got 0");
  }
  weights.validate();
}

namespace detail {

/// The last similarity of full lists, 0 of others.
[[nodiscard]] inline std::vector<float> bars_of(const Neighbours<ItemIx>& nearest, std::size_t k) {
  std::vector<float> bars(nearest.rows(), 0.0F);
  for (std::size_t row = 0; row < bars.size(); ++row) {
    const auto entries = nearest.of(ItemIx(row));
    bars[row] = entries.size() >= k ? entries.back().score : 0.0F;
  }
  return bars;
}

/// The rows of a table by its items, as bytes that stay and bytes on the way.
[[nodiscard]] inline std::uint64_t content_index_memory(const AttributeTable& items) {
  // Every row has its features twice, as they were encoded and in the index, which the estimate of encoding has once.
  return 2 * ContentFeatures::estimate_memory(items);
}

}  // namespace detail

RECOCORE_INLINE ContentKnn::ContentKnn(Interactions interactions, Catalogue catalogue, const ContentKnnConfig& config,
                                       ColumnWeights weights, ContentIndex index, Neighbours<ItemIx> nearest,
                                       const RunOptions& options)
    : config_(config),
      interactions_(std::move(interactions)),
      catalogue_(std::move(catalogue)),
      weights_(std::make_shared<const ColumnWeights>(std::move(weights))),
      index_(std::move(index)),
      nearest_(std::make_shared<const Neighbours<ItemIx>>(std::move(nearest))),
      links_(std::make_shared<const Neighbours<ItemIx>>(detail::both_ways(nearest_.base(), options))),
      bars_(std::make_shared<const std::vector<float>>(detail::bars_of(nearest_.base(), config.k))),
      popular_items_(interactions_) {}

RECOCORE_INLINE ContentKnn ContentKnn::fit(Interactions interactions, const Catalogue& items,
                                           const ContentKnnConfig& config, const RunOptions& options) {
  config.validate();
  if (options.memory_limit > 0) {
    require_memory(estimate_fit_memory(interactions, items, config, options), options, "fitting ContentKnn");
  }
  const auto ids = merged(merged(interactions.items(), items.ids().base()), items.ids().added());
  interactions = interactions.extended(interactions.users(), ids);
  auto catalogue = items.rebased(ids);
  const auto& table = catalogue.base();
  auto features = ContentFeatures::fit(table, options);
  const auto rows = features.encode_all(table, options);
  auto weights = learn_column_weights(features, rows, interactions, config.weights, options);
  auto index = ContentIndex::make(std::move(features), weights.weights, rows, options);
  auto nearest = index.all_neighbours(rows, config.k, options);
  return {std::move(interactions), std::move(catalogue), config, std::move(weights),
          std::move(index),        std::move(nearest),   options};
}

RECOCORE_INLINE ContentKnn ContentKnn::from_parts(Interactions interactions, AttributeTable items,
                                                  const ContentKnnConfig& config, ColumnWeights weights,
                                                  Neighbours<ItemIx> nearest, const RunOptions& options) {
  config.validate();
  const std::size_t count = items.size();
  bool sound = interactions.items() == items.ids() && nearest.offsets.size() == count + 1 &&
               nearest.offsets.front() == 0 && nearest.offsets.back() == nearest.entries.size() &&
               std::is_sorted(nearest.offsets.begin(), nearest.offsets.end());
  for (std::size_t row = 0; sound && row < count; ++row) {
    const auto entries = nearest.of(ItemIx(row));
    // In the total order no item is listed twice with one score; scores above 0 are those of different items.
    std::vector<ItemIx> listed;
    for (const auto& entry : entries) {
      sound =
          sound && entry.index.value < count && entry.index != ItemIx(row) && entry.score > 0.0F && entry.score <= 2.0F;
      listed.push_back(entry.index);
    }
    std::sort(listed.begin(), listed.end());
    sound = sound && entries.size() <= config.k &&
            std::is_sorted(entries.begin(), entries.end(), ranks_before<ItemIx>) &&
            std::adjacent_find(listed.begin(), listed.end()) == listed.end();
  }
  sound = sound && weights.weights.size() == items.columns().size() &&
          std::all_of(weights.weights.begin(), weights.weights.end(), [](double w) { return w >= 0.0 && w <= 1.0; });
  if (!sound) {
    throw InvalidData("these are not the interactions, the weights and the neighbours of a catalogue of " +
                      std::to_string(count) + " items");
  }
  auto features = ContentFeatures::fit(items, options);
  const auto rows = features.encode_all(items, options);
  auto index = ContentIndex::make(std::move(features), weights.weights, rows, options);
  return {std::move(interactions), Catalogue(std::move(items)), config, std::move(weights),
          std::move(index),        std::move(nearest),          options};
}

RECOCORE_INLINE std::uint64_t ContentKnn::estimate_fit_memory(const Interactions& interactions, const Catalogue& items,
                                                              const ContentKnnConfig& config,
                                                              const RunOptions& options) {
  config.validate();
  const std::uint64_t count = std::uint64_t{interactions.items().size()} + items.size();
  const std::uint64_t lists = count * std::min<std::uint64_t>(config.k, count) * sizeof(ScoredItem);
  const std::uint64_t slots = parallel_slots(options);
  // The interactions once more, among more items; the table, aligned.
  const std::uint64_t copies = interactions.size() * 32 + (count + interactions.users().size()) * 48;
  const std::uint64_t encoded = detail::content_index_memory(items.base()) +
                                detail::content_index_memory(items.changes()) + count * sizeof(FeatureRow);
  std::uint64_t learning = 0;
  if (config.weights.learn && interactions.size() > 0) {
    const auto [result, working] = estimate_similar_rows_memory(interactions.by_item(), interactions.by_user(),
                                                                SimilarRowsConfig{.k = 8}, false, options);
    learning = result + working + result * 2 +
               config.weights.most_pairs * 2 * (items.base().columns().size() * sizeof(double) + 64);
  }
  const std::uint64_t serving = lists * 4 + slots * count * sizeof(std::uint64_t) + count * 64;
  return copies + encoded + std::max(learning, serving) + slots * (count * 8 + 65536);
}

RECOCORE_INLINE ContentKnn ContentKnn::with_items(const AttributeTable& rows) const {
  ContentKnn next = *this;
  next.catalogue_ = catalogue_.updated(rows);
  const std::size_t base = index_.base_size();
  const auto& before = items();
  const auto& after = next.items();

  // Ids that came before may have others in between now.
  std::vector<std::uint32_t> moved_to(before.added().size());
  bool any_moved = false;
  for (std::size_t a = 0; a < moved_to.size(); ++a) {
    moved_to[a] = after.added().find(before.added().at(a)).value_or(static_cast<std::uint32_t>(a));
    any_moved = any_moved || moved_to[a] != a;
  }
  if (any_moved) {
    next.nearest_ = detail::renumbered(nearest_, nearest_.without_changes(), base, moved_to);
    next.links_ = detail::renumbered(links_, links_.without_changes(), base, moved_to);
  }
  std::map<std::uint32_t, std::shared_ptr<const FeatureRow>> moved;
  for (const auto& entry : index_.moved()) {
    const bool is_added = entry.position >= base;
    moved[is_added ? static_cast<std::uint32_t>(base + moved_to[entry.position - base]) : entry.position] = entry.row;
  }

  std::vector<std::uint32_t> entering;
  entering.reserve(rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    entering.push_back(after.find(rows.ids().at(row)).value());
  }
  std::sort(entering.begin(), entering.end());
  EncodeScratch scratch;
  std::vector<const FeatureRow*> encoded;
  for (const auto position : entering) {
    const auto place = next.catalogue_.locate(position);
    auto row = std::make_shared<FeatureRow>();
    features().encode(*place.table, place.row, scratch, *row);
    encoded.push_back(row.get());
    moved[position] = std::move(row);
  }
  std::vector<ContentIndex::Moved> all;
  all.reserve(moved.size());
  for (auto& [position, row] : moved) {
    all.push_back({position, std::move(row)});
  }
  next.index_ = index_.with(std::move(all));
  detail::ContentLinks(next.index_, config_.k, *bars_, next.nearest_, next.links_).enter(entering, encoded);
  return next;
}

RECOCORE_INLINE ContentKnn ContentKnn::with_retired(const IdColumn& ids) const {
  ContentKnn next = *this;
  next.catalogue_ = catalogue_.retired(ids);
  return next;
}

RECOCORE_INLINE FeatureRow ContentKnn::features_of(ItemIx item) const {
  const auto place = catalogue_.locate(item.value);
  return features().encode(*place.table, place.row);
}

RECOCORE_INLINE ContentMatch ContentKnn::explain(ItemIx a, ItemIx b) const {
  const auto in_a = catalogue_.locate(a.value);
  const auto in_b = catalogue_.locate(b.value);
  return explain_match(index_, *in_a.table, in_a.row, *in_b.table, in_b.row);
}

RECOCORE_INLINE void ContentKnn::rank(const History& history, std::size_t n, Scratch& scratch) const {
  auto& sums = scratch.sums;
  sums.start(items().size());
  for (std::size_t entry = 0; entry < history.items.size(); ++entry) {
    sums.add(links_.of(history.items[entry]), history.weight(entry));
  }
  sums.rank(n, scratch.mask, scratch.ranked);
}

}  // namespace recocore
