#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/random.hpp>
#include <recocore/core/time.hpp>
#include <recocore/drift/hit_detectors.hpp>
#include <recocore/drift/replay.hpp>

#include "../support/replay_models.hpp"

namespace rc = recocore;
using rc::test::fit;
using rc::test::Row;
using rc::test::ShopOverTime;
using rc::test::table_of;
using rc::test::timeline_of;

namespace {

const rc::RunOptions& one = rc::test::one_thread;

}  // namespace

TEST_CASE("a content model does not know which of the unsold items will sell") {
  // Ten users have had something; each then buys one of 300 unsold items that are all alike to the model.
  std::vector<Row> rows;
  std::vector<Row> unsold;
  for (int item = 0; item < 300; ++item) {
    unsold.push_back({"nobody", "i" + std::to_string(100 + item)});
  }
  rc::Random random(3);
  std::vector<Row> catalogue = unsold;
  for (int user = 0; user < 10; ++user) {
    const auto name = "u" + std::to_string(user);
    rows.push_back({name, "known" + std::to_string(user), 1.0F, user});
    rows.push_back({name, unsold[random.below(unsold.size())].item, 1.0F, 100 + user});
  }
  for (std::size_t item = 0; item < unsold.size(); ++item) {  // all sell in the end
    rows.push_back({"u0", unsold[item].item, 1.0F, 200});
  }
  catalogue.insert(catalogue.end(), rows.begin(), rows.end());
  const rc::Timeline timeline(rc::test::log_of(rows, rc::test::with_times), 100, 0);
  const rc::AnyModel model =
      rc::test::fits().at("content_knn")(rc::Interactions::from_events(timeline.between(0, 1)), table_of(catalogue));
  const auto blind = rc::Replay(timeline, {.n = 10}).score(model, 1, 1, one);
  CHECK(blind.all.periods[0].relevant() == 10);
  CHECK(blind.all.periods[0].hits() == 0);
  CHECK(blind.live.periods[0].hits() == 0);

  // What is on offer is known: chance is 10 / 300 for each of ten.
  const std::vector<std::int64_t> from(timeline.events().items.size(), 0);
  const std::vector<std::int64_t> until(timeline.events().items.size(), 1000);
  const auto offered = rc::Replay(timeline, {.n = 10}, from, until).score(model, 1, 1, one);
  CHECK(offered.all.periods[0].coverage > 0.0);
  CHECK(offered.all.periods[0].hits() <= 3);
  const auto all = rc::Replay(timeline, {.n = 400}, from, until).score(model, 1, 1, one);
  CHECK(all.all.periods[0].hits() == 10);
}

TEST_CASE("what first sells within a period changes no list of it") {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const ShopOverTime shop{};
    auto rows = rc::test::random_events(shop, seed);
    const std::size_t period = 4;
    const auto end = shop.start + static_cast<std::int64_t>(period + 1) * shop.length;
    std::erase_if(rows, [&](const Row& row) { return row.time >= end; });
    auto more = rows;
    std::vector<std::string> users;
    for (const Row& row : rows) {
      if (row.time >= end - shop.length) {
        users.push_back(row.user);
      }
    }
    REQUIRE(users.size() > 3);
    for (std::size_t user = 0; user < 3; ++user) {  // the last in the period
      more.push_back({users[user], "b-new-" + std::to_string(user), 1.0F, end - 1});
    }
    const auto table = table_of(more);
    for (const auto histories : {rc::Histories::frozen, rc::Histories::live}) {
      const rc::ReplayConfig config{.n = 6, .exclude_seen = false, .histories = histories, .first = 2};
      std::vector<rc::PeriodScores> scores;
      for (const auto& world : {rows, more}) {
        const auto timeline = timeline_of(world, shop);
        const auto model =
            rc::test::fits().at("content_knn")(rc::Interactions::from_events(timeline.between(0, period)), table);
        scores.push_back(rc::Replay(timeline, config).score(model, period, 1, one).all.periods[0]);
      }
      CAPTURE(seed);
      CHECK(scores[1].relevant() == scores[0].relevant() + 3);
      CHECK(scores[1].lists == scores[0].lists);
      CHECK(scores[1].hits() == scores[0].hits());
      CHECK(scores[1].coverage == scores[0].coverage);
      CHECK(scores[1].gini == scores[0].gini);
    }
  }
}

TEST_CASE("a stream without drift raises few alarms, though who buys more comes first") {
  int alarms = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    rc::Random random(seed);
    std::vector<Row> rows;
    for (std::int64_t period = 0; period < 20; ++period) {
      for (int user = 0; user < 400; ++user) {
        const bool heavy = user < 100;
        for (int event = 0; event < (heavy ? 12 : 1); ++event) {
          const auto item = random.below(1 + random.below(60));
          rows.push_back({"u" + std::to_string(user), "i" + std::to_string(item), 1.0F,
                          period * 1000 + static_cast<std::int64_t>(random.below(1000))});
        }
      }
    }
    const rc::Timeline timeline(rc::test::log_of(rows, rc::test::with_times), 1000, 0);
    const rc::AnyModel model = rc::Popularity::fit(rc::Interactions::from_events(timeline.between(0, 2)), {}, one);
    const auto scores = rc::Replay(timeline, {.n = 3, .exclude_seen = false}).score(model, 2, 100, one);
    alarms += rc::first_alarm(scores.outcomes, rc::Adwin::Config{}) ? 1 : 0;
  }
  CHECK(alarms <= 3);
}
