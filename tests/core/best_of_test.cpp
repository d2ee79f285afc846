#include <algorithm>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/best_of.hpp>
#include <recocore/core/random.hpp>

using namespace recocore;

namespace {

std::vector<ScoredItem> best_of(const std::vector<ScoredItem>& offers, std::size_t n, BestOf<ItemIx>& best) {
  best.start(n, offers.size());
  for (const auto& offer : offers) {
    best.offer(offer.index, offer.score);
  }
  best.finish();
  std::vector<ScoredItem> result;
  for (std::size_t place = 0; place < best.size(); ++place) {
    result.push_back(best[place]);
  }
  return result;
}

}  // namespace

TEST_CASE("the best of a stream are the front of its ranking") {
  Random random(3);
  BestOf<ItemIx> best;  // reused: nothing of an earlier stream is left
  for (int round = 0; round < 300; ++round) {
    std::vector<ScoredItem> offers(random.below(700));
    for (std::size_t i = 0; i < offers.size(); ++i) {
      // Many ties, and scores as small and as large as there are.
      const float scores[] = {
          std::numeric_limits<float>::denorm_min(),  0.5F, 1.0F, 1.0F, std::numeric_limits<float>::max(),
          static_cast<float>(random.below(1000) + 1)};
      offers[i] = {ItemIx(0x7FFF'FFFEU - static_cast<std::uint32_t>(i * 7919 % 1000)), scores[random.below(6)]};
    }
    const std::size_t n = random.below(4) == 0 ? random.below(900) + 1 : random.below(30) + 1;
    auto expected = offers;
    keep_best(expected, n);
    CHECK(best_of(offers, n, best) == expected);
  }
}

TEST_CASE("the bar is the score of the last place, and 0 while there is room") {
  BestOf<ItemIx> best;
  best.start(2, 1000);
  best.offer(ItemIx(0U), 7.0F);
  CHECK(best.bar() == 0.0F);
  for (std::uint32_t i = 1; i < 500; ++i) {
    best.offer(ItemIx(i), static_cast<float>(i));
    CHECK(best.bar() <= static_cast<float>(i));
  }
  CHECK(best.bar() > 0.0F);
  best.finish();
  CHECK(best[0] == ScoredItem{ItemIx(499U), 499.0F});
  CHECK(best[1] == ScoredItem{ItemIx(498U), 498.0F});
}
