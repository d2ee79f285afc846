/// How the lists of a ContentKnn change when items come.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include <recocore/content/content_index.hpp>
#include <recocore/core/ranking.hpp>
#include <recocore/models/row_pages.hpp>

namespace recocore::detail {

/// Rows taken from pages to be changed, and put back at the end.
class RowEdits {
 public:
  explicit RowEdits(RowPages& pages) : pages_(pages) {}

  [[nodiscard]] std::span<const ScoredItem> of(ItemIx row) const {
    const auto found = rows_.find(row.value);
    return found == rows_.end() ? pages_.of(row) : std::span<const ScoredItem>(found->second);
  }

  [[nodiscard]] RowPages::Row& edit(ItemIx row) {
    const auto [found, is_new] = rows_.try_emplace(row.value);
    if (is_new) {
      const auto entries = pages_.of(row);
      found->second.assign(entries.begin(), entries.end());
    }
    return found->second;
  }

  [[nodiscard]] bool has(ItemIx row, ItemIx item) const {
    const auto entries = of(row);
    return std::any_of(entries.begin(), entries.end(), [item](const auto& entry) { return entry.index == item; });
  }

  void remove(ItemIx row, ItemIx item) {
    std::erase_if(edit(row), [item](const auto& entry) { return entry.index == item; });
  }

  void put_back() {
    for (auto& [row, entries] : rows_) {
      pages_.set(ItemIx(std::size_t{row}), std::move(entries));
    }
    rows_.clear();
  }

 private:
  RowPages& pages_;
  std::unordered_map<std::uint32_t, RowPages::Row> rows_{};
};

/// Keeps, for each item, its nearest and its links (the nearest, and those it is nearest of) as items come and change.
class ContentLinks {
 public:
  ContentLinks(const ContentIndex& index, std::size_t k, std::span<const float> bars, RowPages& nearest,
               RowPages& links)
      : index_(index), k_(k), bars_(bars), nearest_(nearest), links_(links) {}

  /// Enters items anew. @param items ascending; rows of the index, parallel to `rows`.
  void enter(std::span<const std::uint32_t> items, std::span<const FeatureRow* const> rows) {
    for (const auto item : items) {
      forget(ItemIx(std::size_t{item}));
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
      const ItemIx item(std::size_t{items[i]});
      index_.neighbours_of(*rows[i], k_, item, scratch_, found_);
      nearest_.edit(item) = found_;
      offer_to_others(item, items);
    }
    for (const auto item : items) {
      for (const auto& entry : nearest_.of(ItemIx(std::size_t{item}))) {
        link(ItemIx(std::size_t{item}), entry);
      }
    }
    for (const auto& [row, entry] : entered_) {
      if (nearest_.has(row, entry.index)) {
        link(row, entry);
      }
    }
    for (const auto& [row, pushed_out] : pushed_out_) {
      if (!nearest_.has(row, pushed_out) && !nearest_.has(pushed_out, row)) {
        links_.remove(row, pushed_out);
        links_.remove(pushed_out, row);
      }
    }
    nearest_.put_back();
    links_.put_back();
  }

 private:
  void forget(ItemIx item) {
    const auto linked = links_.of(item);
    const std::vector<ScoredItem> before(linked.begin(), linked.end());
    for (const auto& entry : before) {
      links_.remove(entry.index, item);
      if (nearest_.has(entry.index, item)) {
        nearest_.remove(entry.index, item);
      }
    }
    links_.edit(item).clear();
    nearest_.edit(item).clear();
  }

  /// The scores of `item` with all others are in the scratch.
  void offer_to_others(ItemIx item, std::span<const std::uint32_t> newcomers) {
    const auto& scores = scratch_.scores;
    const auto offer = [&](std::size_t other) {
      if (!std::binary_search(newcomers.begin(), newcomers.end(), static_cast<std::uint32_t>(other))) {
        insert(ItemIx(other), {item, scores[other]});
      }
    };
    for (std::size_t other = 0; other < bars_.size(); ++other) {
      if (scores[other] > bars_[other]) {
        offer(other);
      }
    }
    for (std::size_t other = bars_.size(); other < index_.size(); ++other) {
      if (scores[other] > 0.0F) {
        offer(other);
      }
    }
  }

  void insert(ItemIx row, ScoredItem entry) {
    const auto now = nearest_.of(row);
    const bool full = now.size() >= k_;
    if (full && !ranks_before(entry, now.back())) {
      return;
    }
    auto& entries = nearest_.edit(row);
    if (full) {
      pushed_out_.emplace_back(row, entries.back().index);
      entries.pop_back();
    }
    entries.insert(std::upper_bound(entries.begin(), entries.end(), entry, ranks_before<ItemIx>), entry);
    entered_.emplace_back(row, entry);
  }

  void link(ItemIx a, const ScoredItem& b) {
    if (!links_.has(a, b.index)) {
      links_.edit(a).push_back(b);
      links_.edit(b.index).push_back({a, b.score});
    }
  }

  const ContentIndex& index_;
  std::size_t k_;
  std::span<const float> bars_;
  RowEdits nearest_;
  RowEdits links_;
  ContentIndex::Scratch scratch_{};
  std::vector<ScoredItem> found_{};
  std::vector<std::pair<ItemIx, ScoredItem>> entered_{};
  std::vector<std::pair<ItemIx, ItemIx>> pushed_out_{};
};

/// Each row and, without repetition, what has it in theirs.
[[nodiscard]] inline Neighbours<ItemIx> both_ways(const Neighbours<ItemIx>& nearest, const RunOptions& options) {
  const auto of_others = transpose(nearest, options);
  Neighbours<ItemIx> result;
  const std::size_t rows = nearest.rows();
  result.offsets.reserve(rows + 1);
  result.entries.reserve(nearest.entries.size() * 2);
  std::vector<std::uint32_t> met(rows, 0);
  for (std::size_t row = 0; row < rows; ++row) {
    const auto mark = static_cast<std::uint32_t>(row + 1);
    for (const auto& entry : nearest.of(ItemIx(row))) {
      met[entry.index.value] = mark;
      result.entries.push_back(entry);
    }
    for (const auto& entry : of_others.of(ItemIx(row))) {
      if (met[entry.index.value] != mark) {
        result.entries.push_back(entry);
      }
    }
    result.offsets.push_back(result.entries.size());
  }
  result.entries.shrink_to_fit();
  return result;
}

/// Positions from `base` up are moved: position base + a becomes base + moved_to[a].
[[nodiscard]] inline RowPages renumbered(const RowPages& pages, const RowPages& empty, std::size_t base,
                                         std::span<const std::uint32_t> moved_to) {
  const auto moved = [&](ItemIx item) { return item.value < base ? item : ItemIx(base + moved_to[item.value - base]); };
  RowPages result = empty;
  pages.for_each_set([&](ItemIx row, std::span<const ScoredItem> entries) {
    RowPages::Row changed(entries.begin(), entries.end());
    for (auto& entry : changed) {
      entry.index = moved(entry.index);
    }
    result.set(moved(row), std::move(changed));
  });
  return result;
}

}  // namespace recocore::detail
