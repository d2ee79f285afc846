#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include <recocore/core/config.hpp>
#include <recocore/rank/popular_items.hpp>

namespace recocore {

RECOCORE_INLINE float PopularItems::score(const Interactions& interactions, ItemIx item) {
  const auto& by_item = interactions.by_item();
  const auto users = static_cast<double>(std::max<std::size_t>(1, by_item.columns));
  return static_cast<float>(static_cast<double>(by_item.row_size(item)) / users - 1.0);
}

RECOCORE_INLINE PopularItems::PopularItems(const Interactions& interactions) {
  std::vector<ScoredItem> ranked(interactions.by_item().rows());
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    ranked[i] = {ItemIx(i), score(interactions, ItemIx(i))};
  }
  std::sort(ranked.begin(), ranked.end(), ranks_before<ItemIx>);
  ranked_ = std::make_shared<const std::vector<ScoredItem>>(std::move(ranked));
}

}  // namespace recocore
