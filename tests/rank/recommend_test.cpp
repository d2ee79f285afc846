#include <algorithm>
#include <limits>
#include <set>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/models/item_knn.hpp>
#include <recocore/rank/recommend.hpp>

#include "../support/random_interactions.hpp"

namespace rc = recocore;

namespace {

std::vector<rc::Recommendation> recommended(const rc::ItemKnn& model, const rc::Request& request) {
  rc::Scratch scratch;
  std::vector<rc::Recommendation> list;
  rc::recommend(model, request, scratch, list);
  return list;
}

rc::History history_of(const rc::ItemKnn& model, rc::UserIx user) {
  return {model.interactions().by_user().row(user), model.interactions().by_user().row_values(user)};
}

}  // namespace

TEST_CASE("the list is the filtered full ranking, and is filled to n") {
  const auto model = rc::ItemKnn::fit(rc::test::random_interactions({.largest_weight = 3.0}, 6), {.k = 4});
  const std::size_t items = model.interactions().items().size();
  rc::Random random(7);
  for (int round = 0; round < 300; ++round) {
    const rc::UserIx user(random.below(model.interactions().users().size()));
    std::vector<rc::ItemIx> exclude;
    std::vector<rc::ItemIx> candidates;
    for (std::size_t i = 0; i < items; ++i) {
      if (random.below(4) == 0) {
        exclude.push_back(rc::ItemIx(i));
      }
      if (random.below(3) > 0) {
        candidates.push_back(rc::ItemIx(i));
      }
    }
    rc::Request request{.history = history_of(model, user),
                        .n = 1 + random.below(25),
                        .exclude_seen = random.below(2) == 0,
                        .exclude = exclude};
    if (random.below(2) == 0) {
      request.candidates = candidates;
    }

    // By the definition: score everything, keep what is allowed, sort.
    std::vector<double> sums(items, 0.0);
    for (std::size_t j = 0; j < items; ++j) {
      for (std::size_t e = 0; e < request.history.items.size(); ++e) {
        for (const auto& near : model.nearest().of(rc::ItemIx(j))) {
          if (near.index == request.history.items[e]) {
            sums[j] += static_cast<double>(request.history.weight(e)) * static_cast<double>(near.score);
          }
        }
      }
    }
    const auto allowed = [&](rc::ItemIx item) {
      const auto in = [&](const auto& list) { return std::find(list.begin(), list.end(), item) != list.end(); };
      return !in(exclude) && (!request.exclude_seen || !in(request.history.items)) &&
             (!request.candidates || in(*request.candidates));
    };
    std::vector<rc::ScoredItem> expected;
    std::vector<rc::ScoredItem> rest;
    for (const auto& popular : model.popular_items().ranked()) {
      if (allowed(popular.index)) {
        const double sum = sums[popular.index.value];
        if (sum > 0.0) {
          expected.push_back({popular.index, static_cast<float>(sum)});
        } else {
          rest.push_back(popular);
        }
      }
    }
    std::sort(expected.begin(), expected.end(), rc::ranks_before<rc::ItemIx>);
    const std::size_t collaborative = std::min(expected.size(), request.n);
    expected.insert(expected.end(), rest.begin(), rest.end());
    expected.resize(std::min(expected.size(), request.n));

    const auto list = recommended(model, request);
    REQUIRE(list.size() == expected.size());
    for (std::size_t r = 0; r < list.size(); ++r) {
      CHECK(list[r].item == expected[r].index);
      CHECK(list[r].score == expected[r].score);
      CHECK(list[r].tier == (r < collaborative ? rc::Tier::collaborative : rc::Tier::popular));
      CHECK((r == 0 || list[r - 1].score >= list[r].score));
    }
  }
}

TEST_CASE("a used scratch gives what a new one gives") {
  const auto model = rc::ItemKnn::fit(rc::test::random_interactions({}, 12), {.k = 5});
  rc::Scratch used;
  for (std::uint32_t u = 0; u < model.interactions().users().size(); ++u) {
    const rc::Request request{.history = history_of(model, rc::UserIx(u)), .n = 7};
    std::vector<rc::Recommendation> list;
    rc::recommend(model, request, used, list);
    CHECK(list == recommended(model, request));
  }
}

