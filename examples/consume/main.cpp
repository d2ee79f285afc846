#include <array>
#include <cstdint>
#include <iostream>
#include <span>

#include <recocore/models/item_knn.hpp>
#include <recocore/rank/serve.hpp>

int main() {
  const std::array<std::int64_t, 6> users{1, 1, 2, 2, 3, 3};
  const std::array<std::string_view, 6> items{"pear", "apple", "pear", "apple", "pear", "plum"};
  recocore::EventLogBuilder events;
  events.add({.user = std::span<const std::int64_t>(users), .item = std::span<const std::string_view>(items)});

  const recocore::AnyModel model = recocore::ItemKnn::fit(recocore::Interactions::from_events(events.finish()));
  const auto list = recocore::recommend_user(model, std::int64_t{3});
  if (list.empty()) {
    return 1;
  }
  const auto best = model.interactions().items().at(list.front().item.value);
  std::cout << "user 3 may like " << recocore::to_display(best) << '\n';
  return best == recocore::IdView("apple") ? 0 : 1;
}
