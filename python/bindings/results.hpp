/// Lists of recommendations as Python sees them: columns.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <recocore/core/extended_ids.hpp>
#include <recocore/rank/rules.hpp>
#include <recocore/rank/serve.hpp>

#include "ids.hpp"

namespace recocore::python {

/// `_core.Lists`: many lists and whom each is for. Item ids stay positions until a column is asked for.
class Lists {
 public:
  /// @param keys one id for each list, or none at all for a list that is for nobody in particular.
  Lists(ExtendedIds items, RecommendationLists lists, std::optional<Ids> keys)
      : items_(std::move(items)), lists_(std::move(lists)), keys_(std::move(keys)) {}

  /// A single list.
  Lists(ExtendedIds items, std::vector<Recommendation> list, std::optional<Ids> keys)
      : items_(std::move(items)), keys_(std::move(keys)) {
    lists_.offsets.push_back(list.size());
    lists_.entries = std::move(list);
  }

  [[nodiscard]] const ExtendedIds& items() const noexcept { return items_; }
  [[nodiscard]] const RecommendationLists& lists() const noexcept { return lists_; }
  [[nodiscard]] const std::optional<Ids>& keys() const noexcept { return keys_; }
  /// What rules did to the list, when there were any and it is a single one.
  [[nodiscard]] const std::shared_ptr<const RuledList>& ruled() const noexcept { return ruled_; }
  void set_ruled(RuledList ruled) { ruled_ = std::make_shared<const RuledList>(std::move(ruled)); }

 private:
  ExtendedIds items_;
  RecommendationLists lists_{};
  std::optional<Ids> keys_;
  std::shared_ptr<const RuledList> ruled_{};
};

}  // namespace recocore::python
