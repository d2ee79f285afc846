#include <set>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/data/split.hpp>

#include "../support/events.hpp"
#include "../support/random_interactions.hpp"

using namespace recocore;
using namespace recocore::test;

namespace {

Interactions build(const std::vector<Row>& rows, const InteractionsConfig& config = {}) {
  return Interactions::from_events(log_of(rows), config);
}
Interactions build_timed(const std::vector<Row>& rows, const InteractionsConfig& config = {}) {
  return Interactions::from_events(log_of(rows, with_times), config);
}

/// 40 users, 30 items, each pair up to three times.
std::vector<Row> random_rows(std::uint64_t seed) {
  Random random(seed);
  std::vector<Row> rows;
  for (int event = 0; event < 600; ++event) {
    rows.push_back({"u" + std::to_string(random.below(40)), "i" + std::to_string(random.below(30)),
                    static_cast<float>(1 + random.below(3)), static_cast<std::int64_t>(random.below(200))});
  }
  return rows;
}

using PairSet = std::set<std::pair<std::string, std::string>>;

PairSet pairs_of(const Interactions& interactions) {
  PairSet pairs;
  for (const auto& row : rows_of(interactions)) {
    pairs.emplace(row.user, row.item);
  }
  return pairs;
}

std::set<std::string> users_of(const Interactions& interactions) {
  std::set<std::string> users;
  for (const auto& pair : pairs_of(interactions)) {
    users.insert(pair.first);
  }
  return users;
}

/// Every pair is in exactly one part.
void check_partition(const Interactions& whole, const Split& split) {
  PairSet all;
  std::size_t count = 0;
  for (const auto* part : {&split.train, &split.test, &split.history}) {
    all.merge(pairs_of(*part));
    count += part->size();
  }
  CHECK(count == whole.size());
  CHECK(all == pairs_of(whole));
}

}  // namespace

TEST_CASE("the latest events are the test") {
  const auto whole =
      build_timed({{"u", "a", 1, 1}, {"u", "b", 1, 2}, {"v", "a", 1, 3}, {"v", "c", 1, 4}, {"u", "c", 1, 5}});
  const auto split = split_by_time(whole, 0.4);
  CHECK(rows_of(split.train) == std::vector<Row>{{"u", "a", 1, 1}, {"u", "b", 1, 2}, {"v", "a", 1, 3}});
  CHECK(rows_of(split.test) == std::vector<Row>{{"u", "c", 1, 5}, {"v", "c", 1, 4}});
  CHECK(split.train.items().size() == 2);
  CHECK(split.history.size() == 0);
  CHECK(split_by_time(whole, 0.59).test.size() == 2);
  CHECK(split_by_time(whole, 0.6).test.size() == 3);
}

TEST_CASE("events of one instant stay together") {
  const auto whole = build_timed({{"u", "a", 1, 1}, {"u", "b", 1, 2}, {"v", "a", 1, 2}, {"v", "c", 1, 3}});
  CHECK(split_by_time(whole, 0.5).test.size() == 1);
  CHECK(split_by_time(whole, 0.75).test.size() == 3);
}

TEST_CASE("the training part knows nothing of the test part") {
  // The pair (u, a) is in both parts; the half-life counts from the last training event.
  const std::int64_t second = 1'000'000;
  const auto whole =
      build_timed({{"u", "a", 8, 0}, {"u", "b", 8, second}, {"u", "a", 8, 9 * second}}, {.half_life_seconds = 1.0});
  const auto split = split_by_time(whole, 0.4);
  CHECK(rows_of(split.train) == std::vector<Row>{{"u", "a", 4, 0}, {"u", "b", 8, second}});
  CHECK(rows_of(split.test) == std::vector<Row>{{"u", "a", 8, 9 * second}});
}

TEST_CASE("the test part has neither cap nor minimum support") {
  const auto whole = build_timed({{"u", "a", 1, 1},
                                  {"u", "b", 1, 2},
                                  {"v", "a", 1, 3},
                                  {"v", "b", 1, 4},
                                  {"w", "c", 1, 5},
                                  {"x", "a", 1, 6},
                                  {"x", "b", 1, 7},
                                  {"x", "c", 1, 8}},
                                 {.max_events_per_user = 2, .min_items_per_user = 2});
  const auto split = split_by_time(whole, 0.5);
  CHECK(split.train.size() == 4);
  CHECK(rows_of(split.test) ==
        std::vector<Row>{{"w", "c", 1, 5}, {"x", "a", 1, 6}, {"x", "b", 1, 7}, {"x", "c", 1, 8}});
}

