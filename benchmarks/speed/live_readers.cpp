// What a reader waits while a model is changed: lists of 10 from an ItemKnn of 20,000 items with 100,000 users, from
// one thread, first alone and then beside a writer that adds and removes single events without a pause. A line of JSON
// for each: what a clock on the wall says, which means something where the writer has a core of its own and the machine
// is quiet, and the processor time of the reader's thread, which does not count other processes. The reader waits for
// nothing, so the second is what the writer costs it.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <recocore/core/random.hpp>
#include <recocore/live/live_model.hpp>
#include <recocore/models/item_knn.hpp>

namespace rc = recocore;

namespace {

using Clock = std::chrono::steady_clock;

double microseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

/// Of this thread.
double processor_microseconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

/// Microseconds of each list.
struct Waits {
  std::vector<double> wall{};
  std::vector<double> processor{};
};

rc::EventLog events_of(const std::vector<std::int64_t>& users, const std::vector<std::int64_t>& items) {
  rc::EventLogBuilder builder;
  builder.add({.user = std::span<const std::int64_t>(users), .item = std::span<const std::int64_t>(items)});
  return builder.finish();
}

/// Each item at least once, popular ones more often.
rc::EventLog make_shop(std::size_t users, std::size_t items, std::size_t events) {
  rc::Random random(1);
  std::vector<std::int64_t> who;
  std::vector<std::int64_t> what;
  for (std::size_t event = 0; event < events; ++event) {
    const auto drawn = static_cast<std::size_t>(std::pow(random.uniform(), 2.5) * static_cast<double>(items));
    who.push_back(static_cast<std::int64_t>(random.below(users)));
    what.push_back(static_cast<std::int64_t>(event < items ? event : drawn));
  }
  return events_of(who, what);
}

double at(std::vector<double>& waits, double share) {
  std::sort(waits.begin(), waits.end());
  return waits[static_cast<std::size_t>(share * static_cast<double>(waits.size() - 1))];
}

void print(const char* name, Waits waits, std::uint64_t changes) {
  std::printf(R"({"readers": "%s", "lists": %zu, "changes": %llu, "p50_us": %.2f, "p99_us": %.2f, "p999_us": %.2f, )"
              R"("cpu_p50_us": %.2f, "cpu_p99_us": %.2f})"
              "\n",
              name, waits.wall.size(), static_cast<unsigned long long>(changes), at(waits.wall, 0.5),
              at(waits.wall, 0.99), at(waits.wall, 0.999), at(waits.processor, 0.5), at(waits.processor, 0.99));
}

Waits read(const rc::LiveModel& live, std::size_t users, std::size_t lists) {
  rc::Random random(2);
  rc::Scratch scratch;
  std::vector<rc::Recommendation> list;
  Waits waits;
  waits.wall.reserve(lists);
  waits.processor.reserve(lists);
  for (std::size_t turn = 0; turn < lists; ++turn) {
    const auto user = static_cast<std::int64_t>(random.below(users));
    list.clear();
    const auto processor = processor_microseconds();
    const auto start = Clock::now();
    live.view().recommend_user(user, {.n = 10}, scratch, list);
    waits.wall.push_back(microseconds_since(start));
    waits.processor.push_back(processor_microseconds() - processor);
  }
  return waits;
}

}  // namespace

// Arguments: users, items, events, lists.
int main(int count, char** arguments) {
  const auto argument = [&](int place, std::size_t otherwise) {
    return count > place ? static_cast<std::size_t>(std::strtoull(arguments[place], nullptr, 10)) : otherwise;
  };
  const auto users = argument(1, 100'000);
  const auto items = argument(2, 20'000);
  const auto lists = argument(4, 200'000);
  rc::LiveModel live(rc::ItemKnn::fit(rc::Interactions::from_events(make_shop(users, items, argument(3, 5'000'000)),
                                                                    {.duplicates = rc::Duplicates::binary}),
                                      {.k = 100}));
  const auto start = Clock::now();
  live.update(events_of({1}, {1}));
  std::printf(R"({"first_change_ms": %.1f})"
              "\n",
              microseconds_since(start) / 1000.0);

  static_cast<void>(read(live, users, lists / 4));
  print("idle", read(live, users, lists), 0);

  std::atomic<bool> done{false};
  std::uint64_t changes = 0;
  std::thread writer([&] {
    rc::Random random(3);
    while (!done) {
      const auto event =
          events_of({static_cast<std::int64_t>(random.below(users))}, {static_cast<std::int64_t>(random.below(items))});
      live.update(event);
      live.remove(event);
      changes += 2;
    }
  });
  auto waits = read(live, users, lists);
  done = true;
  writer.join();
  print("beside a writer", std::move(waits), changes);
}
