#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/models/blend.hpp>
#include <recocore/models/item_knn.hpp>
#include <recocore/models/popularity.hpp>
#include <recocore/segments/audience.hpp>

#include "../support/random_interactions.hpp"

namespace rc = recocore;

namespace {

rc::Interactions shop(std::uint64_t seed = 5) {
  return rc::test::random_interactions({.users = 80, .items = 30, .density = 0.12, .largest_weight = 3.0}, seed);
}

rc::AnyModel knn(const rc::Interactions& interactions) { return rc::ItemKnn::fit(interactions, {.k = 5}); }

/// All of a user's list, without filling up.
std::vector<rc::ScoredItem> whole_list(const rc::AnyModel& model, rc::UserIx user) {
  const auto& rows = model.interactions().by_user();
  rc::Scratch scratch;
  scratch.mask.allow_all(model.items().size());
  scratch.mask.forbid(rows.row(user));
  model.rank({.items = rows.row(user), .weights = rows.row_values(user), .user = user}, model.items().size(), scratch);
  std::erase_if(scratch.ranked, [](const auto& entry) { return entry.score <= 0.0F; });
  return scratch.ranked;
}

/// As the header says it, from whole lists.
std::vector<rc::Addressee> naive_audience(const rc::AnyModel& model, rc::ItemIx item, std::size_t alternative) {
  std::vector<rc::Addressee> all;
  for (std::size_t u = 0; u < model.users().size(); ++u) {
    const auto list = whole_list(model, rc::UserIx(u));
    const auto at = std::find_if(list.begin(), list.end(), [&](const auto& entry) { return entry.index == item; });
    if (at == list.end()) {
      continue;
    }
    auto others = list;
    std::erase_if(others, [&](const auto& entry) { return entry.index == item; });
    const float bar = others.empty() ? 0.0F : others[std::min(alternative, others.size()) - 1].score;
    all.push_back({.user = rc::UserIx(u),
                   .meaning = rc::meaning_of(at->score, bar),
                   .score = at->score,
                   .rank = static_cast<std::uint32_t>(at - list.begin()) + 1,
                   .evidence = static_cast<std::uint32_t>(model.interactions().by_user().row_size(rc::UserIx(u)))});
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a.meaning != b.meaning ? a.meaning > b.meaning : a.user < b.user;
  });
  return all;
}

std::optional<rc::Addressee> find(const std::vector<rc::Addressee>& audience, rc::UserIx user) {
  const auto at = std::find_if(audience.begin(), audience.end(), [&](const auto& one) { return one.user == user; });
  return at == audience.end() ? std::nullopt : std::optional(*at);
}

}  // namespace

TEST_CASE("audience: what whole lists say, for every item and several alternatives") {
  const auto interactions = shop();
  const std::vector<rc::AnyModel> models{
      knn(interactions), rc::Popularity::fit(interactions),
      rc::Blend({knn(interactions), rc::Popularity::fit(interactions)}, {2.0, 1.0}, {.depth = 5})};
  for (const auto& model : models) {
    CAPTURE(model.name());
    for (const std::size_t alternative : {1U, 3U, 10U, 100U}) {
      CAPTURE(alternative);
      const auto bars = rc::AudienceBars::of(model, alternative, {.threads = 1});
      for (std::size_t item = 0; item < model.items().size(); ++item) {
        CAPTURE(item);
        const auto expected = naive_audience(model, rc::ItemIx(item), alternative);
        const auto found = rc::audience(model, rc::ItemIx(item), bars, {.n = 1000}, {.threads = 1});
        CHECK(found == expected);
      }
    }
  }
}

TEST_CASE("audience: above a half exactly for whom the item is one of the first m") {
  const auto model = knn(shop(6));
  const auto bars = rc::AudienceBars::of(model, 4);
  std::size_t inside = 0;
  for (std::size_t item = 0; item < model.items().size(); ++item) {
    for (const auto& one : rc::audience(model, rc::ItemIx(item), bars, {.n = 1000})) {
      const bool has_rivals = whole_list(model, one.user).size() > 4;
      if (has_rivals && one.meaning > 0.5F) {
        CHECK(one.rank <= 4);
        ++inside;
      } else if (has_rivals && one.meaning < 0.5F) {
        CHECK(one.rank > 4);
      }
    }
  }
  CHECK(inside > 50);
}

TEST_CASE("audience: the same bytes for any number of threads, the best first, none who has the item") {
  const auto interactions = rc::test::random_interactions({.users = 700, .items = 40, .density = 0.1}, 3);
  const auto model = knn(interactions);
  const auto one =
      rc::audience(model, rc::ItemIx(7U), rc::AudienceBars::of(model, 10, {.threads = 1}), {.n = 50}, {.threads = 1});
  const auto four =
      rc::audience(model, rc::ItemIx(7U), rc::AudienceBars::of(model, 10, {.threads = 4}), {.n = 50}, {.threads = 4});
  CHECK(one == four);
  REQUIRE(one.size() == 50);
  for (const auto& member : one) {
    const auto row = interactions.by_user().row(member.user);
    CHECK_FALSE(std::binary_search(row.begin(), row.end(), rc::ItemIx(7U)));
    CHECK(member.score > 0.0F);
    CHECK(member.rank >= 1);
  }
  auto all = rc::audience(model, rc::ItemIx(7U), rc::AudienceBars::of(model, 10), {.n = 1000});
  all.resize(50);
  CHECK(all == one);
}

