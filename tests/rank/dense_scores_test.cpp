#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/random.hpp>
#include <recocore/rank/dense_scores.hpp>

namespace rc = recocore;

TEST_CASE("the best of all scores: the total order, filters, nothing at or below 0") {
  rc::Random random(5);
  rc::DenseScores dense;
  rc::ItemMask mask;
  std::vector<rc::ScoredItem> ranked;
  for (const std::size_t items :
       {std::size_t{0}, std::size_t{1}, std::size_t{63}, std::size_t{64}, std::size_t{1000}}) {
    for (const std::size_t n : {std::size_t{1}, std::size_t{10}, std::size_t{2000}}) {
      mask.allow_all(items);
      const auto scores = dense.start(items);
      std::vector<rc::ScoredItem> expected;
      for (std::size_t item = 0; item < items; ++item) {
        scores[item] = static_cast<float>(random.below(40)) - 10.0F;  // many ties
        if (item % 5 == 2) {
          mask.forbid(rc::ItemIx(item));
        } else if (scores[item] > 0.0F) {
          expected.push_back({rc::ItemIx(item), scores[item]});
        }
      }
      rc::keep_best(expected, n);
      dense.rank(n, mask, ranked);
      CHECK(ranked == expected);
    }
  }
}

TEST_CASE("a request begins with zeros, and an infinite score is the largest") {
  rc::DenseScores dense;
  rc::ItemMask mask;
  std::vector<rc::ScoredItem> ranked;
  mask.allow_all(3);
  auto scores = dense.start(3);
  scores[1] = std::numeric_limits<float>::infinity();
  scores[2] = -std::numeric_limits<float>::infinity();
  dense.rank(3, mask, ranked);
  REQUIRE(ranked.size() == 1);
  CHECK(ranked[0] == rc::ScoredItem{rc::ItemIx(1U), std::numeric_limits<float>::max()});
  scores = dense.start(3);
  dense.rank(3, mask, ranked);
  CHECK(ranked.empty());
}
