#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/drift/cost_meter.hpp>
#include <recocore/models/item_knn.hpp>
#include <recocore/models/popularity.hpp>

#include "../support/events.hpp"

namespace recocore::test {
namespace {

Interactions shop(std::size_t users) {
  std::vector<Row> rows;
  for (std::size_t user = 0; user < users; ++user) {
    for (std::size_t place = 0; place < 4; ++place) {
      rows.push_back({.user = "u" + std::to_string(user), .item = "i" + std::to_string((user * 3 + place) % 40)});
    }
  }
  return Interactions::from_events(log_of(rows));
}

AnyModel knn(std::size_t users = 50) { return ItemKnn::fit(shop(users), {.k = 10}, {.threads = 1}); }

/// Memory that was written to; the compiler may not leave it out.
void touch(std::size_t bytes) {
  std::vector<unsigned char> memory(bytes, 1);
  std::atomic<unsigned> sum{0};
  for (std::size_t at = 0; at < bytes; at += 4096) {
    sum.fetch_add(memory[at]);
  }
  CHECK(sum.load() == bytes / 4096);
}

void check_times(const SwapLatency& latency) {
  for (const double seconds : {latency.idle_p50, latency.idle_p99, latency.swap_p50, latency.swap_p99}) {
    CHECK(std::isfinite(seconds));
    CHECK(seconds >= 0.0);
  }
  CHECK(latency.idle_p50 <= latency.idle_p99);
  CHECK(latency.swap_p50 <= latency.swap_p99);
  CHECK(latency.swap_seconds >= 0.0);
  CHECK(latency.during_swap >= 1);
  CHECK(latency.during_swap <= latency.lists);
}

}  // namespace

TEST_CASE("work is run once and its cost is a number") {
  int runs = 0;
  const auto cost = measured([&] { ++runs; });
  CHECK(runs == 1);
  CHECK(std::isfinite(cost.wall_seconds));
  CHECK(cost.wall_seconds >= 0.0);
  CHECK(std::isfinite(cost.cpu_seconds));
  CHECK(cost.cpu_seconds >= 0.0);
}

TEST_CASE("the peak is of the work, where it is known") {
  constexpr std::uint64_t megabyte = 1U << 20U;
  const auto large = measured([] { touch(64 * megabyte); });
  const auto small = measured([] { touch(megabyte); });
#if defined(__linux__)
  CHECK(large.peak_bytes.has_value() == small.peak_bytes.has_value());
#else
  CHECK_FALSE(large.peak_bytes);
#endif
  if (large.peak_bytes) {
    CHECK(*large.peak_bytes >= 60 * megabyte);         // also of what was freed meanwhile
    CHECK(*small.peak_bytes < *large.peak_bytes / 2);  // the mark of the work before is gone
  }
}

TEST_CASE("a meter may be asked again, and does not go backwards") {
  const CostMeter meter;
  const auto first = meter.stop();
  touch(1U << 20U);
  const auto second = meter.stop();
  CHECK(first.wall_seconds <= second.wall_seconds);
  CHECK(first.cpu_seconds <= second.cpu_seconds);
  CHECK(first.peak_bytes.value_or(0) <= second.peak_bytes.value_or(0));
}

TEST_CASE("what the work throws passes through") {
  CHECK_THROWS_AS((void)measured([] { throw std::logic_error("work"); }), std::logic_error);
}

TEST_CASE("lists are made while another thread makes the next model") {
  const auto caller = std::this_thread::get_id();
  std::thread::id maker = caller;
  const auto latency = swap_latency(
      knn(),
      [&] {
        maker = std::this_thread::get_id();
        return knn(60);
      },
      300);
  CHECK(maker != caller);
  CHECK(latency.lists >= 300);
  check_times(latency);
}

TEST_CASE("lists are made until the next model is in place") {
  // However slow: this model is not ready before many more lists than asked for were made.
  const auto model = knn();
  const auto latency = swap_latency(
      model,
      [] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        return AnyModel(Popularity::fit(shop(20), {}));
      },
      1);
  CHECK(latency.during_swap + 1 >= latency.lists);
  check_times(latency);
}

TEST_CASE("what making the next model throws passes through") {
  const auto fail = []() -> AnyModel { throw std::logic_error("make"); };
  CHECK_THROWS_AS((void)swap_latency(knn(), fail, 10), std::logic_error);
}

TEST_CASE("measuring can be stopped, and waits for the other thread") {
  std::stop_source stop;
  bool made = false;
  const auto make = [&] {
    stop.request_stop();
    auto next = knn();
    made = true;
    return next;
  };
  CHECK_THROWS_AS((void)swap_latency(knn(), make, 10, {.stop = stop.get_token()}), Cancelled);
  CHECK(made);
  made = false;
  CHECK_THROWS_AS((void)swap_latency(knn(), make, 10, {.stop = stop.get_token()}), Cancelled);
  CHECK_FALSE(made);
}

TEST_CASE("what is measured is checked") {
  const auto next = [] { return knn(); };
  CHECK_THROWS_AS((void)swap_latency(knn(), next, 0), InvalidParameter);
}

}  // namespace recocore::test
