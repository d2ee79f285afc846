/// All items, those with the most users first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <recocore/core/ranking.hpp>
#include <recocore/data/interactions.hpp>

namespace recocore {

/// The order in which lists are filled when a model has too few items. Immutable; copies share the order.
///
/// The score of an item is minus the share of users who do *not* have it, from -1 to 0. So it is never above that of
/// an item a model recommends, and a list stays sorted by score across its tiers.
class PopularItems {
 public:
  PopularItems() = default;
  explicit PopularItems(const Interactions& interactions);
  /// @param item_users how many users have each item, of `users` in all. @param similar an order that is nearly this
  /// one,
  ///        such as that before a change: then O(items + places that differ), otherwise O(items log items).
  PopularItems(std::span<const std::uint32_t> item_users, std::size_t users, const PopularItems* similar = nullptr);

  /// Of an item of the interactions the order was made from.
  [[nodiscard]] float score(ItemIx item) const noexcept { return order_->score[item.value]; }

  [[nodiscard]] std::span<const ScoredItem> ranked() const noexcept {
    return order_ ? std::span<const ScoredItem>(order_->ranked) : std::span<const ScoredItem>{};
  }

 private:
  struct Order {
    std::vector<ScoredItem> ranked{};
    std::vector<float> score{};
  };
  std::shared_ptr<const Order> order_{};
};

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/rank/popular_items_inl.hpp>
#endif
