#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#if defined(__linux__)
#include <sys/wait.h>
#include <unistd.h>
#endif

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/io/model_file.hpp>
#include <recocore/live/live_model.hpp>
#include <recocore/models/content_knn.hpp>
#include <recocore/models/item_knn.hpp>
#include <recocore/models/popularity.hpp>
#include <recocore/models/user_knn.hpp>

#include "../support/events.hpp"

namespace recocore::test {
namespace {

const RunOptions one_thread{.threads = 1};

/// Users with items next to each other.
std::vector<Row> shop(std::size_t users, std::size_t items) {
  std::vector<Row> rows;
  for (std::size_t user = 0; user < users; ++user) {
    for (std::size_t place = 0; place < 5; ++place) {
      rows.push_back({.user = "u" + std::to_string(user), .item = "i" + std::to_string((user * 3 + place) % items)});
    }
  }
  return rows;
}

Interactions interactions_of(const std::vector<Row>& rows) {
  return Interactions::from_events(log_of(rows), {.duplicates = Duplicates::binary});
}

AnyModel knn_of(const std::vector<Row>& rows) { return ItemKnn::fit(interactions_of(rows), {.k = 10}, one_thread); }

std::vector<Recommendation> list_of(const LiveModel::View& view, std::string_view user, Scratch& scratch) {
  std::vector<Recommendation> list;
  view.recommend_user(user, {.n = 5}, scratch, list);
  return list;
}

std::vector<std::string> ids_of(const LiveModel& live, const ListOptions& options = {}) {
  Scratch scratch;
  std::vector<Recommendation> list;
  const auto view = live.view();
  view.recommend_user(std::string_view("u1"), options, scratch, list);
  std::vector<std::string> ids;
  for (const auto& entry : list) {
    ids.push_back(to_display(view.items().at(entry.item.value)));
  }
  return ids;
}

std::uint64_t campaign(std::uint64_t count) {
  const char* factor = std::getenv("RECOCORE_CAMPAIGN");
  return factor == nullptr ? count : count * static_cast<std::uint64_t>(std::max(1, std::atoi(factor)));
}

using Texts = std::vector<std::string_view>;

IdColumn column(const Texts& texts) { return std::span<const std::string_view>(texts); }

}  // namespace

TEST_CASE("a view is of one version, whatever happens meanwhile") {
  LiveModel live(knn_of(shop(30, 12)));
  Scratch scratch;
  const auto before = live.view();
  const auto list = list_of(before, "u1", scratch);
  CHECK(live.version() == 1);
  CHECK(live.update(log_of({{"u1", "i9"}, {"new", "i3"}}), one_thread).version == 2);
  CHECK(live.forget(std::string_view("u1"), one_thread).version_after == 3);
  CHECK(before.version() == 1);
  CHECK(list_of(before, "u1", scratch) == list);
  CHECK(live.view().version() == 3);
  CHECK(list_of(live.view(), "u1", scratch) == recommend_user(live.snapshot(), std::string_view("nobody"), {.n = 5}));
  CHECK(list_of(live.view(), "new", scratch) == recommend_user(live.snapshot(), std::string_view("new"), {.n = 5}));
}

TEST_CASE("a change that fails leaves the version, and the next one works") {
  auto rows = shop(30, 12);
  LiveModel live(knn_of(rows));
  const auto bytes = to_bytes(live.snapshot(), {});
  CHECK(contains(message_of<InvalidData>([&] { live.remove(log_of({rows[3], {"u2", "nothing", 2.0F}})); }),
                 "user 'u2', item 'nothing', weight 2"));
  CHECK(contains(message_of<InvalidData>([&] { live.remove(log_of({{"nobody", "i1"}})); }), "'nobody'"));
  CHECK(contains(message_of<InvalidData>([&] { live.update(log_of({{"u1", "i1"}}, with_times)); }), "times"));
  CHECK_THROWS_AS(live.drop_before(0), InvalidData);
  CHECK_THROWS_AS(live.forget(std::int64_t{3}), IdTypeError);
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(live.update(log_of({{"u1", "another"}}), {.stop = stop.get_token()}), Cancelled);
  CHECK(live.version() == 1);
  CHECK(to_bytes(live.snapshot(), {}) == bytes);
  rows.push_back({"u1", "another"});
  CHECK(live.update(log_of({rows.back()}), one_thread).version == 2);
  CHECK(to_bytes(live.snapshot(), {}) == to_bytes(knn_of(rows), {}));
}

TEST_CASE("nothing to change is no version") {
  LiveModel live(knn_of(shop(10, 12)));
  CHECK(live.update({}).version == 1);
  const auto receipt = live.forget(std::string_view("nobody"));
  CHECK_FALSE(receipt.known);
  CHECK(receipt.digest_before == receipt.digest_after);
  CHECK(receipt.version_after == 1);
}

TEST_CASE("an item that nobody has any more is unknown, as it is to a fit") {
  auto rows = shop(30, 12);
  const auto before = rows;
  rows.push_back({.user = "u1", .item = "rare"});
  LiveModel live(knn_of(rows));
  const auto report = live.remove(log_of({rows.back()}), one_thread);
  CHECK_FALSE(report.refitted);
  const auto fresh = knn_of(before);
  const std::array<std::string_view, 1> rare{"rare"};
  Scratch scratch;
  const auto view = live.view();
  const auto names = [](const std::vector<Recommendation>& list, const ExtendedIds& items) {
    std::vector<std::string> ids;
    for (const auto& entry : list) {
      ids.push_back(to_display(items.at(entry.item.value)));
    }
    return ids;
  };
  for (const auto on_unknown : {OnUnknown::popular, OnUnknown::empty}) {
    const ListOptions options{.n = 20, .on_unknown = on_unknown};
    std::vector<Recommendation> list;
    view.recommend_history(std::span<const std::string_view>(rare), {}, options, scratch, list);
    CHECK(names(list, view.items()) ==
          names(recommend_history(fresh, std::span<const std::string_view>(rare), {}, options), fresh.items()));
    list.clear();
    view.similar_items(std::string_view("rare"), options, scratch, list);
    CHECK(names(list, view.items()) == names(similar_items(fresh, std::string_view("rare"), options), fresh.items()));
  }
  std::vector<Recommendation> list;
  const ListOptions strict{.on_unknown = OnUnknown::error};
  CHECK_THROWS_AS(view.recommend_history(std::span<const std::string_view>(rare), {}, strict, scratch, list),
                  UnknownId);
  CHECK_THROWS_AS(view.similar_items(std::string_view("rare"), strict, scratch, list), UnknownId);
  CHECK_THROWS_AS(static_cast<void>(live.retire(std::span<const std::string_view>(rare))), UnknownId);
}

TEST_CASE("retired items are in no list, of a model without a catalogue too") {
  LiveModel live(knn_of(shop(30, 12)), {});
  const auto all = ids_of(live, {.n = 12, .exclude_seen = false});
  CHECK(all.size() == 12);
  const Texts gone{"i3", "i5"};
  CHECK(live.retire(column(gone)).version == 2);
  CHECK(live.retired().size() == 2);
  const auto left = ids_of(live, {.n = 12, .exclude_seen = false});
  CHECK(left.size() == 10);
  CHECK(std::find(left.begin(), left.end(), "'i3'") == left.end());
  live.update(log_of({{"u3", "i30"}}), one_thread);
  CHECK(ids_of(live, {.n = 20, .exclude_seen = false}).size() == 11);
  // What vanishes stays retired, should it come again.
  auto rows = shop(30, 12);
  std::erase_if(rows, [](const Row& row) { return row.item != "i3"; });
  live.remove(log_of(rows), one_thread);
  live.update(log_of({rows.front()}), one_thread);
  CHECK(live.retired().size() == 2);
  live.restore(column({gone[0]}));
  CHECK(ids_of(live, {.n = 20, .exclude_seen = false}).size() == 12);
  CHECK_THROWS_AS(live.retire(column({"unheard"})), UnknownId);
  Scratch scratch;
  std::vector<Recommendation> list;
  live.view().similar_items(std::string_view("i4"), {.n = 20}, scratch, list);
  CHECK(std::none_of(list.begin(), list.end(), [&](const Recommendation& entry) {
    return to_display(live.view().items().at(entry.item.value)) == "'i5'";
  }));
}

TEST_CASE("a merge says why it is none") {
  const auto rows = shop(20, 9);
  const std::vector<Row> ours(rows.begin(), rows.begin() + 50);
  const std::vector<Row> theirs(rows.begin() + 50, rows.end());
  LiveModel live(knn_of(ours));
  CHECK(contains(message_of<InvalidParameter>([&] { live.merge(Popularity::fit(interactions_of(theirs))); }),
                 "one is of type 'item_knn', the other of type 'popularity'"));
  CHECK(contains(
      message_of<InvalidParameter>([&] { live.merge(ItemKnn::fit(interactions_of(theirs), {.k = 11}, one_thread)); }),
      "different configurations"));
  CHECK(contains(message_of<InvalidParameter>([&] {
                   live.merge(ItemKnn::fit(Interactions::from_events(log_of(theirs)), {.k = 10}, one_thread));
                 }),
                 "in different ways"));
  CHECK(contains(message_of<InvalidData>([&] { live.merge(knn_of({rows.begin() + 40, rows.end()})); }),
                 "both have the user 'u8'"));
  CHECK(live.version() == 1);
  CHECK(live.merge(knn_of(theirs), one_thread).events_added == theirs.size());
  CHECK(to_bytes(live.snapshot(), {}) == to_bytes(knn_of(rows), {}));
}

TEST_CASE("a model without its events serves and cannot be changed") {
  const auto full = knn_of(shop(20, 9));
  const auto bytes = to_bytes(full, {.serving_only = true, .histories = true});
  LiveModel live(ModelFile::from_bytes(bytes).model());
  CHECK_FALSE(ids_of(live).empty());
  CHECK(contains(message_of<InvalidParameter>([&] { live.update(log_of({{"u1", "i1"}})); }), "serving only"));
  CHECK(contains(message_of<InvalidParameter>([&] { live.forget(std::string_view("u1")); }), "serving only"));
}

TEST_CASE("events of one person, and their digest") {
  LiveModel live(knn_of({{"ann", "tea"}, {"bob", "pot"}, {"ann", "pot"}}));
  const auto log = live.events_of(std::string_view("ann"));
  CHECK(log.size() == 2);
  CHECK(log.users.size() == 1);
  CHECK(live.events_of(std::string_view("eve")).size() == 0);
  const auto digest = events_digest(log_of({{"ann", "tea"}, {"bob", "pot"}, {"ann", "pot"}}));
  CHECK(digest.size() == 32);
  CHECK(digest == events_digest(log_of({{"ann", "pot"}, {"ann", "tea"}, {"bob", "pot"}})));
  CHECK(digest != events_digest(log_of({{"ann", "pot"}, {"ann", "pot"}, {"bob", "tea"}})));
  CHECK(digest != events_digest(log_of({{"ann", "pot", 2.0F}, {"ann", "tea"}, {"bob", "pot"}})));
  CHECK(live.forget(std::string_view("eve")).digest_before == digest);
}

TEST_CASE("readers see the lists of the version they have, while it changes") {
  const auto rows = shop(40, 15);
  constexpr std::size_t users = 8;
  // Version 2 v has one more event than 1, version 2 v + 1 is version 1 again.
  const std::vector<Row> more{{"u1", "i14"}, {"u2", "i2"}, {"u5", "i14"}, {"u6", "i1"}};
  std::vector<std::vector<std::vector<Recommendation>>> expected;
  for (std::size_t step = 0; step <= more.size(); ++step) {
    auto table = rows;
    table.insert(table.end(), more.begin(), more.begin() + static_cast<std::ptrdiff_t>(step));
    const LiveModel twin(knn_of(table));
    Scratch scratch;
    auto& lists = expected.emplace_back();
    for (std::size_t user = 0; user < users; ++user) {
      lists.push_back(list_of(twin.view(), "u" + std::to_string(user), scratch));
    }
  }
  LiveModel live(knn_of(rows));
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::atomic<std::uint64_t> read{0};
  std::vector<std::thread> readers;
  for (std::size_t thread = 0; thread < 3; ++thread) {
    readers.emplace_back([&, thread] {
      Scratch scratch;
      for (std::size_t turn = thread; !done; ++turn) {
        const auto view = live.view();
        const auto step = (view.version() - 1) % (more.size() + 1);
        const auto user = turn % users;
        wrong += list_of(view, "u" + std::to_string(user), scratch) == expected[step][user] ? 0 : 1;
        ++read;
      }
    });
  }
  const auto rounds = campaign(20);
  for (std::uint64_t round = 0; round < rounds; ++round) {
    for (const auto& row : more) {
      live.update(log_of({row}), one_thread);
    }
    live.remove(log_of(more), one_thread);
  }
  while (read < 100) {
    std::this_thread::yield();
  }
  done = true;
  for (auto& reader : readers) {
    reader.join();
  }
  CHECK(wrong == 0);
  CHECK(live.version() == 1 + rounds * (more.size() + 1));
}

#if defined(__linux__)

namespace {

std::size_t threads_of_process() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

/// True when a child that makes a list ends well, within a minute.
bool child_recommends(const LiveModel& live, const std::vector<Recommendation>& expected) {
  const auto child = fork();
  if (child == 0) {
    alarm(60);
    Scratch scratch;
    _exit(list_of(live.view(), "u1", scratch) == expected ? 0 : 1);
  }
  int status = -1;
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("lists start no thread") {
  LiveModel live(knn_of(shop(40, 15)));
  Scratch scratch;
  const auto before = threads_of_process();
  static_cast<void>(list_of(live.view(), "u1", scratch));
  CHECK(threads_of_process() == before);
}

TEST_CASE("forked children read and change what was fitted, also while the parent changes it") {
  const auto rows = shop(200, 40);
  LiveModel live(ItemKnn::fit(interactions_of(rows), {.k = 10}));  // as many threads as there are
  live.update(log_of({{"u3", "i39"}}));
  Scratch scratch;
  const auto expected = list_of(live.view(), "u1", scratch);
  const auto children = campaign(20);
  for (std::uint64_t child = 0; child < children; ++child) {
    CHECK(child_recommends(live, expected));
  }
  std::atomic<bool> done{false};
  std::thread writer([&] {
    while (!done) {
      live.update(log_of({{"u9", "i38"}}), one_thread);
      live.remove(log_of({{"u9", "i38"}}), one_thread);
    }
  });
  std::uint64_t failed = 0;
  for (std::uint64_t child = 0; child < children; ++child) {
    const auto id = fork();
    if (id == 0) {  // only what takes no lock
      alarm(60);
      const auto view = live.view();
      _exit(view.version() > 0 && view.model().items().size() == 40 ? 0 : 1);
    }
    int status = -1;
    failed += id > 0 && waitpid(id, &status, 0) == id && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0U : 1U;
  }
  done = true;
  writer.join();
  CHECK(failed == 0);
}

#endif

}  // namespace recocore::test
