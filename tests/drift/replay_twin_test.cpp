#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/random.hpp>
#include <recocore/drift/replay.hpp>
#include <recocore/rank/serve.hpp>

#include "../support/naive_replay.hpp"
#include "../support/replay_models.hpp"

namespace rc = recocore;
using rc::test::fit;
using rc::test::fits;
using rc::test::NaiveReplay;
using rc::test::Row;
using rc::test::ShopOverTime;
using rc::test::timeline_of;

namespace {

void check_equal(const rc::AgeScores& found, const rc::AgeScores& expected) {
  CHECK(found.fresh == expected.fresh);
  REQUIRE(found.periods.size() == expected.periods.size());
  for (std::size_t age = 0; age < found.periods.size(); ++age) {
    CAPTURE(age);
    const auto& a = found.periods[age];
    const auto& b = expected.periods[age];
    CHECK(a.lists == b.lists);
    CHECK(a.slices == b.slices);
    CHECK(a.ndcg == doctest::Approx(b.ndcg).epsilon(1e-9));
    CHECK(a.coverage == doctest::Approx(b.coverage).epsilon(1e-9));
    CHECK(a.gini == doctest::Approx(b.gini).epsilon(1e-9));
    CHECK(a.divergence == doctest::Approx(b.divergence).epsilon(1e-9));
  }
}

void check_equal(const rc::OriginScores& found, const rc::OriginScores& expected) {
  check_equal(found.all, expected.all);
  check_equal(found.live, expected.live);
  // Mixed within a period.
  REQUIRE(found.outcomes.size() == expected.outcomes.size());
  for (std::size_t age = 0; age < found.outcomes.size(); ++age) {
    CHECK(std::count(found.outcomes[age].begin(), found.outcomes[age].end(), 1) ==
          std::count(expected.outcomes[age].begin(), expected.outcomes[age].end(), 1));
    CHECK(found.outcomes[age].size() == expected.outcomes[age].size());
  }
  CHECK(found.origin == expected.origin);
}

/// Of an item something like the time between its first and its last event.
NaiveReplay::Offers random_offers(const std::vector<Row>& rows, std::uint64_t seed) {
  rc::Random random(seed);
  NaiveReplay::Offers offers;
  for (const auto& row : rows) {
    if (!offers.contains(row.item)) {
      const auto from = 999'000 + static_cast<std::int64_t>(random.below(9)) * 500;
      offers[row.item] = {from, from + static_cast<std::int64_t>(random.below(9)) * 500};
    }
  }
  return offers;
}

rc::Replay replay_of(const rc::Timeline& timeline, const rc::ReplayConfig& config,
                     const NaiveReplay::Offers& offers = {}) {
  std::vector<std::int64_t> from;
  std::vector<std::int64_t> until;
  for (const auto& [item, offer] : offers) {
    from.push_back(offer.first);
    until.push_back(offer.second);
  }
  return rc::Replay(timeline, config, from, until);
}

}  // namespace

TEST_CASE("a replay is that of its twin") {
  std::uint64_t seed = 0;
  for (const auto& [name, unused] : fits()) {
    for (const auto protocol : {rc::Protocol::period, rc::Protocol::next}) {
      for (const auto histories : {rc::Histories::frozen, rc::Histories::live}) {
        for (const bool exclude_seen : {true, false}) {
          ++seed;
          CAPTURE(name);
          CAPTURE(seed);
          const ShopOverTime shop{.events = 150, .weighted = seed % 3 == 0};
          const auto rows = rc::test::random_events(shop, seed);
          const auto timeline = timeline_of(rows, shop);
          const rc::ReplayConfig config{.n = 2 + seed % 3,
                                        .exclude_seen = exclude_seen,
                                        .protocol = protocol,
                                        .histories = histories,
                                        .retired_after = 1 + static_cast<std::uint32_t>(seed % 2),
                                        .first = 2};
          const auto offers = seed % 4 < 2 ? NaiveReplay::Offers{} : random_offers(rows, seed);
          const NaiveReplay twin(rows, shop.start, shop.length, config, offers);
          const auto replay = replay_of(timeline, config, offers);
          for (const std::size_t origin : {std::size_t{2}, std::size_t{5}}) {
            const auto model = fit(name, rows, timeline, origin);
            check_equal(replay.score(model, origin, 4, {.threads = 2}), twin.score(model, origin, 4));
          }
        }
      }
    }
  }
}

