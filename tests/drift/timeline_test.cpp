#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/drift/timeline.hpp>

#include "../support/events.hpp"
#include "../support/shop_over_time.hpp"

namespace rc = recocore;
using rc::test::Row;

namespace {

/// (time, user, item, weight) of each event in the order of the log.
using Key = std::tuple<std::int64_t, std::string, std::string, float>;

std::vector<Key> keys_of(const rc::EventLog& log) {
  std::vector<Key> keys;
  for (std::size_t event = 0; event < log.size(); ++event) {
    keys.emplace_back(log.time[event], std::get<std::string_view>(log.users.at(log.user[event].value)),
                      std::get<std::string_view>(log.items.at(log.item[event].value)), log.weight_at(event));
  }
  return keys;
}

std::vector<Key> sorted_keys(const std::vector<Row>& rows) {
  std::vector<Key> keys;
  for (const auto& row : rows) {
    keys.emplace_back(row.time, row.user, row.item, row.weight);
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

rc::Timeline timeline_of(const std::vector<Row>& rows, std::int64_t length,
                         const std::optional<std::int64_t>& start = {}) {
  return rc::Timeline(rc::test::log_of(rows, rc::test::with_times), length, start);
}

std::vector<std::uint64_t> to_vector(std::span<const std::uint64_t> values) { return {values.begin(), values.end()}; }

template <class Error>
std::string message_of(const std::vector<Row>& rows, std::int64_t length,
                       const std::optional<std::int64_t>& start = {}) {
  return rc::test::message_of<Error>([&] { static_cast<void>(timeline_of(rows, length, start)); });
}

}  // namespace

TEST_CASE("a timeline by hand") {
  const std::vector<Row> rows{
      {"bob", "milk", 1.0F, 25}, {"ann", "tea", 2.0F, 10}, {"ann", "rice", 1.0F, 49}, {"cat", "tea", 1.0F, 30}};
  const auto timeline = timeline_of(rows, 10);
  CHECK(timeline.periods() == 4);
  CHECK(timeline.start_of(0) == 10);
  CHECK(timeline.start_of(3) == 40);
  CHECK(timeline.length() == 10);
  CHECK(to_vector(timeline.offsets()) == std::vector<std::uint64_t>{0, 1, 2, 3, 4});
  CHECK(keys_of(timeline.events()) == sorted_keys(rows));
  // milk, rice, tea; ann, bob, cat.
  CHECK(std::vector(timeline.item_births().begin(), timeline.item_births().end()) == std::vector{1U, 3U, 0U});
  CHECK(std::vector(timeline.item_deaths().begin(), timeline.item_deaths().end()) == std::vector{1U, 3U, 2U});
  CHECK(std::vector(timeline.user_births().begin(), timeline.user_births().end()) == std::vector{0U, 1U, 2U});

  const auto earlier = timeline_of(rows, 10, 1);
  CHECK(earlier.periods() == 5);
  CHECK(to_vector(earlier.offsets()) == std::vector<std::uint64_t>{0, 1, 1, 3, 3, 4});
}

TEST_CASE("equal events in any order give an equal timeline") {
  auto rows = rc::test::random_events({.weighted = true}, 3);
  const auto timeline = timeline_of(rows, 1000, 1'000'000);
  CHECK(keys_of(timeline.events()) == sorted_keys(rows));
  rc::Random random(5);
  for (std::size_t left = rows.size(); left > 1; --left) {
    std::swap(rows[left - 1], rows[random.below(left)]);
  }
  const auto again = timeline_of(rows, 1000, 1'000'000);
  CHECK(again.events() == timeline.events());
  CHECK(to_vector(again.offsets()) == to_vector(timeline.offsets()));
}

TEST_CASE("users and items without events are left out") {
  auto log = rc::test::log_of({{"ann", "tea", 1.0F, 5}, {"bob", "milk", 1.0F, 6}}, rc::test::with_times);
  log.user.pop_back();
  log.item.pop_back();
  log.time.pop_back();
  const rc::Timeline timeline(log, 1);
  CHECK(timeline.events().users.size() == 1);
  CHECK(timeline.events().items.size() == 1);
  CHECK(timeline.item_births().size() == 1);
}

TEST_CASE("periods, births and parts are those of a filter by hand") {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    CAPTURE(seed);
    const rc::test::ShopOverTime shop{.weighted = seed % 2 == 1};
    const auto rows = rc::test::random_events(shop, seed);
    const auto keys = sorted_keys(rows);
    const auto period_of = [&](std::int64_t time) { return static_cast<std::size_t>((time - shop.start) / 1000); };
    const auto timeline = timeline_of(rows, shop.length, shop.start);
    REQUIRE(timeline.periods() == period_of(std::get<0>(keys.back())) + 1);

    std::map<std::string, std::set<std::size_t>> of_item;
    std::map<std::string, std::set<std::size_t>> of_user;
    for (const auto& [time, user, item, weight] : keys) {
      of_item[item].insert(period_of(time));
      of_user[user].insert(period_of(time));
    }
    REQUIRE(timeline.item_births().size() == of_item.size());
    std::size_t position = 0;
    for (const auto& [item, periods] : of_item) {
      CHECK(timeline.item_births()[position] == *periods.begin());
      CHECK(timeline.item_deaths()[position++] == *periods.rbegin());
    }
    position = 0;
    for (const auto& [user, periods] : of_user) {
      CHECK(timeline.user_births()[position++] == *periods.begin());
    }

    for (std::size_t from = 0; from <= timeline.periods(); ++from) {
      for (std::size_t until = from; until <= timeline.periods(); ++until) {
        std::vector<Key> expected;
        std::set<std::string> users;
        std::set<std::string> items;
        for (const auto& key : keys) {
          if (period_of(std::get<0>(key)) >= from && period_of(std::get<0>(key)) < until) {
            expected.push_back(key);
            users.insert(std::get<1>(key));
            items.insert(std::get<2>(key));
          }
        }
        const auto part = timeline.between(from, until);
        CHECK(keys_of(part) == expected);
        CHECK(part.users.size() == users.size());
        CHECK(part.items.size() == items.size());
      }
    }

    // The gaps an item has had, the shortest first.
    for (const std::size_t until : {std::size_t{0}, std::size_t{1}, std::size_t{4}, timeline.periods()}) {
      std::vector<std::size_t> gaps;
      for (const auto& [item, periods] : of_item) {
        for (auto later = periods.begin(); later != periods.end(); ++later) {
          if (later != periods.begin() && *later < until) {
            gaps.push_back(*later - *std::prev(later));
          }
        }
      }
      std::sort(gaps.begin(), gaps.end());
      for (const double share : {0.25, 0.5, 0.9, 1.0}) {
        std::size_t expected = 1;
        if (!gaps.empty()) {
          std::size_t place = 0;
          while (static_cast<double>(place + 1) < share * static_cast<double>(gaps.size())) {
            ++place;
          }
          expected = gaps[place];
        }
        CHECK(timeline.usual_gap(until, share) == expected);
      }
    }
  }
}

TEST_CASE("an evenly shuffled timeline has the same users and items, and as many events in each period") {
  const auto timeline = timeline_of(rc::test::random_events({.weighted = true}, 12), 10'000, 1'000'000);
  REQUIRE(timeline.events().size() >= timeline.periods());
  const auto even = timeline.shuffled_evenly(1);
  REQUIRE(even.periods() == timeline.periods());
  const auto whole = timeline.events().size() / timeline.periods();
  for (std::size_t period = 0; period < even.periods(); ++period) {
    const auto events = even.offsets()[period + 1] - even.offsets()[period];
    CHECK(events >= whole);
    CHECK(events <= whole + 1);
  }
  auto before = timeline.events().item;
  auto after = even.events().item;
  std::sort(before.begin(), before.end());
  std::sort(after.begin(), after.end());
  CHECK(before == after);
  CHECK(timeline.shuffled_evenly(1).events() == even.events());
  CHECK_FALSE(timeline.shuffled_evenly(2).events() == even.events());
}

TEST_CASE("a shuffled timeline has the same times, users and items, and is the same for a seed") {
  const auto rows = rc::test::random_events({.weighted = true}, 11);
  const auto timeline = timeline_of(rows, 1000, 1'000'000);
  const auto shuffled = timeline.shuffled(1);
  const auto& before = timeline.events();
  const auto& after = shuffled.events();
  CHECK(after.time == before.time);  // both ascend
  CHECK(to_vector(shuffled.offsets()) == to_vector(timeline.offsets()));
  CHECK(shuffled.start_of(0) == timeline.start_of(0));
  const auto untimed = [](const rc::EventLog& log) {
    auto keys = keys_of(log);
    for (auto& key : keys) {
      std::get<0>(key) = 0;
    }
    std::sort(keys.begin(), keys.end());
    return keys;
  };
  CHECK(untimed(after) == untimed(before));
  CHECK_FALSE(after == before);
  CHECK(timeline.shuffled(1).events() == after);
  CHECK_FALSE(timeline.shuffled(2).events() == after);
}

TEST_CASE("all orders of three times are dealt out equally often") {
  const auto timeline = timeline_of({{"a", "x", 1.0F, 0}, {"b", "x", 1.0F, 1}, {"c", "x", 1.0F, 2}}, 1);
  std::map<std::string, int> orders;
  constexpr int draws = 3000;
  for (std::uint64_t seed = 0; seed < draws; ++seed) {
    std::string order;
    for (const auto& [time, user, item, weight] : keys_of(timeline.shuffled(seed).events())) {
      order += user;
    }
    ++orders[order];
  }
  CHECK(orders.size() == 6);
  for (const auto& [order, count] : orders) {
    CHECK(std::abs(count - draws / 6) < 110);  // five standard deviations
  }
}

TEST_CASE("events left out at random are each as likely") {
  const auto rows = rc::test::random_events({.events = 40}, 12);
  const auto timeline = timeline_of(rows, 1000, 1'000'000);
  const auto all = keys_of(timeline.between(0, 5));
  REQUIRE(all.size() > 15);
  std::map<Key, int> left;
  std::map<Key, int> copies;
  for (const auto& key : all) {
    ++copies[key];
  }
  constexpr int draws = 2000;
  for (std::uint64_t seed = 0; seed < draws; ++seed) {
    const auto kept = keys_of(timeline.without_random_events(5, 4, seed));
    REQUIRE(kept.size() == all.size() - 4);
    REQUIRE(std::includes(all.begin(), all.end(), kept.begin(), kept.end()));
    for (const auto& key : kept) {
      ++left[key];
    }
  }
  const double share = 1.0 - 4.0 / static_cast<double>(all.size());
  for (const auto& [key, count] : left) {
    const double expected = share * draws * copies[key];
    CHECK(std::abs(count - expected) < 6.0 * std::sqrt(expected * (1.0 - share)));
  }
  CHECK(timeline.without_random_events(5, 4, 3) == timeline.without_random_events(5, 4, 3));
  CHECK(timeline.without_random_events(5, 0, 3) == timeline.between(0, 5));
  CHECK(timeline.without_random_events(5, all.size(), 3).size() == 0);
  CHECK_THROWS_AS(static_cast<void>(timeline.without_random_events(5, all.size() + 1, 3)), rc::InvalidParameter);
}

TEST_CASE("errors of a timeline say what to do") {
  const std::vector<Row> rows{{"ann", "tea", 1.0F, 10}, {"bob", "tea", 1.0F, 200'010}};
  CHECK(rc::test::contains(message_of<rc::InvalidParameter>(rows, 0), "at least 1"));
  CHECK(rc::test::contains(message_of<rc::InvalidParameter>(rows, 10, 11), "at or before"));
  CHECK(rc::test::contains(message_of<rc::InvalidParameter>(rows, 1), "longer"));
  CHECK(rc::test::contains(message_of<rc::InvalidParameter>(rows, 10, std::numeric_limits<std::int64_t>::min()),
                           "longer"));
  CHECK(timeline_of(rows, 3).periods() == 66'667);
}

TEST_CASE("events without times, none at all, and periods that are not there") {
  CHECK_THROWS_AS(rc::Timeline(rc::test::log_of({{"ann", "tea"}}), 1), rc::InvalidData);
  CHECK_THROWS_AS(rc::Timeline(rc::EventLog{}, 1), rc::InvalidData);
  const auto timeline = timeline_of({{"ann", "tea", 1.0F, 10}, {"bob", "tea", 1.0F, 35}}, 10);
  CHECK_THROWS_AS(static_cast<void>(timeline.between(2, 1)), rc::InvalidParameter);
  CHECK_THROWS_AS(static_cast<void>(timeline.between(0, 4)), rc::InvalidParameter);
  CHECK_THROWS_AS(static_cast<void>(timeline.usual_gap(4)), rc::InvalidParameter);
  CHECK_THROWS_AS(static_cast<void>(timeline.usual_gap(1, 0.0)), rc::InvalidParameter);
  CHECK(timeline.between(3, 3).size() == 0);
  // A period may be longer than time itself.
  const auto long_one = timeline_of({{"ann", "tea", 1.0F, 10}}, std::numeric_limits<std::int64_t>::max());
  CHECK(long_one.periods() == 1);
  CHECK(long_one.start_of(1) == std::numeric_limits<std::int64_t>::max());
}
