/// A small shop over time for tests: items come and go, and so do people.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <recocore/core/random.hpp>

#include "events.hpp"

namespace recocore::test {

struct ShopOverTime {
  std::size_t users = 14;
  std::size_t items = 16;
  std::size_t events = 220;
  std::int64_t periods = 8;
  std::int64_t length = 1000;
  std::int64_t start = 1'000'000;
  /// Instants of a period: few, so that many events have the same time.
  std::int64_t instants = 20;
  /// Multiples of 1/4 up to 2, or all 1.
  bool weighted = false;
};

/// Text ids that do not ascend in the order they come. Each item and user is around for a third of the time or more.
inline std::vector<Row> random_events(const ShopOverTime& shop, std::uint64_t seed) {
  Random random(seed);
  struct Life {
    std::int64_t from = 0;
    std::int64_t until = 0;
  };
  const auto span = shop.periods * shop.instants;
  const auto random_lives = [&](std::size_t count) {
    std::vector<Life> lives(count);
    for (auto& life : lives) {
      life.from = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(span))) - span / 3;
      life.until = life.from + span / 3 + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(span)));
    }
    return lives;
  };
  const auto users = random_lives(shop.users);
  const auto items = random_lives(shop.items);
  const auto draw = [&](const std::vector<Life>& lives, std::int64_t instant) {
    std::vector<std::size_t> alive;
    for (std::size_t i = 0; i < lives.size(); ++i) {
      if (lives[i].from <= instant && instant < lives[i].until) {
        alive.push_back(i);
      }
    }
    return alive.empty() ? std::size_t{0} : alive[random.below(1 + random.below(alive.size()))];
  };
  const auto name = [](char letter, std::size_t number) {
    return std::string(1, static_cast<char>('a' + (number * 7) % 26)) + letter + std::to_string(number);
  };
  std::vector<Row> rows;
  for (std::size_t event = 0; event < shop.events; ++event) {
    const auto instant = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(span)));
    rows.push_back({name('u', draw(users, instant)), name('i', draw(items, instant)),
                    shop.weighted ? static_cast<float>(1 + random.below(8)) / 4.0F : 1.0F,
                    shop.start + instant * (shop.length / shop.instants)});
  }
  return rows;
}

}  // namespace recocore::test
