/// Lists of neighbours of which few differ from those of a base.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <recocore/core/ranking.hpp>
#include <recocore/stats/neighbours.hpp>

namespace recocore {

/// Rows that stand in the place of those of a base or behind them. A copy shares all rows: it takes a pointer for every
/// `page_rows` of them.
class RowPages {
 public:
  static constexpr std::size_t page_rows = 64;
  using Row = std::vector<ScoredItem>;

  RowPages() = default;
  explicit RowPages(std::shared_ptr<const Neighbours<ItemIx>> base) : base_(std::move(base)) {}

  [[nodiscard]] const Neighbours<ItemIx>& base() const noexcept { return *base_; }

  /// The base alone.
  [[nodiscard]] RowPages without_changes() const { return RowPages(base_); }

  /// Empty for a row that is in neither.
  [[nodiscard]] std::span<const ScoredItem> of(ItemIx row) const noexcept {
    const std::size_t page = row.value / page_rows;
    if (page < pages_.size() && pages_[page]) {
      if (const auto& entries = (*pages_[page])[row.value % page_rows]) {
        return *entries;
      }
    }
    return base_ && row.value < base_->rows() ? base_->of(row) : std::span<const ScoredItem>{};
  }

  void set(ItemIx row, Row entries) {
    const std::size_t page = row.value / page_rows;
    if (page >= pages_.size()) {
      pages_.resize(page + 1);
    }
    auto changed = pages_[page] ? std::make_shared<Page>(*pages_[page]) : std::make_shared<Page>();
    (*changed)[row.value % page_rows] = std::make_shared<const Row>(std::move(entries));
    pages_[page] = std::move(changed);
  }

  /// Calls `visitor(row, entries)` for each row that was set, ascending.
  template <class Visitor>
  void for_each_set(const Visitor& visitor) const {
    for (std::size_t page = 0; page < pages_.size(); ++page) {
      for (std::size_t place = 0; pages_[page] && place < page_rows; ++place) {
        if (const auto& entries = (*pages_[page])[place]) {
          visitor(ItemIx(page * page_rows + place), std::span<const ScoredItem>(*entries));
        }
      }
    }
  }

 private:
  using Page = std::array<std::shared_ptr<const Row>, page_rows>;

  std::shared_ptr<const Neighbours<ItemIx>> base_{};
  std::vector<std::shared_ptr<const Page>> pages_{};
};

}  // namespace recocore
