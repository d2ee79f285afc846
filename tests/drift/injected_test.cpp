#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/drift/injected.hpp>

namespace {

using namespace recocore;

constexpr std::int64_t day = 86'400'000'000;

[[nodiscard]] Timeline random_timeline(std::uint64_t seed, std::size_t events) {
  Random random(seed);
  std::vector<std::int64_t> users;
  std::vector<std::int64_t> items;
  std::vector<std::int64_t> times;
  for (std::size_t event = 0; event < events; ++event) {
    users.push_back(5 + 3 * static_cast<std::int64_t>(random.below(30)));
    items.push_back(5 + 3 * static_cast<std::int64_t>(random.below(40)));
    times.push_back(static_cast<std::int64_t>(random.below(20)) * day);
  }
  EventLogBuilder builder;
  builder.add({.user = std::span<const std::int64_t>(users),
               .item = std::span<const std::int64_t>(items),
               .time = std::span<const std::int64_t>(times)});
  return Timeline(builder.finish(), day, 0);
}

TEST_CASE("an injected change leaves the past as it was, and changes its share of the rest by a permutation") {
  const auto timeline = random_timeline(1, 20'000);
  const std::size_t ramp = 4;
  const auto log = with_change(timeline, {.at = 10, .share = 0.5, .ramp = ramp, .seed = 3});
  REQUIRE(log.size() == timeline.events().size());
  std::map<std::int64_t, std::int64_t> role;
  std::vector<std::size_t> changed(timeline.periods(), 0);
  for (std::size_t period = 0; period < timeline.periods(); ++period) {
    for (std::size_t event = timeline.offsets()[period]; event < timeline.offsets()[period + 1]; ++event) {
      const auto before = timeline.events().items.integers()[timeline.events().item[event].value];
      const auto after = log.items.integers()[log.item[event].value];
      CHECK(log.users.integers()[log.user[event].value] ==
            timeline.events().users.integers()[timeline.events().user[event].value]);
      if (before != after) {
        const auto [found, added] = role.emplace(before, after);
        CHECK(found->second == after);
        ++changed[period];
      }
    }
  }
  CHECK(std::all_of(changed.begin(), changed.begin() + 10, [](std::size_t count) { return count == 0; }));
  std::vector<std::int64_t> targets;
  for (const auto& [from, to] : role) {
    targets.push_back(to);
  }
  std::sort(targets.begin(), targets.end());
  CHECK(std::adjacent_find(targets.begin(), targets.end()) == targets.end());
  for (std::size_t period = 10; period < timeline.periods(); ++period) {
    const double share = 0.5 * std::min<double>(static_cast<double>(period - 9), ramp) / ramp;
    const auto events = static_cast<double>(timeline.offsets()[period + 1] - timeline.offsets()[period]);
    CHECK(static_cast<double>(changed[period]) / events == doctest::Approx(share).epsilon(0.25));
  }
  CHECK(log == with_change(timeline, {.at = 10, .share = 0.5, .ramp = ramp, .seed = 3}));
}

TEST_CASE("an injected change that makes no sense is refused") {
  const auto timeline = random_timeline(3, 100);
  CHECK_THROWS_AS(static_cast<void>(with_change(timeline, {.at = 50})), InvalidParameter);
  CHECK_THROWS_AS(static_cast<void>(with_change(timeline, {.at = 1, .share = 0.0})), InvalidParameter);
  CHECK_THROWS_AS(static_cast<void>(with_change(timeline, {.at = 1, .ramp = 0})), InvalidParameter);
}

}  // namespace