TEST_CASE("a split by time that cannot be is refused with the reason") {
  const auto message = [](const std::vector<Row>& rows, double fraction) {
    return message_of<InvalidData>([&] { (void)split_by_time(build_timed(rows), fraction); });
  };
  const std::vector<Row> same{{"u", "a", 1, 0}, {"u", "b", 1, 0}};
  CHECK(contains(message(same, 0.5), "all 2 events have the same time, 1970-01-01T00:00:00Z"));
  CHECK(contains(message({{"u", "a", 1, 0}, {"u", "b", 1, 1}}, 0.4), "less than one"));
  CHECK(contains(message({{"u", "a", 1, 0}, {"u", "b", 1, 1}, {"u", "c", 1, 1}, {"u", "d", 1, 1}}, 0.5),
                 "the latest 3 events"));
  CHECK(contains(message({{"u", "a", 1, 0}, {"u", "b", 1, 1}, {"u", "c", 1, 1}, {"u", "d", 1, 1}}, 0.5), "0.75"));
  CHECK(
      contains(message_of<InvalidData>([] { (void)split_by_time(build({{"u", "a"}, {"u", "b"}}), 0.5); }), "no times"));
  CHECK(contains(message_of<InvalidData>([] { (void)split_by_time(Interactions(), 0.5); }), "no events"));
  CHECK(contains(message_of<InvalidData>([] {
                   (void)split_by_time(build_timed({{"u", "a", 1, 0}, {"u", "b", 1, 1}}, {.min_items_per_user = 2}),
                                       0.5);
                 }),
                 "the training part would be empty"));
}

TEST_CASE("fractions must be between 0 and 1") {
  const auto whole = build_timed(random_rows(1));
  for (const double fraction : {0.0, 1.0, -0.5, 2.0, std::numeric_limits<double>::quiet_NaN()}) {
    CHECK_THROWS_AS((void)split_by_time(whole, fraction), InvalidParameter);
    CHECK_THROWS_AS((void)split_random(whole, fraction, 1), InvalidParameter);
    CHECK_THROWS_AS((void)split_by_user(whole, fraction, 0.5, 1), InvalidParameter);
    CHECK_THROWS_AS((void)split_by_user(whole, 0.5, fraction, 1), InvalidParameter);
  }
}

TEST_CASE("a fraction just below one leaves a training event") {
  const auto whole = build_timed({{"u", "a", 1, 1}, {"u", "b", 1, 2}, {"u", "c", 1, 3}});
  CHECK(split_by_time(whole, 1.0 - 1e-15).train.size() == 1);
}

TEST_CASE("the last items of each user are the test") {
  const auto whole = build_timed({{"u", "a", 1, 9},
                                  {"u", "b", 1, 5},
                                  {"u", "b", 1, 1},
                                  {"u", "c", 1, 5},
                                  {"v", "a", 1, 1},
                                  {"w", "b", 1, 2},
                                  {"w", "b", 1, 3}});
  const auto one = split_leave_last(whole, 1);
  CHECK(rows_of(one.test) == std::vector<Row>{{"u", "a", 1, 9}});
  CHECK(pairs_of(one.train) == PairSet{{"u", "b"}, {"u", "c"}, {"v", "a"}, {"w", "b"}});
  // b and c are equally late: the larger id is the later.
  CHECK(rows_of(split_leave_last(whole, 2).test) == std::vector<Row>{{"u", "a", 1, 9}, {"u", "c", 1, 5}});
  CHECK(rows_of(split_leave_last(whole, 2).train).front() == Row{"u", "b", 2, 5});
  CHECK(contains(message_of<InvalidData>([&] { (void)split_leave_last(whole, 3); }), "more than 3 items"));
  CHECK_THROWS_AS((void)split_leave_last(whole, 0), InvalidParameter);
  CHECK_THROWS_AS((void)split_leave_last(build({{"u", "a"}}), 1), InvalidData);
}

TEST_CASE("a random split keeps the events of a pair together") {
  const auto whole = build(random_rows(2));
  const auto split = split_random(whole, 0.3, 7);
  check_partition(whole, split);
  CHECK(static_cast<double>(split.test.size()) / static_cast<double>(whole.size()) ==
        doctest::Approx(0.3).epsilon(0.2));
  std::vector<Row> together = rows_of(split.train);
  const auto test = rows_of(split.test);
  together.insert(together.end(), test.begin(), test.end());
  CHECK(build(together) == whole);
}

TEST_CASE("whole users go to the test by user, with a history") {
  for (const bool timed : {false, true}) {
    const auto whole = timed ? build_timed(random_rows(3)) : build(random_rows(3));
    const auto split = split_by_user(whole, 0.25, 0.5, 11);
    check_partition(whole, split);
    const auto test_users = users_of(split.test);
    CHECK(test_users.size() == 10);
    CHECK(users_of(split.history) == test_users);
    for (const auto& user : users_of(split.train)) {
      CHECK_FALSE(test_users.contains(user));
    }
  }
}

