/// Lists of recommendations as Python sees them: columns.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <recocore/core/id_map.hpp>
#include <recocore/rank/serve.hpp>

#include "ids.hpp"

namespace recocore::python {

/// `_core.Lists`: many lists and whom each is for. Item ids stay positions until a column is asked for.
class Lists {
 public:
  /// @param keys one id for each list, or none at all for a list that is for nobody in particular.
  Lists(IdMap items, RecommendationLists lists, std::optional<Ids> keys)
      : items_(std::move(items)), lists_(std::move(lists)), keys_(std::move(keys)) {}

  /// A single list.
  Lists(IdMap items, std::vector<Recommendation> list, std::optional<Ids> keys)
      : items_(std::move(items)), keys_(std::move(keys)) {
    lists_.offsets.push_back(list.size());
    lists_.entries = std::move(list);
  }

  [[nodiscard]] const IdMap& items() const noexcept { return items_; }
  [[nodiscard]] const RecommendationLists& lists() const noexcept { return lists_; }
  [[nodiscard]] const std::optional<Ids>& keys() const noexcept { return keys_; }

 private:
  IdMap items_;
  RecommendationLists lists_{};
  std::optional<Ids> keys_;
};

}  // namespace recocore::python
