#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/data/event_changes.hpp>

#include "../support/events.hpp"

namespace recocore::test {
namespace {

std::vector<Row> rows_in(const EventLog& log) {
  std::vector<Row> rows;
  for (std::size_t event = 0; event < log.size(); ++event) {
    rows.push_back({std::string(std::get<std::string_view>(log.users.at(log.user[event].value))),
                    std::string(std::get<std::string_view>(log.items.at(log.item[event].value))), log.weight_at(event),
                    log.time.empty() ? 0 : log.time[event]});
  }
  return rows;
}

std::vector<Row> random_rows(std::size_t count, bool weights, Random& random) {
  std::vector<Row> rows;
  for (std::size_t row = 0; row < count; ++row) {
    rows.push_back({"u" + std::to_string(random.below(4)), "i" + std::to_string(random.below(4)),
                    weights ? static_cast<float>(random.below(3)) : 1.0F, static_cast<std::int64_t>(random.below(3))});
  }
  return rows;
}

}  // namespace

TEST_CASE("a changed log is that of the changed table, in its order") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    auto table = random_rows(1 + random.below(15), random.below(2) == 0, random);
    const auto log = log_of(table, with_times);
    std::vector<Row> gone;
    while (table.size() > 1 && random.below(3) != 0) {
      gone.push_back(table[random.below(table.size())]);
      table.erase(std::find(table.begin(), table.end(), gone.back()));
    }
    const auto more = random_rows(random.below(4), random.below(2) == 0, random);
    table.insert(table.end(), more.begin(), more.end());
    const auto none = EventLog();
    const auto changed = change_events(log, gone.empty() ? none : log_of(gone, with_times),
                                       more.empty() ? none : log_of(more, with_times));
    CHECK(rows_in(changed) == table);
    CHECK(changed == log_of(table, with_times));

    auto digest = EventsDigest();
    digest.add(log);
    digest.remove(gone.empty() ? none : log_of(gone, with_times));
    digest.add(more.empty() ? none : log_of(more, with_times));
    CHECK(digest.text() == events_digest(changed));
  }
}

TEST_CASE("an event that is not there is named, also when it was there less often") {
  const auto log = log_of({{"ann", "tea", 1.0F, 5}, {"ann", "tea", 1.0F, 5}, {"bob", "pot", 2.0F, 6}}, with_times);
  const auto message = [&log](const std::vector<Row>& gone) {
    return message_of<InvalidData>([&] { static_cast<void>(change_events(log, log_of(gone, with_times), {})); });
  };
  CHECK(contains(message({{"ann", "tea", 1.0F, 5}, {"bob", "pot", 1.0F, 6}}), "event 1 of those to be removed"));
  CHECK(contains(message({{"bob", "pot", 2.0F, 7}}), "event 0 of those to be removed is not there: user 'bob'"));
  CHECK(contains(message({{"ann", "tea", 1.0F, 5}, {"ann", "tea", 1.0F, 5}, {"ann", "tea", 1.0F, 5}}), "event 2"));
  CHECK(contains(message({{"eve", "tea", 1.0F, 5}}), "there is no such user"));
  CHECK(message({{"ann", "tea", 1.0F, 5}, {"ann", "tea", 1.0F, 5}}).empty());
  CHECK(contains(message_of<InvalidData>([&] { static_cast<void>(change_events(log, {}, log_of({{"a", "b"}}))); }),
                 "must have some"));
  const std::vector<std::int64_t> number{1};
  EventLogBuilder builder;
  builder.add({.user = std::span<const std::int64_t>(number), .item = std::span<const std::int64_t>(number)});
  CHECK_THROWS_AS(static_cast<void>(change_events(log_of({{"a", "b"}}), {}, builder.finish())), IdTypeError);
}

TEST_CASE("events of one user, and of the past") {
  const auto log = log_of({{"ann", "tea", 1.0F, 5}, {"bob", "pot", 2.0F, 6}, {"ann", "pot", 1.0F, 7}}, with_times);
  CHECK(events_of(log, std::string_view("ann")) ==
        log_of({{"ann", "tea", 1.0F, 5}, {"ann", "pot", 1.0F, 7}}, with_times));
  CHECK(events_of(log, std::string_view("eve")).size() == 0);
  CHECK_THROWS_AS(static_cast<void>(events_of(log, std::int64_t{1})), IdTypeError);
  CHECK(events_before(log, 6) == log_of({{"ann", "tea", 1.0F, 5}}, with_times));
  CHECK(events_before(log, 5).size() == 0);
  CHECK_THROWS_AS(static_cast<void>(events_before(log_of({{"a", "b"}}), 5)), InvalidData);
}

}  // namespace recocore::test
