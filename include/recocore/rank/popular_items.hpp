/// All items, those with the most users first.
#pragma once

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

  /// The score of an item of the interactions the order was made from.
  [[nodiscard]] static float score(const Interactions& interactions, ItemIx item);

  [[nodiscard]] std::span<const ScoredItem> ranked() const noexcept {
    return ranked_ ? std::span<const ScoredItem>(*ranked_) : std::span<const ScoredItem>{};
  }

 private:
  std::shared_ptr<const std::vector<ScoredItem>> ranked_{};
};

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/rank/popular_items_inl.hpp>
#endif