TEST_CASE("audience: a user means no more by it when all his weights are doubled") {
  auto rows = rc::test::random_rows({.users = 60, .items = 25, .density = 0.15, .largest_weight = 2.0}, 9);
  const auto before = rc::Interactions::from_rows(rows);
  const auto fitted = rc::ItemKnn::fit(before, {.k = 6});
  const rc::UserIx loud(11U);
  for (auto entry = rows.offsets[loud.value]; entry < rows.offsets[loud.value + 1]; ++entry) {
    rows.values[entry] *= 2.0F;
  }
  const rc::AnyModel quiet_model = fitted;
  const rc::AnyModel loud_model =
      rc::ItemKnn::from_parts(rc::Interactions::from_rows(rows), fitted.config(), fitted.similar());
  const auto quiet_bars = rc::AudienceBars::of(quiet_model);
  const auto loud_bars = rc::AudienceBars::of(loud_model);
  std::size_t compared = 0;
  for (std::size_t item = 0; item < 25; ++item) {
    const auto was = rc::audience(quiet_model, rc::ItemIx(item), quiet_bars, {.n = 1000});
    const auto is = rc::audience(loud_model, rc::ItemIx(item), loud_bars, {.n = 1000});
    REQUIRE(was.size() == is.size());
    for (std::size_t place = 0; place < was.size(); ++place) {
      CHECK(is[place].user == was[place].user);
      CHECK(is[place].meaning == was[place].meaning);
    }
    if (const auto member = find(is, loud)) {
      CHECK(member->score == 2.0F * find(was, loud)->score);
      ++compared;
    }
  }
  CHECK(compared > 5);
}

TEST_CASE("audience: who may be told") {
  const auto model = knn(shop());
  const auto bars = rc::AudienceBars::of(model);
  const rc::ItemIx item(3U);
  const auto all = rc::audience(model, item, bars, {.n = 1000});
  REQUIRE(all.size() > 10);

  SUBCASE("a set of users, which may be shorter than all") {
    rc::BitSet allowed(40);
    allowed.set(all[0].user.value % 40);
    for (std::size_t user = 0; user < 40; user += 2) {
      allowed.set(user);
    }
    auto expected = all;
    std::erase_if(expected, [&](const auto& one) { return one.user.value >= 40 || !allowed[one.user.value]; });
    CHECK(rc::audience(model, item, bars, {.n = 1000, .filter = {.allowed = &allowed}}) == expected);
  }
  SUBCASE("nobody who was told often enough") {
    std::vector<std::uint32_t> told(model.users().size(), 0);
    told[all[0].user.value] = 2;
    told[all[1].user.value] = 1;
    auto expected = all;
    expected.erase(expected.begin());
    CHECK(rc::audience(model, item, bars, {.n = 1000, .filter = {.told = told, .most_messages = 2}}) == expected);
    CHECK(rc::audience(model, item, bars, {.n = 1000, .filter = {.told = told}}) == all);
  }
  SUBCASE("enough history") {
    for (const auto& one : rc::audience(model, item, bars, {.n = 1000, .filter = {.min_history = 4}})) {
      CHECK(one.evidence >= 4);
    }
  }
  SUBCASE("without places in lists") {
    auto expected = all;
    for (auto& one : expected) {
      one.rank = 0;
    }
    CHECK(rc::audience(model, item, bars, {.n = 1000, .ranks = false}) == expected);
  }
}

TEST_CASE("audience: an item nobody has, where nothing is like it, has no audience") {
  auto rows = rc::test::random_rows({.users = 20, .items = 10, .density = 0.3}, 2);
  rows.columns = 11;
  const rc::AnyModel model = rc::ItemKnn::fit(rc::Interactions::from_rows(std::move(rows)), {.k = 5});
  CHECK(rc::audience(model, rc::ItemIx(10U), rc::AudienceBars::of(model)).empty());
}

TEST_CASE("audience: what makes no sense, and cancellation") {
  const auto model = knn(shop());
  const auto bars = rc::AudienceBars::of(model);
  CHECK_THROWS_AS(static_cast<void>(rc::audience(model, rc::ItemIx(0U), bars, {.n = 0})), rc::InvalidParameter);
  CHECK_THROWS_WITH_AS(static_cast<void>(rc::audience(model, rc::ItemIx(30U), bars)), doctest::Contains("position 30"),
                       rc::InvalidParameter);
  CHECK_THROWS_AS(static_cast<void>(rc::AudienceBars::of(model, 0)), rc::InvalidParameter);
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(static_cast<void>(rc::audience(model, rc::ItemIx(0U), bars, {}, {.stop = stop.get_token()})),
                  rc::Cancelled);
  CHECK_THROWS_AS(static_cast<void>(rc::AudienceBars::of(model, 10, {.stop = stop.get_token()})), rc::Cancelled);
  CHECK_THROWS_AS(static_cast<void>(rc::AudienceBars::of(model, 10, {.memory_limit = 1})), rc::MemoryLimitExceeded);
}
