#include <cmath>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/time.hpp>
#include <recocore/models/popularity.hpp>
#include <recocore/rank/serve.hpp>

namespace rc = recocore;

namespace {

constexpr std::int64_t day = 86'400 * rc::microseconds_per_second;

struct Sale {
  std::int64_t user;
  std::int64_t item;
  std::int64_t on_day;
};

rc::Interactions shop(const std::vector<Sale>& sales, bool with_times = true) {
  std::vector<std::int64_t> users;
  std::vector<std::int64_t> items;
  std::vector<std::int64_t> times;
  for (const auto& sale : sales) {
    users.push_back(sale.user);
    items.push_back(sale.item);
    times.push_back(sale.on_day * day);
  }
  rc::EventLogBuilder builder;
  rc::EventBatch batch{.user = std::span<const std::int64_t>(users), .item = std::span<const std::int64_t>(items)};
  if (with_times) {
    batch.time = times;
  }
  builder.add(batch);
  return rc::Interactions::from_events(builder.finish());
}

std::vector<std::pair<std::int64_t, double>> ranking(const rc::Popularity& model) {
  std::vector<std::pair<std::int64_t, double>> result;
  for (const auto& entry : model.ranking()) {
    result.emplace_back(std::get<std::int64_t>(model.interactions().items().at(entry.index.value)), entry.score);
  }
  return result;
}

// Item 10: an old favourite, bought again and again by user 1. Item 20: new and rising. Item 30: steady.
const std::vector<Sale> sales{{1, 10, 0},  {1, 10, 1},  {1, 10, 2},  {2, 10, 3},  {3, 10, 4},
                              {4, 10, 5},  {1, 30, 5},  {2, 30, 15}, {3, 30, 25}, {4, 30, 35},
                              {5, 30, 45}, {1, 20, 45}, {2, 20, 46}, {3, 20, 47}, {3, 20, 48}};

using Pairs = std::vector<std::pair<std::int64_t, double>>;

}  // namespace

TEST_CASE("all time: people count, not events; ties go to the smaller id") {
  CHECK(ranking(rc::Popularity::fit(shop(sales))) == Pairs{{30, 5}, {10, 4}, {20, 3}});
  CHECK(ranking(rc::Popularity::fit(shop({{1, 9, 0}, {1, 8, 0}, {1, 7, 0}}))) == Pairs{{7, 1}, {8, 1}, {9, 1}});
}

TEST_CASE("recent: only the last window counts") {
  const auto model = rc::Popularity::fit(shop(sales), {.kind = rc::PopularityKind::recent, .window_days = 10});
  CHECK(ranking(model) == Pairs{{20, 3}, {30, 1}, {10, 0}});
}

TEST_CASE("trending: more than expected from the windows before") {
  // Windows of ten days before day 38: days 28-37, 18-27, 8-17, and the rest reaches to day -2.
  const auto model = rc::Popularity::fit(
      shop(sales), {.kind = rc::PopularityKind::trending, .window_days = 10, .baseline_windows = 4});
  const auto found = ranking(model);
  REQUIRE(found.size() == 3);
  CHECK(found[0] == std::pair<std::int64_t, double>(20, 3));  // nothing was expected
  CHECK(found[1] == std::pair<std::int64_t, double>(30, 0));  // one a window, as ever
  CHECK(found[2].first == 10);                                // four users before day 8, none now
  CHECK(found[2].second == doctest::Approx(-1.0 / std::sqrt(2.0)).epsilon(1e-6));
}

TEST_CASE("trending: windows before the first event cost no time") {
  const auto model = rc::Popularity::fit(
      shop(sales), {.kind = rc::PopularityKind::trending, .window_days = 5, .baseline_windows = 4'000'000'000});
  CHECK(ranking(model).front().first == 20);
}

TEST_CASE("a window without times is an error, and so are windows that make no sense") {
  CHECK_THROWS_WITH_AS(static_cast<void>(rc::Popularity::fit(shop(sales, false), {.kind = rc::PopularityKind::recent})),
                       doctest::Contains("'recent' needs the times of events"), rc::InvalidData);
  CHECK_THROWS_AS(static_cast<void>(rc::Popularity::fit(shop(sales), {.window_days = 0.0})), rc::InvalidParameter);
  CHECK_THROWS_AS(static_cast<void>(rc::Popularity::fit(shop(sales), {.baseline_windows = 0})), rc::InvalidParameter);
  CHECK_NOTHROW(static_cast<void>(
      rc::Popularity::fit(shop(sales), {.kind = rc::PopularityKind::trending, .window_days = 1e300})));
}

TEST_CASE("as a recommender: seen items are left out, every entry is labelled popular") {
  const rc::AnyModel model = rc::Popularity::fit(shop(sales));
  const std::vector<std::int64_t> users{5};
  const auto lists = rc::recommend_users(model, std::span<const std::int64_t>(users));
  const auto list = lists[0];
  REQUIRE(list.size() == 2);
  CHECK(list[0].tier == rc::Tier::popular);
  CHECK(list[0].score == 4.0F);
  CHECK_THROWS_WITH_AS(static_cast<void>(rc::similar_items(model, std::int64_t{10})),
                       doctest::Contains("has no notion of similar items"), rc::InvalidParameter);
}

TEST_CASE("a ranking that is none is refused") {
  const auto data = shop(sales);
  const auto model = rc::Popularity::fit(data);
  std::vector<rc::ScoredItem> ranking(model.ranking().begin(), model.ranking().end());
  CHECK_NOTHROW(static_cast<void>(rc::Popularity::from_parts(data, {}, ranking)));
  auto twice = ranking;
  twice[1].index = twice[0].index;
  CHECK_THROWS_AS(static_cast<void>(rc::Popularity::from_parts(data, {}, twice)), rc::InvalidData);
  ranking.pop_back();
  CHECK_THROWS_AS(static_cast<void>(rc::Popularity::from_parts(data, {}, ranking)), rc::InvalidData);
}
