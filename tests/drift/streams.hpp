/// Generated shops of which it is known whether they drift, and when.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <recocore/core/random.hpp>
#include <recocore/core/time.hpp>
#include <recocore/data/event_log.hpp>

namespace recocore::test {

inline constexpr std::int64_t stream_start = 1'704'067'200 * microseconds_per_second;
inline constexpr std::int64_t stream_period = 7 * microseconds_per_day;

/// Users come by their activity, take baskets of 1 to 5 items, and mostly choose among a fifth of the items that is
/// theirs for good; popularity is Zipf's. Each period as many users and items are replaced by new ones, which take
/// over the activity and the popularity, but not the name.
struct StreamConfig {
  std::size_t users = 400;
  std::size_t items = 300;
  std::size_t periods = 16;
  std::size_t events = 1500;  ///< in each period
  std::size_t user_births = 10;
  std::size_t item_births = 0;
  /// The share of choices by the user's own taste rather than by everybody's.
  double taste = 0.7;
  /// The first period with another popularity of the items; none: it never changes.
  std::optional<std::size_t> change_at{};
  double change = 0.3;  ///< share of the choices that follow the other popularity, at last
  /// Over as many periods that share grows, in equal steps from `change_at` on; 0 and 1: at once.
  std::size_t gradual = 0;
  std::uint64_t seed = 0;
};

namespace streams {

inline constexpr std::size_t tastes = 5;
inline constexpr std::size_t most_in_basket = 5;

/// Draws 0 .. size - 1 with probabilities in proportion to 1 / (position + 5).
class Zipf {
 public:
  explicit Zipf(std::size_t size) {
    double sum = 0.0;
    until_.reserve(size);
    for (std::size_t i = 0; i < size; ++i) {
      sum += 1.0 / static_cast<double>(i + 5);
      until_.push_back(sum);
    }
  }
  [[nodiscard]] std::size_t draw(Random& random) const {
    const auto at = std::upper_bound(until_.begin(), until_.end(), random.uniform() * until_.back());
    return std::min(static_cast<std::size_t>(at - until_.begin()), until_.size() - 1);
  }

 private:
  std::vector<double> until_{};
};

/// The share of choices that follow the other popularity.
inline double moved_share(const StreamConfig& config, std::size_t period) {
  if (!config.change_at || period < *config.change_at) {
    return 0.0;
  }
  const auto steps = static_cast<double>(std::max<std::size_t>(1, config.gradual));
  return config.change * std::min(1.0, static_cast<double>(period - *config.change_at + 1) / steps);
}

/// Gives `births` random places to new names.
inline void replace(std::vector<std::int64_t>& names, std::int64_t& next, std::size_t births, Random& random) {
  for (std::size_t born = 0; born < births; ++born) {
    names[random.below(names.size())] = next++;
  }
}

inline std::vector<std::int64_t> first_names(std::size_t size) {
  std::vector<std::int64_t> names(size);
  for (std::size_t i = 0; i < size; ++i) {
    names[i] = static_cast<std::int64_t>(i);
  }
  return names;
}

}  // namespace streams

/// Events ordered by time; periods of length `stream_period` begin at `stream_start`. The same for the same
/// configuration. Without `change_at` stationary from the first period on, names apart.
inline EventLog stationary_stream(const StreamConfig& config) {
  Random random(config.seed);
  const streams::Zipf activity(config.users);
  const streams::Zipf popularity(config.items);
  const streams::Zipf own_popularity(std::max<std::size_t>(1, config.items / streams::tastes));
  auto users = streams::first_names(config.users);
  auto items = streams::first_names(config.items);
  auto next_user = static_cast<std::int64_t>(config.users);
  auto next_item = static_cast<std::int64_t>(config.items);

  const auto choose = [&](std::int64_t user, double moved) {
    // A taste goes with the name: who comes anew has another one. It has every fifth item.
    const auto own = Random(config.seed ^ static_cast<std::uint64_t>(user)).below(streams::tastes);
    const bool by_taste = random.uniform() < config.taste;
    const bool other = random.uniform() < moved;
    const std::size_t place = by_taste ? own_popularity.draw(random) * streams::tastes + own : popularity.draw(random);
    const std::size_t item = std::min(place, config.items - 1);
    return items[other ? config.items - 1 - item : item];
  };

  std::vector<std::int64_t> user;
  std::vector<std::int64_t> item;
  std::vector<std::int64_t> time;
  for (std::size_t period = 0; period < config.periods; ++period) {
    if (period > 0) {
      streams::replace(users, next_user, config.user_births, random);
      streams::replace(items, next_item, config.item_births, random);
    }
    const double moved = streams::moved_share(config, period);
    // Baskets come at even distances.
    for (std::size_t made = 0; made < config.events;) {
      const auto who = users[activity.draw(random)];
      const auto size = std::min<std::size_t>(1 + random.below(streams::most_in_basket), config.events - made);
      const auto when = stream_start + static_cast<std::int64_t>(period) * stream_period +
                        static_cast<std::int64_t>(made) * (stream_period / static_cast<std::int64_t>(config.events));
      for (std::size_t i = 0; i < size; ++i) {
        user.push_back(who);
        item.push_back(choose(who, moved));
        time.push_back(when);
      }
      made += size;
    }
  }
  EventLogBuilder builder;
  builder.add({.user = std::span<const std::int64_t>(user), .item = std::span<const std::int64_t>(item), .time = time});
  return builder.finish();
}

}  // namespace recocore::test
