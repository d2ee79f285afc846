#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/drift/replay.hpp>

#include "../support/replay_models.hpp"

namespace rc = recocore;
using rc::test::fit;
using rc::test::fits;
using rc::test::Row;
using rc::test::ShopOverTime;
using rc::test::table_of;
using rc::test::timeline_of;

namespace {

const rc::RunOptions& one = rc::test::one_thread;

}  // namespace

TEST_CASE("a replay by hand") {
  // Period 0: tea is the most popular. Period 1: ann has milk, cat (new) tea, bob what he had and salt, which is new.
  const std::vector<Row> rows{{"ann", "tea", 1.0F, 0},   {"bob", "tea", 1.0F, 1},   {"bob", "milk", 1.0F, 2},
                              {"ann", "milk", 1.0F, 10}, {"ann", "milk", 1.0F, 11}, {"bob", "milk", 1.0F, 12},
                              {"bob", "salt", 1.0F, 13}, {"cat", "tea", 1.0F, 14}};
  const rc::Timeline timeline(rc::test::log_of(rows, rc::test::with_times), 10);
  const rc::AnyModel model = rc::Popularity::fit(rc::Interactions::from_events(timeline.between(0, 1)));
  const auto scores = rc::Replay(timeline, {.n = 1}).score(model, 1, 5);
  REQUIRE(scores.all.periods.size() == 1);
  const auto& first = scores.all.periods.front();
  CHECK(first.lists == 3);
  CHECK(first.hits() == 2);
  CHECK(first.relevant() == 3);
  CHECK(first.slices == rc::SliceCounts{{{1, 0}, {1, 1}, {1, 1}}});
  CHECK(first.ndcg == doctest::Approx(2.0));
  CHECK(first.coverage == doctest::Approx(1.0));
  CHECK(first.divergence == 0.0);
  REQUIRE(scores.outcomes.size() == 1);
  CHECK(std::count(scores.outcomes[0].begin(), scores.outcomes[0].end(), 1) == 2);
  CHECK(scores.all.fresh == std::vector{first.slices});
}

TEST_CASE("slices add up, and the fresh model's first are its own") {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    const auto rows = rc::test::random_events({}, seed);
    const auto timeline = timeline_of(rows);
    const auto replay = rc::Replay(timeline, {.n = 3, .first = 1});
    for (std::size_t origin = 1; origin < timeline.periods(); ++origin) {
      const auto scores = replay.score(fit("item_knn", rows, timeline, origin), origin, 100, one);
      REQUIRE(scores.all.periods.size() == timeline.periods() - origin);
      REQUIRE(scores.outcomes.size() == scores.all.periods.size());
      for (const auto* variant : {&scores.all, &scores.live}) {
        REQUIRE(variant->fresh.size() == origin);
        CHECK(variant->fresh.front() == variant->periods.front().slices);
        for (const auto& seen_by : variant->fresh) {
          const rc::PeriodScores as_older{.slices = seen_by};
          CHECK(as_older.hits() == variant->periods.front().hits());
          CHECK(as_older.relevant() == variant->periods.front().relevant());
        }
      }
      for (std::size_t age = 0; age < scores.outcomes.size(); ++age) {
        CHECK(scores.outcomes[age].size() == scores.all.periods[age].lists);
        CHECK(scores.all.periods[age].relevant() == scores.live.periods[age].relevant());
      }
    }
  }
}

TEST_CASE("what is to be found does not depend on the model or its age") {
  const auto rows = rc::test::random_events({}, 8);
  const auto timeline = timeline_of(rows);
  for (const auto histories : {rc::Histories::frozen, rc::Histories::live}) {
    for (const std::uint64_t most : {std::uint64_t{0}, std::uint64_t{5}}) {
      const rc::Replay replay(timeline, {.histories = histories, .first = 2, .most_lists = most, .seed = 4});
      const auto old = replay.score(fit("item_knn", rows, timeline, 2), 2, 100);
      for (std::size_t origin = 3; origin < timeline.periods(); ++origin) {
        const auto later = replay.score(fit("popularity", rows, timeline, origin), origin, 100);
        for (std::size_t age = 0; age < later.all.periods.size(); ++age) {
          CHECK(later.all.periods[age].lists == old.all.periods[age + origin - 2].lists);
          CHECK(later.all.periods[age].relevant() == old.all.periods[age + origin - 2].relevant());
        }
        // The slices an older origin sees are those of that origin itself.
        for (std::size_t slice = 0; slice < rc::slice_names.size(); ++slice) {
          CHECK(later.all.fresh[origin - 2][slice].relevant == old.all.periods[origin - 2].slices[slice].relevant);
        }
      }
    }
  }
}

