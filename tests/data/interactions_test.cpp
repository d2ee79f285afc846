#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/time.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/io/state.hpp>

#include "../support/events.hpp"

using namespace recocore;
using namespace recocore::test;

namespace {

constexpr std::int64_t day = 24 * 60 * 60 * microseconds_per_second;

Interactions build(const std::vector<Row>& rows, const InteractionsConfig& config = {}) {
  return Interactions::from_events(log_of(rows), config);
}
Interactions build_timed(const std::vector<Row>& rows, const InteractionsConfig& config = {}) {
  return Interactions::from_events(log_of(rows, with_times), config);
}

SparseRows<UserIx, ItemIx> matrix(std::vector<std::uint64_t> offsets, const std::vector<std::uint32_t>& columns,
                                  std::vector<float> values = {}, std::size_t column_count = 4) {
  SparseRows<UserIx, ItemIx> result{
      .offsets = std::move(offsets), .values = std::move(values), .columns = column_count};
  for (const auto column : columns) {
    result.indices.emplace_back(column);
  }
  return result;
}

}  // namespace

TEST_CASE("no interactions") {
  const Interactions none;
  CHECK(none.size() == 0);
  CHECK(none.users().size() == 0);
  CHECK(none.by_user().rows() == 0);
  CHECK(none.events().size() == 0);
  CHECK(Interactions::from_events({}) == none);
}

TEST_CASE("rows by user and by item") {
  const auto interactions = build({{"u2", "b", 2}, {"u1", "c", 3}, {"u2", "a", 4}});
  CHECK(rows_of(interactions) == std::vector<Row>{{"u1", "c", 3}, {"u2", "a", 4}, {"u2", "b", 2}});
  CHECK(interactions.by_item() == transpose(interactions.by_user()));
  CHECK(interactions.size() == 3);
  CHECK(interactions.times().empty());
}

TEST_CASE("duplicates are merged as asked") {
  const std::vector<Row> rows{{"u", "a", 5, 2}, {"u", "a", 3, 9}, {"u", "a", 4, 1}, {"u", "b", 1, 4}};
  const auto weight = [&rows](Duplicates duplicates) {
    return rows_of(build_timed(rows, {.duplicates = duplicates})).front();
  };
  CHECK(weight(Duplicates::sum) == Row{"u", "a", 12, 9});
  CHECK(weight(Duplicates::max) == Row{"u", "a", 5, 9});
  CHECK(weight(Duplicates::last) == Row{"u", "a", 3, 9});
  CHECK(weight(Duplicates::binary) == Row{"u", "a", 1, 9});
  CHECK(build(rows, {.duplicates = Duplicates::binary}).by_user().is_binary());
  CHECK(build_timed(rows).report().duplicate_events == 2);
}

TEST_CASE("without times the last event is the one that came last") {
  const std::vector<Row> rows{{"u", "a", 5}, {"v", "a", 1}, {"u", "a", 9}, {"u", "a", 3}};
  CHECK(rows_of(build(rows, {.duplicates = Duplicates::last})).front() == Row{"u", "a", 3});
}

TEST_CASE("of several last events at one time the largest weight counts") {
  for (const auto& rows : {std::vector<Row>{{"u", "a", 5, 2}, {"u", "a", 7, 2}, {"u", "a", 8, 1}},
                           std::vector<Row>{{"u", "a", 8, 1}, {"u", "a", 7, 2}, {"u", "a", 5, 2}}}) {
    CHECK(rows_of(build_timed(rows, {.duplicates = Duplicates::last})).front() == Row{"u", "a", 7, 2});
  }
}

TEST_CASE("the sum does not depend on the order of the events") {
  // In float, and in double from left to right, these orders give different sums.
  const std::vector<float> weights{1e8F, 1e-3F, -1e8F, 3e-9F, 7e-4F};
  std::vector<Row> rows;
  for (const float weight : weights) {
    rows.push_back({"u", "a", weight, 0});
  }
  const auto forward = build(rows);
  std::reverse(rows.begin(), rows.end());
  CHECK(build(rows) == forward);
}

TEST_CASE("all weights of one leave no values") {
  CHECK(build({{"u", "a", 0.5}, {"u", "a", 0.5}, {"v", "a"}}).by_user().is_binary());
  CHECK_FALSE(build({{"u", "a"}, {"u", "a"}}).by_user().is_binary());
}

