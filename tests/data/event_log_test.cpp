#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/time.hpp>
#include <recocore/data/event_log.hpp>

#include "../support/events.hpp"

using namespace recocore;
using namespace recocore::test;
using namespace std::string_view_literals;

namespace {

using Texts = std::vector<std::string_view>;
using Integers = std::vector<std::int64_t>;
using Doubles = std::vector<double>;

template <class Users, class Items>
EventBatch batch_of(const Users& users, const Items& items) {
  return {.user = std::span(users), .item = std::span(items)};
}

}  // namespace

TEST_CASE("events become positions in the order of the ids") {
  const Texts users{"u2", "u1", "u2"};
  const Integers items{30, 10, 20};
  EventLogBuilder builder;
  builder.add(batch_of(users, items));
  CHECK(builder.size() == 3);
  const auto log = builder.finish();
  CHECK(log.user == std::vector{UserIx(1U), UserIx(0U), UserIx(1U)});
  CHECK(log.item == std::vector{ItemIx(2U), ItemIx(0U), ItemIx(1U)});
  CHECK(std::get<std::string_view>(log.users.at(0)) == "u1");
  CHECK(std::get<std::int64_t>(log.items.at(2)) == 30);
  CHECK(log.weight.empty());
  CHECK(log.time.empty());
  CHECK(builder.size() == 0);
  CHECK(builder.finish().size() == 0);
}

TEST_CASE("blocks add up to the same log as one") {
  const Texts users{"u2", "u1", "u2", "u3"};
  const Texts items{"a", "b", "c", "a"};
  const std::vector<float> weights{1, 1, 2, 1};
  const Integers times{4, 3, 2, 1};
  EventLogBuilder whole;
  whole.add({std::span(users), std::span(items), std::span(weights), {}, times});
  EventLogBuilder parts;
  for (const auto& [begin, count] : {std::pair{0U, 2U}, std::pair{2U, 0U}, std::pair{2U, 2U}}) {
    parts.add({std::span(users).subspan(begin, count),
               std::span(items).subspan(begin, count),
               std::span(weights).subspan(begin, count),
               {},
               std::span(times).subspan(begin, count)});
  }
  const auto log = whole.finish();
  CHECK(log == parts.finish());
  CHECK(log.weight == weights);
  CHECK(log.time == times);
}

TEST_CASE("weights of one are not stored") {
  const Texts ids{"a", "b"};
  const Doubles ones{1.0, 1.0};
  EventLogBuilder builder;
  builder.add({std::span(ids), std::span(ids), std::span(ones)});
  const auto log = builder.finish();
  CHECK(log.weight.empty());
  CHECK(log.weight_at(1) == 1.0F);
}

TEST_CASE("a first weight that is not one comes after many that are") {
  const Integers ids(5000, 7);
  Doubles weights(5000, 1.0);
  weights[4321] = 0.5;
  EventLogBuilder builder;
  builder.add({std::span(ids), std::span(ids), std::span(weights)});
  const auto log = builder.finish();
  REQUIRE(log.weight.size() == 5000);
  CHECK(log.weight_at(4320) == 1.0F);
  CHECK(log.weight_at(4321) == 0.5F);
}

TEST_CASE("event types have weights, times the weight column") {
  const Texts ids{"a", "b", "c"};
  const Texts events{"view", "purchase", "view"};
  const Doubles weights{2.0, 3.0, 1.0};
  EventLogBuilder builder({{"view", 1.0}, {"purchase", 8.0}});
  builder.add({std::span(ids), std::span(ids), std::span(weights), std::span(events)});
  CHECK(builder.finish().weight == std::vector{2.0F, 24.0F, 1.0F});

  // The event weights stay for the next log.
  builder.add({std::span(ids), std::span(ids), {}, std::span(events)});
  CHECK(builder.finish().weight == std::vector{1.0F, 8.0F, 1.0F});
}

TEST_CASE("integer event types are looked up by their decimal text") {
  const Texts ids{"a", "b"};
  const Integers events{-1, 25};
  EventLogBuilder builder({{"-1", 0.5}, {"25", 3.0}});
  builder.add({std::span(ids), std::span(ids), {}, std::span(events)});
  CHECK(builder.finish().weight == std::vector{0.5F, 3.0F});
}

TEST_CASE("errors name the row over all blocks") {
  const Texts ids{"a", "b"};
  const Doubles good{1.0, 2.0};
  EventLogBuilder builder({{"view", 1.0}, {"cart", 3e38}});
  const Texts views{"view", "view"};
  builder.add({std::span(ids), std::span(ids), std::span(good), std::span(views)});

  const auto add = [&](const Doubles& weights, const Texts& events) {
    return message_of<InvalidData>(
        [&] { builder.add({std::span(ids), std::span(ids), std::span(weights), std::span(events)}); });
  };
  CHECK(add({1.0, std::nan("")}, views) == "row 3: the weight is nan; weights must be finite numbers");
  CHECK(add({std::numeric_limits<double>::infinity(), 1.0}, views) ==
        "row 2: the weight is inf; weights must be finite numbers");
  CHECK(add(good, {"view", "veiw"}) ==
        "row 3: the event type 'veiw' has no weight; known event types are 'cart', 'view'");
  CHECK(contains(add(good, {"view", "cart"}), "row 3: the weight 6e+38"));
  CHECK(builder.size() == 2);
}