TEST_CASE("what comes later changes nothing") {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const ShopOverTime shop{.weighted = seed % 2 == 0};
    const auto rows = rc::test::random_events(shop, seed);
    const std::size_t origin = 3;
    const std::size_t last = 5;
    const auto end = shop.start + static_cast<std::int64_t>(last + 1) * shop.length;
    std::vector<Row> past;
    std::vector<Row> other_future;
    for (const auto& row : rows) {
      if (row.time < end) {
        past.push_back(row);
        other_future.push_back(row);
      } else if (row.weight < 1.5F) {  // some are gone, some are of others
        other_future.push_back({row.user, "item 0" + row.item, 2.0F, row.time + 77});
        other_future.push_back({"0" + row.user, row.item, 1.0F, end});
        other_future.push_back({row.user + "z", row.item + "z", 1.0F, end + 12'345});
      }
    }
    REQUIRE(other_future.size() > past.size());
    const auto table = table_of(other_future);
    for (const auto protocol : {rc::Protocol::period, rc::Protocol::next}) {
      const rc::ReplayConfig config{.n = 3,
                                    .protocol = protocol,
                                    .histories = seed % 3 == 0 ? rc::Histories::frozen : rc::Histories::live,
                                    .first = 2,
                                    .most_lists = seed % 2 == 0 ? 6U : 0U,
                                    .seed = seed};
      // So short that seen from the end of time nothing would be left.
      rc::InteractionsConfig faded;
      if (seed % 3 == 1) {
        faded.half_life_seconds = 1e-5;
      }
      for (const std::string name : {"item_knn", "content_knn"}) {
        std::vector<rc::OriginScores> scores;
        for (const auto& world : {past, rows, other_future}) {
          const auto timeline = timeline_of(world, shop);
          const auto model = fits().at(name)(rc::Interactions::from_events(timeline.between(0, origin), faded), table);
          scores.push_back(rc::Replay(timeline, config).score(model, origin, last + 1 - origin));
        }
        CAPTURE(seed);
        CAPTURE(name);
        for (std::size_t world = 1; world < scores.size(); ++world) {
          CHECK(scores[world].all == scores[0].all);
          CHECK(scores[world].live == scores[0].live);
          CHECK(scores[world].outcomes == scores[0].outcomes);
        }
      }
    }
  }
}

TEST_CASE("an item is recommended after the period of its first event, and by nobody when it has none") {
  const auto rows = rc::test::random_events({.events = 120}, 21);
  const auto timeline = timeline_of(rows);
  const auto model = fit("content_knn", rows, timeline, 2);
  REQUIRE(model.items().find(std::string_view("never")));
  const auto scores = rc::Replay(timeline, {.n = 1000, .exclude_seen = false, .first = 2}).score(model, 2, 100);
  for (std::size_t age = 0; age < scores.all.periods.size(); ++age) {
    const auto births = timeline.item_births();
    const auto born = std::count_if(births.begin(), births.end(), [&](std::uint32_t birth) { return birth < age + 2; });
    const auto expected = static_cast<double>(born) / static_cast<double>(model.items().size());
    CHECK(scores.all.periods[age].coverage == doctest::Approx(expected));
    const auto& slices = scores.all.periods[age].slices;
    CHECK(slices[1].hits == slices[1].relevant);
    CHECK(slices[2].hits == slices[2].relevant);
    CHECK(scores.all.fresh.front()[0].hits == 0);
  }
}

TEST_CASE("what is known of users in a period does not make who comes early different: outcomes are mixed") {
  std::vector<rc::test::Row> rows;
  // The first half of the users of each period buys what is popular, the others something rare.
  for (std::int64_t period = 0; period < 6; ++period) {
    for (int user = 0; user < 400; ++user) {
      const bool early = user < 200;
      rows.push_back({"u" + std::to_string(1000 * period + user), early ? "hit" : "r" + std::to_string(user % 50), 1.0F,
                      period * 1000 + user});
    }
  }
  const rc::Timeline timeline(rc::test::log_of(rows, rc::test::with_times), 1000, 0);
  const rc::AnyModel model = rc::Popularity::fit(rc::Interactions::from_events(timeline.between(0, 1)));
  const auto scores = rc::Replay(timeline, {.n = 1, .first = 1}).score(model, 1, 5);
  for (const auto& outcomes : scores.outcomes) {
    REQUIRE(outcomes.size() == 400);
    const auto early = std::count(outcomes.begin(), outcomes.begin() + 200, 1);
    CHECK(early > 60);
    CHECK(early < 140);
  }
}

TEST_CASE("a basket is not foreseen from itself") {
  std::vector<rc::test::Row> rows;
  for (std::int64_t order = 0; order < 60; ++order) {
    for (int part = 0; part < 5; ++part) {
      rows.push_back(
          {"u" + std::to_string(order % 20), "b" + std::to_string(order * 7 % 12) + std::to_string(part), 1.0F, order});
    }
  }
  const rc::Timeline timeline(rc::test::log_of(rows, rc::test::with_times), 10, 0);
  const rc::AnyModel model = rc::ItemKnn::fit(rc::Interactions::from_events(timeline.between(0, 3)), {});
  const auto scores = rc::Replay(timeline, {.n = 5, .protocol = rc::Protocol::next, .first = 3}).score(model, 3, 5);
  for (const auto& period : scores.all.periods) {
    CHECK(period.lists <= 10);  // one an order
    CHECK(period.relevant() <= 50);
  }
}

TEST_CASE("a draw of lists") {
  const auto rows = rc::test::random_events({.events = 400}, 2);
  const auto timeline = timeline_of(rows);
  const auto model = fit("item_knn", rows, timeline, 4);
  for (const auto protocol : {rc::Protocol::period, rc::Protocol::next}) {
    const auto score = [&](std::uint64_t most, std::uint64_t seed) {
      return rc::Replay(timeline, {.n = 3, .protocol = protocol, .first = 4, .most_lists = most, .seed = seed})
          .score(model, 4, 100, one);
    };
    const auto all = score(0, 0);
    bool differs = false;
    for (const std::uint64_t most : {std::uint64_t{1}, std::uint64_t{5}, std::uint64_t{1000}}) {
      const auto drawn = score(most, 7);
      CHECK(drawn.all == score(most, 7).all);
      differs = differs || !(drawn.all == score(most, 8).all);
      for (std::size_t age = 0; age < drawn.all.periods.size(); ++age) {
        CHECK(drawn.all.periods[age].lists == std::min(most, all.all.periods[age].lists));
        CHECK(drawn.all.periods[age].hits() <= all.all.periods[age].hits());
      }
      if (most == 1000) {
        CHECK(drawn.all == all.all);
        CHECK(drawn.outcomes == score(0, 7).outcomes);
      }
    }
    CHECK(differs);
  }
}

TEST_CASE("each list is drawn equally often") {
  // Ten users who come in order; the first of them finds something.
  std::vector<Row> rows{{"old", "hit", 1.0F, 0}, {"old", "miss", 1.0F, 0}, {"older", "hit", 1.0F, 0}};
  for (int user = 0; user < 10; ++user) {
    rows.push_back({"user " + std::to_string(user), user == 0 ? "hit" : "miss", 1.0F, 10 + user});
  }
  const rc::Timeline timeline(rc::test::log_of(rows, rc::test::with_times), 10, 0);
  const rc::AnyModel model = rc::Popularity::fit(rc::Interactions::from_events(timeline.between(0, 1)), {}, one);
  std::uint64_t hits = 0;
  constexpr std::uint64_t draws = 2000;
  for (std::uint64_t seed = 0; seed < draws; ++seed) {
    const rc::Replay replay(timeline, {.n = 1, .most_lists = 3, .seed = seed});
    hits += replay.score(model, 1, 1, one).all.periods.front().hits();
  }
  CHECK(std::abs(static_cast<double>(hits) - 0.3 * draws) < 105.0);  // five standard deviations
}

TEST_CASE("the same for any number of threads") {
  const auto rows = rc::test::random_events({.users = 60, .items = 40, .events = 3000, .weighted = true}, 5);
  const auto timeline = timeline_of(rows);
  for (const auto protocol : {rc::Protocol::period, rc::Protocol::next}) {
    const rc::Replay replay(timeline, {.n = 5, .protocol = protocol, .histories = rc::Histories::live, .first = 3});
    const auto older = fit("item_knn", rows, timeline, 3);
    const auto newer = fit("item_knn", rows, timeline, 5);
    const auto scores = replay.score(older, 3, 100, one);
    const auto change = replay.compare(older, newer, 5, 0, one);
    CHECK(change.lists > 20);
    for (const unsigned threads : {2U, 3U}) {
      const auto again = replay.score(older, 3, 100, {.threads = threads});
      CHECK(again.all == scores.all);
      CHECK(again.live == scores.live);
      CHECK(again.outcomes == scores.outcomes);
      const auto change_again = replay.compare(older, newer, 5, 0, {.threads = threads});
      CHECK(change_again.jaccard == change.jaccard);
      CHECK(change_again.rbo == change.rbo);
    }
  }
}

TEST_CASE("errors of a replay say what to do") {
  const auto rows = rc::test::random_events({}, 1);
  const auto timeline = timeline_of(rows);
  const auto message = [&](const rc::ReplayConfig& config, const std::vector<std::int64_t>& from = {},
                           const std::vector<std::int64_t>& until = {}) {
    return rc::test::message_of<rc::InvalidParameter>(
        [&] { static_cast<void>(rc::Replay(timeline, config, from, until)); });
  };
  using rc::test::contains;
  CHECK(contains(message({.n = 0}), "at least 1"));
  CHECK(contains(message({.first = 0}), "at least 1"));
  CHECK(contains(message({.first = timeline.periods()}), "shorter periods"));
  CHECK(contains(message({}, {1}, {2}), "every item"));
  const std::size_t items = timeline.events().items.size();
  CHECK(contains(message({}, std::vector<std::int64_t>(items, 3), {}), "every item"));
  CHECK(contains(message({}, std::vector<std::int64_t>(items, 3), std::vector<std::int64_t>(items, 2)), "on offer"));

  const rc::Replay replay(timeline, {.first = 2});
  const auto model = fit("item_knn", rows, timeline, 2);
  CHECK_THROWS_AS(static_cast<void>(replay.score(model, 1, 1)), rc::InvalidParameter);
  CHECK_THROWS_AS(static_cast<void>(replay.score(model, timeline.periods(), 1)), rc::InvalidParameter);
  CHECK_THROWS_AS(static_cast<void>(replay.score(model, 2, 0)), rc::InvalidParameter);
  CHECK_THROWS_AS(static_cast<void>(replay.compare(model, model, timeline.periods(), 0)), rc::InvalidParameter);

  rc::EventLogBuilder builder;
  const std::vector<std::int64_t> integers{1, 2};
  builder.add({.user = std::span<const std::int64_t>(integers), .item = std::span<const std::int64_t>(integers)});
  const rc::AnyModel other = rc::Popularity::fit(rc::Interactions::from_events(builder.finish()));
  CHECK_THROWS_AS(static_cast<void>(replay.score(other, 2, 1)), rc::IdTypeError);

  std::stop_source stopped;
  stopped.request_stop();
  CHECK_THROWS_AS(static_cast<void>(replay.score(model, 2, 5, {.stop = stopped.get_token()})), rc::Cancelled);
  CHECK_THROWS_AS(static_cast<void>(replay.compare(model, model, 2, 5, {.stop = stopped.get_token()})), rc::Cancelled);
}

TEST_CASE("progress ascends to the number of lists, and a stop in the middle is noticed") {
  const auto rows = rc::test::random_events({.events = 600}, 6);
  const auto timeline = timeline_of(rows);
  const rc::Replay replay(timeline, {.n = 3, .first = 2});
  const auto model = fit("item_knn", rows, timeline, 2);
  std::vector<std::uint64_t> done;
  std::uint64_t total = 0;
  const auto scores =
      replay.score(model, 2, 100, {.progress = [&](std::string_view, std::uint64_t at, std::uint64_t all) {
                     done.push_back(at);
                     total = all;
                   }});
  std::uint64_t lists = 0;
  for (const auto& period : scores.all.periods) {
    lists += period.lists;
  }
  CHECK(std::is_sorted(done.begin(), done.end()));
  CHECK(done.back() == lists);
  CHECK(total == lists);

  std::stop_source source;
  rc::RunOptions options{.stop = source.get_token()};
  options.progress = [&source](std::string_view, std::uint64_t, std::uint64_t) { source.request_stop(); };
  CHECK_THROWS_AS(static_cast<void>(replay.score(model, 2, 100, options)), rc::Cancelled);
}
