/// Models of a shop over time, by name.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <recocore/data/attribute_table.hpp>
#include <recocore/drift/timeline.hpp>
#include <recocore/models/blend.hpp>
#include <recocore/models/content_knn.hpp>
#include <recocore/models/item_knn.hpp>
#include <recocore/models/next_basket.hpp>
#include <recocore/models/popularity.hpp>
#include <recocore/models/session_knn.hpp>

#include "events.hpp"
#include "shop_over_time.hpp"

namespace recocore::test {

inline const RunOptions one_thread{.threads = 1};

inline Timeline timeline_of(const std::vector<Row>& rows, const ShopOverTime& shop = {}) {
  return Timeline(log_of(rows, with_times), shop.length, shop.start);
}

/// What every item is, also those that come later, and one that never does.
inline AttributeTable table_of(const std::vector<Row>& rows) {
  std::set<std::string> names{"never"};
  for (const auto& row : rows) {
    names.insert(row.item);
  }
  std::vector<std::string_view> ids(names.begin(), names.end());
  FlagColumn flag;
  NumberColumn number;
  for (const auto& id : ids) {
    flag.values.push_back(id.front() % 2 == 0 ? 1 : 0);
    number.values.push_back(static_cast<double>(id.back()));
  }
  return AttributeTable::from_rows(std::span<const std::string_view>(ids),
                                   {{"flag", std::move(flag)}, {"number", std::move(number)}});
}

using Fit = AnyModel (*)(const Interactions&, const AttributeTable&);

/// Models that rank in different ways, by name.
inline const std::map<std::string, Fit>& fits() {
  static const std::map<std::string, Fit> all{
      {"blend",
       [](const Interactions& events, const AttributeTable&) -> AnyModel {
         return Blend({ItemKnn::fit(events, {.k = 3}, one_thread), Popularity::fit(events, {}, one_thread)}, {0.6, 0.4},
                      {.depth = 4});
       }},
      {"content_knn",
       [](const Interactions& events, const AttributeTable& table) -> AnyModel {
         return ContentKnn::fit(events, table, {.k = 4}, one_thread);
       }},
      {"item_knn",
       [](const Interactions& events, const AttributeTable&) -> AnyModel {
         return ItemKnn::fit(events, {.k = 3}, one_thread);
       }},
      {"next_basket",
       [](const Interactions& events, const AttributeTable&) -> AnyModel {
         return NextBasket::fit(events, {.k = 3}, one_thread);
       }},
      {"popularity",
       [](const Interactions& events, const AttributeTable&) -> AnyModel {
         return Popularity::fit(events, {}, one_thread);
       }},
      {"session_knn",
       [](const Interactions& events, const AttributeTable&) -> AnyModel {
         return SessionKnn::fit(events, {.k = 4}, one_thread);
       }},
  };
  return all;
}

inline AnyModel fit(const std::string& name, const std::vector<Row>& rows, const Timeline& timeline, std::size_t origin,
                    const InteractionsConfig& config = {}) {
  return fits().at(name)(Interactions::from_events(timeline.between(0, origin), config), table_of(rows));
}

}  // namespace recocore::test
