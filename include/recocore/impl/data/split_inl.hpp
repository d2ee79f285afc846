#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/core/time.hpp>
#include <recocore/data/split.hpp>
#include <recocore/impl/core/text.hpp>
#include <recocore/impl/data/merge_events.hpp>

namespace recocore {

namespace detail {

enum class Part : std::uint8_t { train, test, history };

inline void check_fraction(const std::string& name, double fraction) {
  if (!(fraction > 0.0 && fraction < 1.0)) {
    throw InvalidParameter(name + " is " + number_text(fraction) + "; it must be between 0 and 1, both excluded");
  }
}

inline void check_times(const EventLog& log) {
  if (log.time.empty()) {
    throw InvalidData(
        "this split needs the time of each event, but the events have no times; "
        "split at random or by user instead");
  }
}

[[nodiscard]] inline InteractionsConfig test_config(const InteractionsConfig& whole) {
  return {.max_events_per_user = std::numeric_limits<std::uint64_t>::max(), .duplicates = whole.duplicates};
}

/// @param part the part of each event.
[[nodiscard]] inline Interactions build_part(const EventLog& log, const std::vector<Part>& part_of_event, Part part,
                                             const InteractionsConfig& config, const std::string& name) {
  std::vector<std::uint8_t> keep(log.size());
  std::transform(part_of_event.begin(), part_of_event.end(), keep.begin(),
                 [part](Part found) { return static_cast<std::uint8_t>(found == part ? 1 : 0); });
  if (std::find(keep.begin(), keep.end(), std::uint8_t{1}) == keep.end()) {
    throw InvalidData("the " + name + " part would be empty: no event of the " + count_text(log.size()) +
                      " falls into it; use more data or other fractions");
  }
  auto built = Interactions::from_events(select_events(log, keep), config);
  if (built.size() == 0) {
    throw InvalidData("the " + name + " part would be empty: its events leave no interactions (" +
                      to_text(built.report()) + "); use more data, other fractions or less minimum support");
  }
  return built;
}

[[nodiscard]] inline Split build_split(const EventLog& log, const std::vector<Part>& part_of_event,
                                       const InteractionsConfig& config) {
  Split split;
  split.train = build_part(log, part_of_event, Part::train, config, "training");
  split.test = build_part(log, part_of_event, Part::test, test_config(config), "test");
  return split;
}

/// The distinct pairs of user and item of some events, each of which goes to a part as a whole.
class Pairs {
 public:
  explicit Pairs(const EventLog& log) {
    EventLog unweighted{.users = log.users, .items = log.items, .user = log.user, .item = log.item, .time = log.time};
    InteractionsReport ignored;
    pairs_ = merge_events(
        unweighted,
        {.max_events_per_user = std::numeric_limits<std::uint64_t>::max(), .duplicates = Duplicates::binary}, ignored);
    part_.resize(pairs_.rows.entries(), Part::train);
  }

  [[nodiscard]] std::size_t users() const noexcept { return pairs_.rows.rows(); }
  [[nodiscard]] std::size_t count_of(std::size_t user) const noexcept { return pairs_.rows.row_size(UserIx(user)); }

  [[nodiscard]] std::span<const ItemIx> items_of(std::size_t user) const noexcept {
    return pairs_.rows.row(UserIx(user));
  }

  /// The parts of a user's pairs, by item.
  [[nodiscard]] std::span<Part> parts_of(std::size_t user) {
    return std::span(part_).subspan(pairs_.rows.offsets[user], count_of(user));
  }

  /// The places of a user's pairs in `parts_of`, the earliest first; ties by item. A pair is as late as its last event.
  [[nodiscard]] std::vector<std::size_t> by_time(std::size_t user) const {
    std::vector<std::size_t> order(count_of(user));
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto times = std::span(pairs_.times).subspan(pairs_.rows.offsets[user], order.size());
    std::stable_sort(order.begin(), order.end(), [times](std::size_t a, std::size_t b) { return times[a] < times[b]; });
    return order;
  }