TEST_CASE("negative weights are kept, zero weights are not") {
  const auto interactions = build({{"u", "a", -2}, {"u", "b", 0}, {"u", "c", 1}, {"u", "c", -1}, {"v", "b", 0}});
  CHECK(rows_of(interactions) == std::vector<Row>{{"u", "a", -2}});
  const auto& report = interactions.report();
  CHECK(report.faded_events == 4);
  CHECK(report.rare_users == 1);
  CHECK(report.rare_items == 2);
  CHECK(report.interactions == 1);
}

TEST_CASE("a pair of nothing but zero weights is none, also when binary") {
  const auto interactions = build({{"u", "a", 0}, {"u", "b", 0}, {"u", "b", -3}}, {.duplicates = Duplicates::binary});
  CHECK(rows_of(interactions) == std::vector<Row>{{"u", "b", 1}});
}

TEST_CASE("weights decay by half each half-life") {
  const InteractionsConfig config{.half_life_seconds = 86'400.0};
  const auto interactions = build_timed({{"u", "a", 8, 0}, {"u", "b", 8, day}, {"u", "c", 8, 3 * day}}, config);
  CHECK(rows_of(interactions) == std::vector<Row>{{"u", "a", 1, 0}, {"u", "b", 2, day}, {"u", "c", 8, 3 * day}});
}

TEST_CASE("events after the reference time count in full, not more") {
  const InteractionsConfig config{.half_life_seconds = 86'400.0, .reference_time = day};
  const auto interactions = build_timed({{"u", "a", 8, 0}, {"u", "b", 8, 2 * day}}, config);
  CHECK(rows_of(interactions) == std::vector<Row>{{"u", "a", 4, 0}, {"u", "b", 8, 2 * day}});
}

TEST_CASE("decay comes before the duplicates") {
  InteractionsConfig config{.half_life_seconds = 86'400.0, .duplicates = Duplicates::max};
  const std::vector<Row> rows{{"u", "a", 6, 0}, {"u", "a", 4, day}};
  CHECK(rows_of(build_timed(rows, config)).front().weight == 4.0F);
  config.duplicates = Duplicates::sum;
  CHECK(rows_of(build_timed(rows, config)).front().weight == 7.0F);
}

TEST_CASE("what has faded to nothing is dropped") {
  const auto interactions =
      build_timed({{"u", "a", 1, 0}, {"u", "a", 1, 1}, {"v", "b", 1, 1000 * day}}, {.half_life_seconds = 60.0});
  CHECK(interactions.size() == 1);
  CHECK(interactions.report().faded_events == 2);
  CHECK(interactions.users().size() == 1);
}

TEST_CASE("the cap keeps the latest events; ties by item, then by weight") {
  const std::vector<Row> rows{{"u", "a", 1, 1}, {"u", "c", 2, 5}, {"u", "b", 3, 5},
                              {"u", "b", 4, 5}, {"u", "d", 5, 7}, {"v", "d", 1, 0}};
  const auto capped = [&rows](std::uint64_t cap) { return build_timed(rows, {.max_events_per_user = cap}); };
  CHECK(rows_of(capped(1)) == std::vector<Row>{{"u", "d", 5, 7}, {"v", "d", 1, 0}});
  CHECK(rows_of(capped(2)) == std::vector<Row>{{"u", "b", 4, 5}, {"u", "d", 5, 7}, {"v", "d", 1, 0}});
  CHECK(rows_of(capped(3)) == std::vector<Row>{{"u", "b", 7, 5}, {"u", "d", 5, 7}, {"v", "d", 1, 0}});
  CHECK(capped(3).report().capped_users == 1);
  CHECK(capped(3).report().over_cap_events == 2);
  CHECK(capped(5).report().capped_users == 0);
}

TEST_CASE("without times the cap keeps the smallest items, larger weights first") {
  const std::vector<Row> rows{{"u", "c", 9}, {"u", "b", 1}, {"u", "b", 2}, {"u", "a", 1}};
  CHECK(rows_of(build(rows, {.max_events_per_user = 2})) == std::vector<Row>{{"u", "a", 1}, {"u", "b", 2}});
}

TEST_CASE("minimum support is repeated until all that is left has it") {
  // u3 goes, then c has one user and goes, then u2 has one item and goes.
  const std::vector<Row> rows{{"u0", "a"}, {"u0", "b"}, {"u1", "a"}, {"u1", "b"},
                              {"u2", "a"}, {"u2", "c"}, {"u3", "c"}};
  const auto interactions = build(rows, {.min_items_per_user = 2, .min_users_per_item = 2});
  CHECK(rows_of(interactions) == std::vector<Row>{{"u0", "a"}, {"u0", "b"}, {"u1", "a"}, {"u1", "b"}});
  CHECK(interactions.items().size() == 2);
  const auto& report = interactions.report();
  CHECK(report.rare_users == 2);
  CHECK(report.rare_items == 1);
  CHECK(report.rare_events == 3);
  CHECK(report.interactions == 4);
}

TEST_CASE("support counts items, not events") {
  const auto interactions = build({{"u", "a"}, {"u", "a"}, {"v", "a"}, {"v", "b"}}, {.min_items_per_user = 2});
  CHECK(rows_of(interactions) == std::vector<Row>{{"v", "a"}, {"v", "b"}});
}

TEST_CASE("support may leave nothing") {
  const auto interactions = build({{"u", "a"}}, {.min_items_per_user = 2});
  CHECK(interactions == Interactions());
  CHECK(interactions.report().rare_users == 1);
}

TEST_CASE("the events are those that were given") {
  const auto log = log_of({{"u", "a", 1, 1}, {"u", "a", 2, 3}, {"v", "b", 0, 5}}, with_times);
  CHECK(Interactions::from_events(log).events() == log);
  CHECK(Interactions::from_events(log, {.duplicates = Duplicates::binary}).events() == log);
  CHECK(Interactions::from_events(log, {.max_events_per_user = 1}).events() == log);
}

TEST_CASE("events that say the same as the rows come in the order of the rows") {
  const auto unordered = log_of({{"v", "b", 2, 3}, {"u", "a", 1, 1}, {"v", "a", 1, 2}}, with_times);
  const auto ordered = log_of({{"u", "a", 1, 1}, {"v", "a", 1, 2}, {"v", "b", 2, 3}}, with_times);
  const auto interactions = Interactions::from_events(unordered);
  CHECK(interactions.events() == ordered);
  CHECK(Interactions::from_events(interactions.events()) == interactions);
}

TEST_CASE("decayed and binary weights can be built anew from the events") {
  const auto log = log_of({{"u", "a", 2, 0}, {"v", "b", 3, day}}, with_times);
  CHECK(Interactions::from_events(log, {.half_life_seconds = 60.0}).events() == log);
  CHECK(Interactions::from_events(log, {.duplicates = Duplicates::binary}).events() == log);
}

TEST_CASE("a configuration without sense is refused") {
  const auto message = [](const InteractionsConfig& config) {
    return message_of<InvalidParameter>([&config] { config.validate(); });
  };
  CHECK(message({}).empty());
  CHECK(contains(message({.max_events_per_user = 0}), "max_events_per_user"));
  CHECK(contains(message({.min_items_per_user = 0}), "min_items_per_user"));
  CHECK(contains(message({.min_users_per_item = 0}), "min_users_per_item"));
  CHECK(contains(message({.half_life_seconds = 0.0}), "half-life is 0"));
  CHECK(contains(message({.half_life_seconds = std::nan("")}), "half-life"));
  CHECK(contains(message({.half_life_seconds = 1.0, .duplicates = Duplicates::binary}), "binary"));
  CHECK(contains(message_of<InvalidParameter>([] { build({{"u", "a"}}, {.half_life_seconds = 1.0}); }), "no times"));
}

TEST_CASE("a sum that no float holds names user and item") {
  const auto message = message_of<InvalidData>([] { build({{"u", "a", 3e38F}, {"u", "a", 3e38F}}); });
  CHECK(contains(message, "user 'u' and item 'a'"));
}

TEST_CASE("a log that is not whole is refused") {
  const auto refused = [](const auto& spoil) {
    auto log = log_of({{"u", "a", 2, 1}, {"v", "b", 3, 2}}, with_times);
    spoil(log);
    return message_of<InvalidData>([&log] { (void)Interactions::from_events(log); });
  };
  CHECK(contains(refused([](EventLog& log) { log.item.pop_back(); }), "2 users, 1 items"));
  CHECK(contains(refused([](EventLog& log) { log.time.pop_back(); }), "1 times"));
  CHECK(contains(refused([](EventLog& log) { log.item[1] = ItemIx(2U); }), "event 1 has user position 1"));
  CHECK(contains(refused([](EventLog& log) { log.user[0] = UserIx(9U); }), "event 0 has user position 9"));
  CHECK(contains(refused([](EventLog& log) { log.weight[1] = NAN; }), "event 1 has the weight nan"));
}

TEST_CASE("a matrix that is in order is taken over as it is") {
  auto rows = matrix({0, 2, 2, 3}, {0, 3, 1}, {2.0F, -1.0F, 1.0F});
  const auto copy = rows;
  const auto* indices = rows.indices.data();
  const auto* values = rows.values.data();
  const auto interactions = Interactions::from_rows(std::move(rows));
  CHECK(interactions.by_user() == copy);
  CHECK(interactions.by_user().indices.data() == indices);
  CHECK(interactions.by_user().values.data() == values);
  CHECK(interactions.by_item() == transpose(copy));
  // Row 1 and column 2 are empty and stay.
  CHECK(interactions.users() == IdMap::range(3));
  CHECK(interactions.items() == IdMap::range(4));
  CHECK(interactions.report() == InteractionsReport{.events = 3, .users_read = 3, .items_read = 4, .interactions = 3});
}

TEST_CASE("a matrix of ones is binary") {
  CHECK(Interactions::from_rows(matrix({0, 2}, {0, 1}, {1.0F, 1.0F})).by_user().is_binary());
  const auto binary = Interactions::from_rows(matrix({0, 2}, {0, 1}, {5.0F, 1.0F}), {.duplicates = Duplicates::binary});
  CHECK(binary.by_user().is_binary());
  CHECK(binary.events().weight == std::vector{5.0F, 1.0F});
}

TEST_CASE("a matrix is put in order") {
  const auto interactions =
      Interactions::from_rows(matrix({0, 3, 3, 5}, {3, 0, 3, 1, 2}, {2.0F, 1.0F, 4.0F, 0.0F, 1.0F}));
  CHECK(interactions.by_user() == matrix({0, 2, 2, 3}, {0, 3, 2}, {1.0F, 6.0F, 1.0F}));
  CHECK(interactions.users() == IdMap::range(3));
  CHECK(interactions.items() == IdMap::range(4));
  CHECK(
      interactions.report() ==
      InteractionsReport{
          .events = 5, .users_read = 3, .items_read = 4, .faded_events = 1, .duplicate_events = 1, .interactions = 3});
}

TEST_CASE("minimum support of a matrix leaves the numbers of rows and columns") {
  const auto interactions = Interactions::from_rows(matrix({0, 1, 3, 3, 5}, {3, 0, 3, 0, 3}),
                                                    {.min_items_per_user = 2, .min_users_per_item = 2});
  CHECK(interactions.users() == IdMap::from_sorted(std::vector<std::int64_t>{1, 3}));
  CHECK(interactions.items() == IdMap::from_sorted(std::vector<std::int64_t>{0, 3}));
  CHECK(interactions.by_user() == matrix({0, 2, 4}, {0, 1, 0, 1}, {}, 2));
  CHECK(interactions.report().rare_users == 2);
  CHECK(interactions.report().rare_items == 2);
  CHECK(interactions.report().rare_events == 1);
}

TEST_CASE("a cap holds for a matrix too") {
  const auto interactions = Interactions::from_rows(matrix({0, 3}, {0, 1, 2}), {.max_events_per_user = 2});
  CHECK(interactions.by_user() == matrix({0, 2}, {0, 1}));
  CHECK(interactions.report().over_cap_events == 1);
}

TEST_CASE("a matrix that makes no sense is refused with its place") {
  const auto message = [](const SparseRows<UserIx, ItemIx>& rows) {
    return message_of<InvalidData>([&rows] { (void)Interactions::from_rows(rows); });
  };
  CHECK(contains(message(matrix({}, {})), "offsets of the rows"));
  CHECK(contains(message(matrix({1, 1}, {0})), "offsets of the rows"));
  CHECK(contains(message(matrix({0, 2}, {0})), "offsets of the rows"));
  CHECK(contains(message(matrix({0, 2, 1, 2}, {0, 1})), "row 1 ends at 1"));
  CHECK(contains(message(matrix({0, 9, 2}, {0, 1})), "row 1 ends at 2"));
  CHECK(contains(message(matrix({0, 1, 3}, {0, 1, 4})), "row 1, entry 1: the column is 4"));
  CHECK(contains(message(matrix({0, 1, 2}, {0, 1}, {1.0F, NAN})), "row 1, entry 0: the value is nan"));
  CHECK(contains(message(matrix({0, 2}, {0, 1}, {1.0F})), "2 entries but 1 values"));
  CHECK(message_of<CapacityExceeded>([] {
          (void)Interactions::from_rows(matrix({0}, {}, {}, std::size_t{1} << 31U));
        }).size() > 0);
  CHECK_THROWS_AS((void)Interactions::from_rows(matrix({0, 1}, {0}), {.half_life_seconds = 1.0}), InvalidParameter);
}

TEST_CASE("the report in words mentions what happened") {
  CHECK(to_text({.events = 1'234'567, .users_read = 1, .items_read = 20, .interactions = 1'234'567}) ==
        "read 1,234,567 events of 1 user with 20 items\n"
        "left: 1,234,567 interactions\n");
  const auto text = to_text({.events = 20,
                             .users_read = 4,
                             .items_read = 4,
                             .capped_users = 1,
                             .rare_users = 2,
                             .rare_items = 1,
                             .over_cap_events = 5,
                             .faded_events = 1,
                             .duplicate_events = 3,
                             .rare_events = 4,
                             .interactions = 7});
  CHECK(text ==
        "read 20 events of 4 users with 4 items\n"
        "dropped 5 events of 1 user with more events than the cap\n"
        "dropped 1 event of pairs whose weight is zero\n"
        "merged 3 events into another of the same user and item\n"
        "dropped 2 users and 1 item with too little support or nothing left, and their 4 interactions\n"
        "left: 7 interactions\n");
}

TEST_CASE("a stop is noticed while interactions are made") {
  std::stop_source stop;
  stop.request_stop();
  const RunOptions stopped{.stop = stop.get_token()};
  const auto log = log_of({{"ann", "tea"}, {"bob", "pot"}});
  CHECK_THROWS_AS((void)Interactions::from_events(log, {}, stopped), Cancelled);
  CHECK_THROWS_AS((void)Interactions::from_rows(matrix({0, 1}, {0}), {}, stopped), Cancelled);
  CHECK_NOTHROW((void)Interactions::from_events(log, {}, {}));
}

TEST_CASE("kept events do not remember the order they came in") {
  const std::vector<test::Row> rows{{"b", "y", 2.0F, 5}, {"a", "x", 1.0F, 9}, {"b", "y", 3.0F, 1}, {"b", "x", 1.0F, 7}};
  const std::vector<test::Row> reversed(rows.rbegin(), rows.rend());
  for (const auto duplicates : {Duplicates::sum, Duplicates::max, Duplicates::last, Duplicates::binary}) {
    const InteractionsConfig config{.duplicates = duplicates};
    const auto one = Interactions::from_events(log_of(rows, with_times), config);
    const auto other = Interactions::from_events(log_of(reversed, with_times), config);
    CHECK(one == other);
    CHECK(one.events() == other.events());
    CHECK(one.events().size() == rows.size());
  }
}

TEST_CASE("extended interactions: the same rows among more users and items, whose state comes back") {
  const auto few =
      recocore::Interactions::from_events(recocore::test::log_of({{"b", "y", 2.0F, 5}, {"d", "x", 1.0F, 7}}, true));
  const auto users = recocore::IdMap::from_sorted({0, 1, 2, 3, 4}, "abcd");
  const auto items = recocore::IdMap::from_sorted({0, 1, 2, 3}, "wxy");
  const auto more = few.extended(users, items);
  CHECK(more.users() == users);
  CHECK(more.items() == items);
  CHECK(more.size() == 2);
  CHECK(more.by_user().row(recocore::UserIx(1U))[0] == recocore::ItemIx(2U));
  CHECK(more.by_user().row_size(recocore::UserIx(0U)) == 0);
  CHECK(more.by_item().row(recocore::ItemIx(1U))[0] == recocore::UserIx(3U));
  CHECK(more.times()[0] == 5);
  CHECK(more.events().size() == 2);
  CHECK(few.extended(few.users(), few.items()) == few);
  CHECK_THROWS_AS(static_cast<void>(few.extended(recocore::IdMap::from_sorted({0, 1}, "b"), items)),
                  recocore::InvalidData);
  CHECK(recocore::interactions_from_bytes(recocore::to_bytes(more)) == more);
  // Ids that could be the numbers of a matrix, and events that were merged.
  const std::vector<std::int64_t> who{0, 0, 1};
  const std::vector<std::int64_t> what{0, 0, 1};
  recocore::EventLogBuilder builder;
  builder.add({.user = std::span<const std::int64_t>(who), .item = std::span<const std::int64_t>(what)});
  const auto numbered = recocore::Interactions::from_events(builder.finish())
                            .extended(recocore::IdMap::range(4), recocore::IdMap::range(3));
  CHECK(recocore::interactions_from_bytes(recocore::to_bytes(numbered)) == numbered);
}