TEST_CASE("columns of different lengths are refused") {
  const Texts two{"a", "b"};
  const Texts one{"a"};
  const Doubles weight{1.0};
  const Integers time{1};
  EventLogBuilder builder({{"a", 1.0}});
  const auto message = [&](const EventBatch& batch) { return message_of<InvalidData>([&] { builder.add(batch); }); };
  CHECK(contains(message({std::span(two), std::span(one)}), "the item column has 1"));
  CHECK(contains(message({std::span(two), std::span(two), std::span(weight)}), "the weight column has 1"));
  CHECK(contains(message({std::span(two), std::span(two), {}, std::span(one)}), "the event column has 1"));
  CHECK(contains(message({std::span(two), std::span(two), {}, std::span(two), time}), "the time column has 1"));
}

TEST_CASE("blocks with other columns than before are refused") {
  const Texts ids{"a"};
  const Doubles weight{2.0};
  const Integers time{1};
  EventLogBuilder builder;
  builder.add({std::span(ids), std::span(ids), {}, {}, time});
  CHECK(message_of<InvalidData>([&] { builder.add(batch_of(ids, ids)); }) ==
        "this block of events has no time column, the blocks before it had one; all blocks must have the same "
        "columns");
  CHECK(contains(
      message_of<InvalidData>([&] { builder.add({std::span(ids), std::span(ids), std::span(weight), {}, time}); }),
      "has a weight column"));
}

TEST_CASE("event types and event weights belong together") {
  const Texts ids{"a"};
  EventLogBuilder without;
  CHECK_THROWS_AS(without.add({std::span(ids), std::span(ids), {}, std::span(ids)}), InvalidParameter);
  EventLogBuilder with({{"view", 1.0}});
  CHECK_THROWS_AS(with.add(batch_of(ids, ids)), InvalidParameter);
  CHECK(contains(message_of<InvalidParameter>([] { EventLogBuilder({{"view", std::nan("")}}); }), "'view'"));
}

TEST_CASE("after an error the builder is as before the block") {
  const Texts users{"u1", "u2"};
  const Texts items{"i1", "i2"};
  const Texts more_users{"u0", "u9"};
  const Integers integer_items{1, 2};
  const Doubles ones{1.0, 1.0};
  const Doubles bad{5.0, std::nan("")};

  EventLogBuilder builder;
  builder.add({std::span(users), std::span(items), std::span(ones)});
  CHECK_THROWS_AS(builder.add({std::span(more_users), std::span(items), std::span(bad)}), InvalidData);
  // The users of this block are entered before its items turn out to be of the wrong kind.
  CHECK(message_of<IdTypeError>([&] {
          builder.add({std::span(more_users), std::span(integer_items), std::span(ones)});
        }) == "the item ids mix integers and text: 'i1' and 1; make all of them one or the other");
  builder.add({std::span(users), std::span(items), std::span(ones)});

  EventLogBuilder untouched;
  untouched.add({std::span(users), std::span(items), std::span(ones)});
  untouched.add({std::span(users), std::span(items), std::span(ones)});
  CHECK(builder.finish() == untouched.finish());
}

TEST_CASE("an error in the first block leaves an empty builder") {
  const Texts texts{"a"};
  const Integers integers{1};
  const Doubles bad{std::nan("")};
  EventLogBuilder builder;
  CHECK_THROWS_AS(builder.add({std::span(texts), std::span(texts), std::span(bad)}), InvalidData);
  CHECK(builder.size() == 0);
  builder.add(batch_of(integers, integers));
  CHECK(builder.finish().users.kind() == IdKind::integer);
}

TEST_CASE("an id of one megabyte is an id") {
  const std::string huge(1 << 20, 'x');
  const Texts users{huge, "u"};
  const Texts items{"i", "i"};
  EventLogBuilder builder;
  builder.add(batch_of(users, items));
  const auto log = builder.finish();
  CHECK(log.users.find(huge) == 1U);

  const Integers integers{1, 2};
  builder.add(batch_of(users, items));
  const auto message = message_of<IdTypeError>([&] { builder.add(batch_of(integers, items)); });
  CHECK(contains(message, "1048576 bytes"));
  CHECK(message.size() < 300);
}

TEST_CASE("selected events keep only the ids that occur") {
  const auto log = log_of({{"u1", "a", 1, 5}, {"u2", "b", 2, 6}, {"u3", "c", 1, 7}, {"u1", "c", 1, 8}}, with_times);
  const auto kept = select_events(log, std::vector<std::uint8_t>{1, 0, 0, 1});
  CHECK(kept == log_of({{"u1", "a", 1, 5}, {"u1", "c", 1, 8}}, with_times));
  CHECK(kept.weight.empty());
  CHECK(select_events(log, std::vector<std::uint8_t>{1, 1, 1, 1}) == log);
  CHECK(select_events(log, std::vector<std::uint8_t>{0, 0, 0, 0}).users.size() == 0);
  CHECK_THROWS_AS((void)select_events(log, std::vector<std::uint8_t>{1}), InvalidParameter);
}

TEST_CASE("selecting integer ids keeps them integers") {
  const Integers users{100, 200, 300};
  EventLogBuilder builder;
  builder.add(batch_of(users, users));
  const auto kept = select_events(builder.finish(), std::vector<std::uint8_t>{0, 1, 1});
  CHECK(kept.users == IdMap::from_sorted(Integers{200, 300}));
  CHECK(kept.item == std::vector{ItemIx(0U), ItemIx(1U)});
}

TEST_CASE("milliseconds taken for seconds are noticed") {
  const std::vector<std::int64_t> ids{1, 2};
  const std::vector<std::int64_t> times{0, 1'600'000'000'000 * microseconds_per_second};
  EventLogBuilder builder;
  CHECK_THROWS_WITH_AS(
      builder.add(
          {.user = std::span<const std::int64_t>(ids), .item = std::span<const std::int64_t>(ids), .time = times}),
      doctest::Contains("row 1: the time is 1600000000000 seconds from 1970"), InvalidData);
  CHECK(builder.size() == 0);
}