TEST_CASE("with times the history is the earliest") {
  std::vector<Row> rows;
  for (const std::string user : {"u", "v", "w"}) {
    rows.insert(rows.end(), {{user, "a", 1, 4}, {user, "b", 1, 2}, {user, "c", 1, 3}, {user, "d", 1, 1}});
  }
  const auto split = split_by_user(build_timed(rows), 0.4, 0.5, 5);
  REQUIRE(split.history.size() == 2);
  const auto user = rows_of(split.history).front().user;
  CHECK(rows_of(split.history) == std::vector<Row>{{user, "b", 1, 2}, {user, "d", 1, 1}});
  CHECK(rows_of(split.test) == std::vector<Row>{{user, "a", 1, 4}, {user, "c", 1, 3}});
}

TEST_CASE("users with one item stay in train; history and test have at least one") {
  const auto whole = build({{"u", "a"}, {"v", "a"}, {"v", "b"}, {"w", "b"}, {"w", "c"}, {"x", "c"}});
  for (const double history : {0.01, 0.99}) {
    const auto split = split_by_user(whole, 0.5, history, 1);
    CHECK(split.test.size() == 1);
    CHECK(split.history.size() == 1);
    CHECK(split.train.size() == 4);
  }
  CHECK(contains(message_of<InvalidData>([] { (void)split_by_user(build({{"u", "a"}, {"v", "b"}}), 0.5, 0.5, 1); }),
                 "0 users with two or more items"));
  CHECK(contains(message_of<InvalidData>([] { (void)split_by_user(build({{"u", "a"}, {"u", "b"}}), 0.5, 0.5, 1); }),
                 "the training part would be empty"));
}

TEST_CASE("splits depend on data and seed, not on the order of the events") {
  auto rows = random_rows(4);
  const auto whole = build_timed(rows);
  std::reverse(rows.begin(), rows.end());
  const auto reversed = build_timed(rows);
  const auto same = [](const Split& a, const Split& b) {
    return a.train == b.train && a.test == b.test && a.history == b.history;
  };
  CHECK(same(split_by_time(whole, 0.2), split_by_time(reversed, 0.2)));
  CHECK(same(split_leave_last(whole, 2), split_leave_last(reversed, 2)));
  CHECK(same(split_random(whole, 0.2, 1), split_random(reversed, 0.2, 1)));
  CHECK(same(split_by_user(whole, 0.2, 0.5, 1), split_by_user(reversed, 0.2, 0.5, 1)));
  CHECK_FALSE(same(split_random(whole, 0.2, 1), split_random(whole, 0.2, 2)));
  CHECK_FALSE(same(split_by_user(whole, 0.2, 0.5, 1), split_by_user(whole, 0.2, 0.5, 2)));
}

TEST_CASE("a matrix with empty rows can be split") {
  SparseRows<UserIx, ItemIx> rows{
      .offsets = {0, 0, 2, 2, 4}, .indices = {ItemIx(1U), ItemIx(3U), ItemIx(1U), ItemIx(2U)}, .columns = 5};
  const auto split = split_by_user(Interactions::from_rows(rows), 0.5, 0.5, 1);
  CHECK(split.train.size() == 2);
  CHECK(split.train.users().kind() == IdKind::integer);
  CHECK(split.test.size() == 1);
}

TEST_CASE("new items: a drawn item keeps so many users and loses the others, all other items stay whole") {
  const auto all = recocore::test::random_interactions({.users = 60, .items = 40, .density = 0.3}, 4);
  const std::vector<std::uint32_t> left{0, 2};
  const auto [train, test, history] = recocore::split_new_items(all, 0.4, left, 9);
  CHECK(train.size() + test.size() == all.size());
  std::size_t drawn = 0;
  for (std::size_t item = 0; item < 40; ++item) {
    const auto users_of = [item](const recocore::Interactions& part) {
      const auto position = part.items().find(static_cast<std::int64_t>(item));
      return position ? part.by_item().row_size(recocore::ItemIx(*position)) : 0;
    };
    const std::size_t before = all.by_item().row_size(recocore::ItemIx(item));
    CHECK(users_of(train) + users_of(test) == before);
    if (users_of(test) > 0) {
      ++drawn;
      CHECK((users_of(train) == 0 || users_of(train) == 2));
    }
  }
  CHECK(drawn > 5);
  CHECK(drawn < 35);
  CHECK(recocore::split_new_items(all, 0.4, left, 9).train == train);
  CHECK_THROWS_AS(static_cast<void>(recocore::split_new_items(all, 0.4, {}, 9)), recocore::InvalidParameter);
  CHECK_THROWS_AS(static_cast<void>(recocore::split_new_items(all, 0.0, left, 9)), recocore::InvalidParameter);
}