TEST_CASE("a live history is made as the model's interactions were") {
  const ShopOverTime shop{.events = 260, .weighted = true};
  const std::vector<rc::InteractionsConfig> configs{
      {.half_life_seconds = 0.0005},
      {.max_events_per_user = 6},
      {.half_life_seconds = 0.0002, .duplicates = rc::Duplicates::max},
      {.duplicates = rc::Duplicates::last},
      {.duplicates = rc::Duplicates::binary, .min_users_per_item = 2},
  };
  for (std::size_t c = 0; c < configs.size(); ++c) {
    for (const auto protocol : {rc::Protocol::period, rc::Protocol::next}) {
      CAPTURE(c);
      const auto rows = rc::test::random_events(shop, c);
      const auto timeline = timeline_of(rows, shop);
      const rc::ReplayConfig config{
          .n = 4, .protocol = protocol, .histories = rc::Histories::live, .retired_after = 2, .first = 3};
      const auto model = fit("item_knn", rows, timeline, 3, configs[c]);
      const NaiveReplay twin(rows, shop.start, shop.length, config);
      check_equal(rc::Replay(timeline, config).score(model, 3, 9), twin.score(model, 3, 9));
    }
  }
}

TEST_CASE("how much lists change is that of a twin") {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    const auto rows = rc::test::random_events({.users = 25, .items = 60, .events = 300}, seed);
    const auto timeline = timeline_of(rows);
    const rc::ReplayConfig config{.n = 3, .exclude_seen = seed % 2 == 0};
    const rc::Replay replay(timeline, config);
    const auto older = fit("item_knn", rows, timeline, 3);
    const auto newer = fit("item_knn", rows, timeline, 5);
    const std::size_t period = 5;
    const NaiveReplay twin(rows, 1'000'000, 1000, config);

    const auto period_log = timeline.between(period, period + 1);
    double jaccard = 0.0;
    double rbo = 0.0;
    std::uint64_t lists = 0;
    for (std::size_t u = 0; u < period_log.users.size(); ++u) {
      const auto position = older.interactions().users().find(period_log.users.at(u));
      if (!position) {
        continue;
      }
      std::vector<std::string_view> history;
      for (const rc::ItemIx item : older.interactions().by_user().row(rc::UserIx(*position))) {
        history.push_back(std::get<std::string_view>(older.items().at(item.value)));
      }
      const auto weights = older.interactions().by_user().row_values(rc::UserIx(*position));
      const auto list_of = [&](const rc::AnyModel& model) {
        std::vector<std::string> list;
        for (const auto& entry :
             rc::recommend_history(model, std::span<const std::string_view>(history), weights,
                                   {.n = model.items().size(), .exclude_seen = config.exclude_seen})) {
          list.emplace_back(std::get<std::string_view>(model.items().at(entry.item.value)));
          if (!twin.is_allowed(list.back(), period, false)) {
            list.pop_back();
          }
        }
        list.resize(std::min(list.size(), config.n));
        return list;
      };
      const auto a = list_of(older);
      const auto b = list_of(newer);
      REQUIRE(a.size() == config.n);
      REQUIRE(b.size() == config.n);
      // Webber, Moffat, Zobel 2010, eq. 30.
      double common = 0.0;
      double sum = 0.0;
      for (std::size_t depth = 1; depth <= config.n; ++depth) {
        common = 0.0;
        for (std::size_t i = 0; i < depth; ++i) {
          common += std::find(b.begin(), b.begin() + static_cast<std::ptrdiff_t>(depth), a[i]) !=
                            b.begin() + static_cast<std::ptrdiff_t>(depth)
                        ? 1.0
                        : 0.0;
        }
        sum += common / static_cast<double>(depth) * std::pow(0.9, static_cast<double>(depth));
      }
      const auto n = static_cast<double>(config.n);
      rbo += common / n * std::pow(0.9, n) + 0.1 / 0.9 * sum;
      jaccard += common / (2.0 * n - common);
      ++lists;
    }
    REQUIRE(lists > 3);
    const auto change = replay.compare(older, newer, period, 0);
    CHECK(change.lists == lists);
    CHECK(change.jaccard == doctest::Approx(jaccard / static_cast<double>(lists)));
    CHECK(change.rbo == doctest::Approx(rbo / static_cast<double>(lists)));
    CHECK(change.jaccard < 1.0);

    const auto same = replay.compare(older, older, period, 0);
    CHECK(same.jaccard == doctest::Approx(1.0));
    CHECK(same.rbo == doctest::Approx(1.0));
    const auto some = replay.compare(older, newer, period, 3);
    CHECK(some.lists <= 3);
    for (const std::string name : {"next_basket", "session_knn"}) {  // which look at users, and at the order
      const auto model = fit(name, rows, timeline, 3);
      CHECK(replay.compare(model, model, period, 0).jaccard == doctest::Approx(1.0));
    }
  }
}
