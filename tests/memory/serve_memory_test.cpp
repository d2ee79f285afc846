#include <cstdint>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/models/item_knn.hpp>
#include <recocore/rank/serve.hpp>

#include "../support/peak_memory.hpp"
#include "../support/random_interactions.hpp"

using namespace recocore;
using recocore::test::PeakMemory;

TEST_CASE("a list allocates nothing once scratch and list have grown") {
  constexpr std::int64_t users = 300;
  constexpr std::int64_t items = 400;
  // Few neighbours, so that lists are also filled up by popularity.
  const AnyModel model = ItemKnn::fit(
      test::random_interactions({.users = users, .items = items, .density = 0.02, .largest_weight = 2}, 4), {.k = 3});
  std::vector<std::int64_t> history;
  std::vector<float> weights;
  for (std::int64_t item = 0; item < 40; ++item) {
    history.push_back(item * 7 % 100);  // some twice, some unknown
    weights.push_back(static_cast<float>(item) - 10.0F);
  }
  const std::vector<std::int64_t> few{5, 390, 17, 390, 100'000};
  const auto few_items = std::span<const std::int64_t>(few);
  const ListOptions all_options[] = {
      {.n = 10}, {.n = 200}, {.n = 30, .exclude = few_items}, {.n = 3, .candidates = few_items}};

  Scratch scratch;
  std::vector<Recommendation> list;
  std::uint64_t entries = 0;
  const auto ask_everything = [&] {
    for (const auto& options : all_options) {
      for (std::int64_t id = -1; id < users; ++id) {
        list.clear();
        recommend_user(model, id, options, scratch, list);
        similar_items(model, id, options, scratch, list);
        recommend_history(model, std::span<const std::int64_t>(history), weights, options, scratch, list);
        recommend_history(model, std::span<const std::int64_t>(history).first(2), {}, options, scratch, list);
        entries += list.size();
      }
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
