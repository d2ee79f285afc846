#include <chrono>
#include <cstdint>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/models/popularity.hpp>

#include "../support/events.hpp"
#include "../support/peak_memory.hpp"
#include "../support/random_interactions.hpp"

using namespace recocore;
using recocore::test::PeakMemory;

namespace {

/// Events of many users over 100 days, some of them twice.
Interactions timed_shop() {
  std::vector<std::int64_t> users;
  std::vector<std::int64_t> items;
  std::vector<float> weights;
  std::vector<std::int64_t> times;
  Random random(3);
  constexpr std::int64_t hundred_days = std::int64_t{100} * 86'400 * 1'000'000;
  for (int event = 0; event < 60'000; ++event) {
    users.push_back(static_cast<std::int64_t>(random.below(2000)));
    items.push_back(static_cast<std::int64_t>(random.below(900)));
    weights.push_back(static_cast<float>(1 + random.below(3)));
    times.push_back(static_cast<std::int64_t>(random.below(hundred_days)));
  }
  EventLogBuilder builder;
  builder.add({.user = std::span<const std::int64_t>(users),
               .item = std::span<const std::int64_t>(items),
               .weight = std::span<const float>(weights),
               .time = times});
  return Interactions::from_events(builder.finish());
}

}  // namespace

TEST_CASE("what is allocated is counted, and what is freed") {
  const PeakMemory memory;
  {
    const std::vector<std::uint64_t> numbers(1000);
    CHECK(memory.live() == 8000);
    struct alignas(256) Wide {
      char bytes[512];
    };
    const auto wide = std::make_unique<Wide>();
    CHECK(reinterpret_cast<std::uintptr_t>(wide.get()) % 256 == 0);
    CHECK(memory.live() == 8512);
    std::thread([] { const std::vector<char> elsewhere(100'000); }).join();
    CHECK(memory.live() == 8512);
  }
  CHECK(memory.live() == 0);
  CHECK(memory.peak() >= 108'512);
  CHECK(memory.peak() < 109'512);
  CHECK(PeakMemory().peak() == 0);
}

TEST_CASE("popularity: no fit takes more than was estimated, and one that looks at everything not much less") {
  const auto shop = timed_shop();
  for (const auto kind : {PopularityKind::all_time, PopularityKind::recent, PopularityKind::trending}) {
    for (const double window_days : {1.0, 20.0, 1000.0}) {
      CAPTURE(popularity_kind_names()[static_cast<std::size_t>(kind)]);
      CAPTURE(window_days);
      const PopularityConfig config{.kind = kind, .window_days = window_days};
      const auto estimate = static_cast<double>(Popularity::estimate_fit_memory(shop, config));
      const PeakMemory memory;
      const auto model = Popularity::fit(shop, config);
      // A few hundred bytes are not of the arrays.
      CHECK(static_cast<double>(memory.peak()) <= estimate * 1.02 + 500.0);
      if (kind == PopularityKind::all_time || window_days > 100.0) {
        CHECK(static_cast<double>(memory.peak()) >= estimate * 0.85);
      }
    }
  }
}
