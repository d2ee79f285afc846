#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include <recocore/core/config.hpp>
#include <recocore/rank/popular_items.hpp>

namespace recocore {

namespace detail {

[[nodiscard]] inline std::vector<std::uint32_t> users_of_items(const Interactions& interactions) {
  std::vector<std::uint32_t> counts(interactions.items().size());
  for (std::size_t item = 0; item < counts.size(); ++item) {
    counts[item] = static_cast<std::uint32_t>(interactions.item_support(ItemIx(item)));
  }
  return counts;
}

}  // namespace detail

RECOCORE_INLINE PopularItems::PopularItems(const Interactions& interactions)
    : PopularItems(detail::users_of_items(interactions), interactions.user_count()) {}

RECOCORE_INLINE PopularItems::PopularItems(std::span<const std::uint32_t> item_users, std::size_t users,
                                           const PopularItems* similar) {
  auto order = std::make_shared<Order>();
  auto& [ranked, score] = *order;
  const auto all = static_cast<double>(std::max<std::size_t>(1, users));
  score.resize(item_users.size());
  for (std::size_t item = 0; item < score.size(); ++item) {
    score[item] = static_cast<float>(static_cast<double>(item_users[item]) / all - 1.0);
  }
  ranked.resize(score.size());
  const bool nearly_sorted = similar != nullptr && similar->ranked().size() == ranked.size();
  for (std::size_t place = 0; place < ranked.size(); ++place) {
    const ItemIx item = nearly_sorted ? similar->ranked()[place].index : ItemIx(place);
    ranked[place] = {item, score[item.value]};
  }
  if (nearly_sorted) {
    for (std::size_t place = 1; place < ranked.size(); ++place) {
      if (!ranks_before(ranked[place], ranked[place - 1])) {
        continue;
      }
      const auto entry = ranked[place];
      std::size_t to = place;
      for (; to > 0 && ranks_before(entry, ranked[to - 1]); --to) {
        ranked[to] = ranked[to - 1];
      }
      ranked[to] = entry;
    }
  } else {
    std::sort(ranked.begin(), ranked.end(), ranks_before<ItemIx>);
  }
  order_ = std::move(order);
}

}  // namespace recocore