  [[nodiscard]] std::vector<Part> part_of_events(const EventLog& log) const {
    std::vector<Part> parts(log.size());
    for (std::size_t event = 0; event < log.size(); ++event) {
      const auto row = pairs_.rows.row(log.user[event]);
      const auto place = std::lower_bound(row.begin(), row.end(), log.item[event]) - row.begin();
      parts[event] = part_[pairs_.rows.offsets[log.user[event].value] + static_cast<std::size_t>(place)];
    }
    return parts;
  }

 private:
  TimedRows pairs_{};
  std::vector<Part> part_{};
};

/// `wanted` of the numbers below `count`, every such set equally likely (selection sampling; Knuth, volume 2, 3.4.2 S).
[[nodiscard]] inline std::vector<std::size_t> draw(Random& random, std::size_t count, std::size_t wanted) {
  std::vector<std::size_t> drawn;
  drawn.reserve(wanted);
  for (std::size_t number = 0; drawn.size() < wanted; ++number) {
    if (random.below(count - number) < wanted - drawn.size()) {
      drawn.push_back(number);
    }
  }
  return drawn;
}

[[nodiscard]] inline std::size_t share_of(double fraction, std::size_t count) {
  return static_cast<std::size_t>(std::llround(fraction * static_cast<double>(count)));
}

/// The earliest time such that at most `test_fraction` of the events are not before it.
[[nodiscard]] inline std::int64_t test_begin(const EventLog& log, double test_fraction) {
  auto times = log.time;
  std::sort(times.begin(), times.end());
  if (times.front() == times.back()) {
    throw InvalidData("all " + count_text(times.size()) + " events have the same time, " + format_time(times.front()) +
                      ", so they cannot be split by time; split at random or by user instead");
  }
  // The tolerance makes 0.29 of 100 events 29.
  const auto allowed = static_cast<std::ptrdiff_t>(test_fraction * static_cast<double>(times.size()) + 1e-9);
  const auto first_allowed = std::max(times.begin() + 1, times.end() - allowed);
  if (first_allowed == times.end()) {
    throw InvalidData("the test part would be empty: " + number_text(test_fraction) + " of " +
                      count_text(times.size(), "event") + " is less than one; use more data or a larger test_fraction");
  }
  // Events of one instant stay together: when some of them would be too many, none is in the test part.
  const bool divides_an_instant = *(first_allowed - 1) == *first_allowed;
  const auto first = divides_an_instant ? std::upper_bound(first_allowed, times.end(), *first_allowed) : first_allowed;
  if (first == times.end()) {
    const auto latest = times.end() - std::lower_bound(times.begin(), times.end(), times.back());
    throw InvalidData("the test part would be empty: the latest " + count_text(static_cast<std::uint64_t>(latest)) +
                      " events all have the time " + format_time(times.back()) +
                      " and stay together; use a "
                      "test_fraction of at least " +
                      number_text(static_cast<double>(latest) / static_cast<double>(times.size())));
  }
  return *first;
}

}  // namespace detail

RECOCORE_INLINE Split split_by_time(const Interactions& interactions, double test_fraction) {
  detail::check_fraction("test_fraction", test_fraction);
  const auto log = interactions.events();
  if (log.size() == 0) {
    throw InvalidData("there are no events to split");
  }
  detail::check_times(log);
  const auto begin = detail::test_begin(log, test_fraction);
  std::vector<detail::Part> parts(log.size());
  std::transform(log.time.begin(), log.time.end(), parts.begin(),
                 [begin](std::int64_t time) { return time < begin ? detail::Part::train : detail::Part::test; });
  return detail::build_split(log, parts, interactions.config());
}

RECOCORE_INLINE Split split_by_user(const Interactions& interactions, double test_fraction, double history_fraction,
                                    std::uint64_t seed) {
  using detail::Part;
  detail::check_fraction("test_fraction", test_fraction);
  detail::check_fraction("history_fraction", history_fraction);
  const auto log = interactions.events();
  detail::Pairs pairs(log);
  std::vector<std::size_t> candidates;
  for (std::size_t user = 0; user < pairs.users(); ++user) {
    if (pairs.count_of(user) > 1) {
      candidates.push_back(user);
    }
  }
  Random random(seed);
  const auto wanted = detail::share_of(test_fraction, candidates.size());
  if (wanted == 0) {
    throw InvalidData("the test part would be empty: " + detail::number_text(test_fraction) + " of " +
                      detail::count_text(candidates.size(), "user") +
                      " with two or more items is less than one; use more data or a larger test_fraction");
  }
  for (const auto candidate : detail::draw(random, candidates.size(), wanted)) {
    const auto user = candidates[candidate];
    const auto parts = pairs.parts_of(user);
    const auto known = std::clamp<std::size_t>(detail::share_of(history_fraction, parts.size()), 1, parts.size() - 1);
    std::fill(parts.begin(), parts.end(), Part::test);
    auto chosen = log.time.empty() ? detail::draw(random, parts.size(), known) : pairs.by_time(user);
    chosen.resize(known);
    for (const auto place : chosen) {
      parts[place] = Part::history;
    }
  }
  const auto parts = pairs.part_of_events(log);
  auto split = detail::build_split(log, parts, interactions.config());
  auto history_config = interactions.config();
  history_config.min_items_per_user = 1;
  history_config.min_users_per_item = 1;
  split.history = detail::build_part(log, parts, Part::history, history_config, "history");
  return split;
}

RECOCORE_INLINE Split split_leave_last(const Interactions& interactions, std::uint32_t count) {
  if (count == 0) {
    throw InvalidParameter("count is 0; at least one item of each user has to go to the test part");
  }
  const auto log = interactions.events();
  if (log.size() == 0) {
    throw InvalidData("there are no events to split");
  }
  detail::check_times(log);
  detail::Pairs pairs(log);
  bool found = false;
  for (std::size_t user = 0; user < pairs.users(); ++user) {
    const auto parts = pairs.parts_of(user);
    if (parts.size() <= count) {
      continue;
    }
    found = true;
    const auto order = pairs.by_time(user);
    for (auto place = order.size() - count; place < order.size(); ++place) {
      parts[order[place]] = detail::Part::test;
    }
  }
  if (!found) {
    throw InvalidData("the test part would be empty: no user has more than " + detail::count_text(count, "item") +
                      "; use more data or a smaller count");
  }
  return detail::build_split(log, pairs.part_of_events(log), interactions.config());
}

RECOCORE_INLINE Split split_random(const Interactions& interactions, double test_fraction, std::uint64_t seed) {
  detail::check_fraction("test_fraction", test_fraction);
  const auto log = interactions.events();
  detail::Pairs pairs(log);
  Random random(seed);
  for (std::size_t user = 0; user < pairs.users(); ++user) {
    for (auto& part : pairs.parts_of(user)) {
      part = random.uniform() < test_fraction ? detail::Part::test : detail::Part::train;
    }
  }
  return detail::build_split(log, pairs.part_of_events(log), interactions.config());
}

RECOCORE_INLINE Split split_new_items(const Interactions& interactions, double item_fraction,
                                      std::span<const std::uint32_t> left, std::uint64_t seed) {
  detail::check_fraction("item_fraction", item_fraction);
  if (left.empty()) {
    throw InvalidParameter("left must have at least one number of users who keep a drawn item; got none");
  }
  const auto log = interactions.events();
  detail::Pairs pairs(log);
  Random random(seed);
  // How many users each item still takes, and how many are still to come, so that each is as likely to be one.
  std::vector<std::uint64_t> to_come(log.items.size(), 0);
  for (std::size_t user = 0; user < pairs.users(); ++user) {
    for (const ItemIx item : pairs.items_of(user)) {
      ++to_come[item.value];
    }
  }
  std::vector<std::uint64_t> taken(log.items.size());
  for (std::size_t item = 0; item < taken.size(); ++item) {
    const bool drawn = random.uniform() < item_fraction;
    taken[item] = drawn ? std::min<std::uint64_t>(to_come[item], left[random.below(left.size())]) : to_come[item];
  }
  for (std::size_t user = 0; user < pairs.users(); ++user) {
    const auto items = pairs.items_of(user);
    const auto parts = pairs.parts_of(user);
    for (std::size_t place = 0; place < items.size(); ++place) {
      auto& takes = taken[items[place].value];
      auto& come = to_come[items[place].value];
      if (takes < come && random.below(come) >= takes) {
        parts[place] = detail::Part::test;
      } else {
        --takes;
      }
      --come;
    }
  }
  return detail::build_split(log, pairs.part_of_events(log), interactions.config());
}

}  // namespace recocore
