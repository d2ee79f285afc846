#include <cstdint>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/live/live_model.hpp>
#include <recocore/models/item_knn.hpp>

#include "../support/peak_memory.hpp"
#include "../support/random_interactions.hpp"

using namespace recocore;
using recocore::test::PeakMemory;

TEST_CASE("a list of a model that was changed allocates nothing once scratch and list have grown") {
  constexpr std::int64_t users = 200;
  LiveModel live(ItemKnn::fit(test::random_interactions({.users = users, .items = 100, .density = 0.1}, 4), {.k = 5}));
  const std::vector<std::int64_t> few{5, 90, 17};
  const auto items = std::span<const std::int64_t>(few);
  EventLogBuilder builder;
  builder.add({.user = items, .item = items});
  live.update(builder.finish());
  live.retire(items.first(1));

  Scratch scratch;
  std::vector<Recommendation> list;
  std::uint64_t entries = 0;
  const auto ask_everything = [&] {
    for (std::int64_t id = -1; id < users; ++id) {
      const auto view = live.view();
      list.clear();
      view.recommend_user(id, {.n = 10, .exclude = items}, scratch, list);
      view.similar_items(id, {.n = 10}, scratch, list);
      view.recommend_history(items, {}, {.n = 10}, scratch, list);
      entries += list.size();
    }
  };
  ask_everything();
  const PeakMemory memory;
  const auto before = entries;
  ask_everything();
  CHECK(memory.peak() == 0);
  CHECK(entries == 2 * before);
  CHECK(before > 0);
}