TEST_CASE("everything may be asked for, also where the list has entries already") {
  const auto model = rc::ItemKnn::fit(rc::test::random_interactions({}, 12), {.k = 2});
  const std::size_t items = model.interactions().items().size();
  rc::Scratch scratch;
  std::vector<rc::Recommendation> lists;
  for (std::size_t list = 1; list <= 2; ++list) {
    rc::recommend(model, {.n = std::numeric_limits<std::size_t>::max()}, scratch, lists);
    CHECK(lists.size() == list * items);
  }
}

TEST_CASE("candidates far down the popularity ranking, some given twice, fill a list in its order") {
  const auto model = rc::ItemKnn::fit(rc::test::random_interactions({.users = 60, .items = 80, .density = 0.05}, 3));
  const auto ranking = model.popular_items().ranked();
  rc::Random random(5);
  for (int round = 0; round < 200; ++round) {
    std::vector<rc::ItemIx> candidates;
    const std::size_t from = random.below(ranking.size());
    for (std::uint64_t count = random.below(12); count > 0; --count) {
      candidates.push_back(ranking[from + random.below(ranking.size() - from)].index);
    }
    const std::vector<rc::ItemIx> exclude{ranking[from].index};
    std::vector<rc::Recommendation> expected;
    const std::size_t n = 1 + random.below(8);
    for (const auto& entry : ranking) {
      if (expected.size() < n && entry.index != exclude[0] &&
          std::find(candidates.begin(), candidates.end(), entry.index) != candidates.end()) {
        expected.push_back({entry.index, entry.score, rc::Tier::popular});
      }
    }
    CHECK(recommended(model, {.n = n, .exclude = exclude, .candidates = candidates}) == expected);
  }
}

TEST_CASE("a mask is reused over catalogues of different size") {
  rc::ItemMask mask;
  const std::vector<rc::ItemIx> two{rc::ItemIx(2U)};
  for (const std::size_t items : {3U, 9U, 4U}) {
    mask.allow_all(items);
    mask.forbid(rc::ItemIx(1U));
    CHECK(mask.allows(rc::ItemIx(0U)));
    CHECK_FALSE(mask.allows(rc::ItemIx(1U)));
    mask.allow_only(items, two);
    CHECK(mask.allows(rc::ItemIx(2U)));
    CHECK_FALSE(mask.allows(rc::ItemIx(0U)));
    mask.forbid(rc::ItemIx(2U));
    CHECK_FALSE(mask.allows(rc::ItemIx(2U)));
  }
}

TEST_CASE("a mask forgets old requests, however many there were") {
  rc::ItemMask mask;
  const std::vector<rc::ItemIx> one{rc::ItemIx(1U)};
  for (std::uint32_t request = 0; request < 200'000; ++request) {
    if (request % 2 == 0) {
      mask.allow_all(3);
    } else {
      mask.allow_only(3, one);
    }
    REQUIRE(mask.allows(rc::ItemIx(0U)) == (request % 2 == 0));
    REQUIRE(mask.allows(rc::ItemIx(1U)));
    if (request % 5 == 0) {
      mask.forbid(rc::ItemIx(request % 3));
    }
  }
}

TEST_CASE("negative evidence is not recommended as if it were none") {
  // User 0 dislikes item 0; item 1 goes with item 0, item 2 with nothing.
  rc::SparseRows<rc::UserIx, rc::ItemIx> rows;
  rows.columns = 3;
  rows.offsets = {0, 1, 3, 5, 6};
  rows.indices = {rc::ItemIx(0U), rc::ItemIx(0U), rc::ItemIx(1U), rc::ItemIx(0U), rc::ItemIx(1U), rc::ItemIx(2U)};
  rows.values = {-1.0F, 1.0F, 1.0F, 1.0F, 1.0F, 1.0F};
  const auto model = rc::ItemKnn::fit(rc::Interactions::from_rows(rows));
  const auto list = recommended(model, {.history = history_of(model, rc::UserIx(0U)), .n = 3});
  REQUIRE(list.size() == 2);
  for (const auto& entry : list) {
    CHECK(entry.tier == rc::Tier::popular);
  }
}
