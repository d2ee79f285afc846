#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/random.hpp>
#include <recocore/core/ranking.hpp>

using namespace recocore;

TEST_CASE("higher scores come first, ties by the smaller id") {
  std::vector<ScoredItem> entries{{ItemIx(3U), 1.0F}, {ItemIx(2U), 2.0F}, {ItemIx(1U), 1.0F}, {ItemIx(0U), -1.0F}};
  keep_best(entries, 3);
  CHECK(entries == std::vector<ScoredItem>{{ItemIx(2U), 2.0F}, {ItemIx(1U), 1.0F}, {ItemIx(3U), 1.0F}});
}

TEST_CASE("the best of nothing, of few and of none") {
  std::vector<ScoredUser> entries;
  keep_best(entries, 5);
  CHECK(entries.empty());
  entries = {{UserIx(1U), 1.0F}, {UserIx(0U), 1.0F}};
  keep_best(entries, 5);
  CHECK(entries.front().index == UserIx(0U));
  keep_best(entries, 0);
  CHECK(entries.empty());
}

TEST_CASE("the best are the front of the sorted ranking, whatever the order before") {
  Random random(5);
  for (int round = 0; round < 200; ++round) {
    std::vector<ScoredItem> entries(random.below(60));
    for (std::size_t entry = 0; entry < entries.size(); ++entry) {
      entries[entry] = {ItemIx(entry), static_cast<float>(random.below(5)) - 2.0F};
    }
    for (std::size_t entry = entries.size(); entry > 1; --entry) {
      std::swap(entries[entry - 1], entries[random.below(entry)]);
    }
    auto expected = entries;
    std::stable_sort(expected.begin(), expected.end(), [](const ScoredItem& a, const ScoredItem& b) {
      return a.score > b.score || (a.score == b.score && a.index < b.index);
    });
    const auto n = static_cast<std::size_t>(random.below(70));
    expected.resize(std::min(n, expected.size()));
    keep_best(entries, n);
    REQUIRE(entries == expected);
  }
}
