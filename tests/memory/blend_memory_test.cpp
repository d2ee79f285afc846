#include <cstdint>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/models/blend.hpp>
#include <recocore/models/item_knn.hpp>
#include <recocore/models/popularity.hpp>
#include <recocore/rank/serve.hpp>

#include "../support/peak_memory.hpp"
#include "../support/random_interactions.hpp"

using namespace recocore;
using recocore::test::PeakMemory;

TEST_CASE("a list of a blend, and of a blend in a blend, allocates nothing once the scratch has grown") {
  constexpr std::int64_t users = 200;
  const auto interactions = test::random_interactions({.users = users, .items = 300, .density = 0.03}, 4);
  const AnyModel knn = ItemKnn::fit(interactions, {.k = 10});
  const AnyModel popular = Popularity::fit(interactions);
  for (const auto method : {Fusion::score, Fusion::standard, Fusion::rank}) {
    const AnyModel inner = Blend({knn, popular}, {1.0, 0.5}, {.method = method, .depth = 40});
    const AnyModel model = Blend({inner, knn, popular}, {1.0, 0.5, 0.2}, {.method = method, .depth = 20});
    Scratch scratch;
    std::vector<Recommendation> list;
    std::uint64_t entries = 0;
    const auto ask_everybody = [&] {
      for (std::int64_t user = -1; user < users; ++user) {
        for (const std::size_t n : {10U, 100U}) {
          list.clear();
          recommend_user(model, user, {.n = n}, scratch, list);
          entries += list.size();
        }
      }
    };
    ask_everybody();
    const PeakMemory memory;
    ask_everybody();
    CHECK(memory.peak() == 0);
    CHECK(entries == 2U * 110U * (users + 1));
  }
}
