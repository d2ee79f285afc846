#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/models/item_weights.hpp>

namespace recocore {

namespace detail {

/// Rows of different items of the catalogue, best first, every weight finite.
[[nodiscard]] inline bool are_item_rows(const Neighbours<ItemIx>& rows, std::size_t items) {
  if (rows.offsets.size() != items + 1 || rows.offsets.front() != 0 || rows.offsets.back() != rows.entries.size() ||
      !std::is_sorted(rows.offsets.begin(), rows.offsets.end())) {
    return false;
  }
  std::vector<std::size_t> last_listed_by(items, items);
  for (std::size_t i = 0; i < items; ++i) {
    const auto row = rows.of(ItemIx(i));
    const bool good_entries = std::all_of(row.begin(), row.end(), [&](const ScoredItem& entry) {
      return entry.index.value < items && std::isfinite(entry.score) &&
             std::exchange(last_listed_by[entry.index.value], i) != i;
    });
    if (!good_entries || !std::is_sorted(row.begin(), row.end(), ranks_before<ItemIx>)) {
      return false;
    }
  }
  return true;
}

}  // namespace detail

RECOCORE_INLINE ItemWeights::ItemWeights(Neighbours<ItemIx> rows)
    : rows_(std::make_shared<const Neighbours<ItemIx>>(std::move(rows))) {}

RECOCORE_INLINE ItemWeights ItemWeights::from_candidates(const Neighbours<ItemIx>& of_candidate,
                                                         const RunOptions& options) {
  auto rows = transpose(of_candidate, options);
  constexpr std::size_t grain = 64;
  parallel_for(rows.rows(), grain, options, "sorting", [&](std::size_t begin, std::size_t end, unsigned /*slot*/) {
    for (std::size_t i = begin; i < end; ++i) {
      std::sort(rows.entries.data() + rows.offsets[i], rows.entries.data() + rows.offsets[i + 1], ranks_before<ItemIx>);
    }
  });
  return ItemWeights(std::move(rows));
}

RECOCORE_INLINE ItemWeights ItemWeights::from_rows(Neighbours<ItemIx> rows, std::size_t items) {
  if (!detail::are_item_rows(rows, items)) {
    throw InvalidData("these are not the weights of a catalogue of " + std::to_string(items) + " items");
  }
  return ItemWeights(std::move(rows));
}

RECOCORE_INLINE std::uint64_t ItemWeights::estimate_memory(std::uint64_t entries, std::uint64_t items,
                                                           const RunOptions& options) {
  return entries * sizeof(ScoredItem) + (parallel_slots(options) + 1) * (items + 1) * sizeof(std::uint64_t);
}

RECOCORE_INLINE std::span<const ScoredItem> ItemWeights::similar_items(ItemIx i) const noexcept {
  const auto row = rows_->of(i);
  const auto end = std::partition_point(row.begin(), row.end(), [](const ScoredItem& e) { return e.score > 0.0F; });
  return row.first(static_cast<std::size_t>(end - row.begin()));
}

RECOCORE_INLINE void ItemWeights::rank(const History& history, std::size_t n, Scratch& scratch) const {
  auto& sums = scratch.sums;
  sums.start(rows_->rows());
  for (std::size_t entry = 0; entry < history.items.size(); ++entry) {
    sums.add(rows_->of(history.items[entry]), history.weight(entry));
  }
  sums.rank(n, scratch.mask, scratch.ranked);
}

}  // namespace recocore
