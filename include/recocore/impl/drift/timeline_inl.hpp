#pragma once

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>
#include <tuple>
#include <utility>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/core/time.hpp>
#include <recocore/drift/timeline.hpp>
#include <recocore/impl/core/text.hpp>
#include <recocore/impl/data/check_data.hpp>
#include <recocore/impl/data/compact_log.hpp>

namespace recocore {

namespace detail {

inline constexpr std::uint64_t most_periods = 100'000;

/// From one instant to a later one: no difference of two instants is too large for it.
[[nodiscard]] constexpr std::uint64_t elapsed(std::int64_t from, std::int64_t to) noexcept {
  return static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
}

template <class Value>
[[nodiscard]] std::vector<Value> part_of(const std::vector<Value>& column, std::size_t begin, std::size_t end) {
  return column.empty() ? std::vector<Value>{}
                        : std::vector<Value>(column.begin() + static_cast<std::ptrdiff_t>(begin),
                                             column.begin() + static_cast<std::ptrdiff_t>(end));
}

template <class Value>
void permute(const std::vector<std::size_t>& order, std::vector<Value>& column) {
  if (column.empty()) {
    return;
  }
  std::vector<Value> permuted;
  permuted.reserve(order.size());
  for (const std::size_t from : order) {
    permuted.push_back(column[from]);
  }
  column = std::move(permuted);
}

inline void sort_by_time(EventLog& log) {
  std::vector<std::size_t> order(log.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto key = [&log](std::size_t event) {
    return std::tuple(log.time[event], log.user[event], log.item[event], log.weight_at(event));
  };
  std::sort(order.begin(), order.end(), [&key](std::size_t a, std::size_t b) { return key(a) < key(b); });
  permute(order, log.user);
  permute(order, log.item);
  permute(order, log.weight);
  permute(order, log.time);
}

}  // namespace detail

RECOCORE_INLINE Timeline::Timeline(EventLog events, std::int64_t length, const std::optional<std::int64_t>& start)
    : events_(std::move(events)), length_(length) {
  detail::check_log(events_);
  if (events_.size() == 0) {
    throw InvalidData("there are no events, so there is nothing to cut into periods");
  }
  if (events_.time.empty()) {
    throw InvalidData("a timeline needs the time of each event, but the events have no times");
  }
  if (length < 1) {
    throw InvalidParameter("the length of a period is " + std::to_string(length) +
                           " microseconds; it must be at least 1");
  }
  detail::compact_log(events_);
  detail::sort_by_time(events_);
  start_ = start.value_or(events_.time.front());
  if (start_ > events_.time.front()) {
    throw InvalidParameter("the first period starts at " + format_time(start_) + ", after the first event, " +
                           format_time(events_.time.front()) + "; it must start at or before it");
  }
  const auto period_of = [this](std::int64_t time) {
    return detail::elapsed(start_, time) / static_cast<std::uint64_t>(length_);
  };
  const auto last = period_of(events_.time.back());
  if (last >= detail::most_periods) {
    throw InvalidParameter("the events would make " + detail::count_text(last) + " periods and more; there may be " +
                           detail::count_text(detail::most_periods) + " at most, so take longer ones");
  }
  offsets_.assign(static_cast<std::size_t>(last) + 2, 0);
  item_births_.assign(events_.items.size(), static_cast<std::uint32_t>(periods()));
  item_deaths_.assign(events_.items.size(), 0);
  user_births_.assign(events_.users.size(), static_cast<std::uint32_t>(periods()));
  for (std::size_t event = 0; event < events_.size(); ++event) {
    const auto period = static_cast<std::uint32_t>(period_of(events_.time[event]));
    const auto item = events_.item[event].value;
    const auto user = events_.user[event].value;
    ++offsets_[period + 1];
    item_births_[item] = std::min(item_births_[item], period);
    item_deaths_[item] = period;
    user_births_[user] = std::min(user_births_[user], period);
  }
  std::partial_sum(offsets_.begin(), offsets_.end(), offsets_.begin());
}

RECOCORE_INLINE std::int64_t Timeline::start_of(std::size_t period) const noexcept {
  const auto latest = std::numeric_limits<std::int64_t>::max();
  if (period > detail::elapsed(start_, latest) / static_cast<std::uint64_t>(length_)) {
    return latest;
  }
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(start_) +
                                   static_cast<std::uint64_t>(length_) * static_cast<std::uint64_t>(period));
}

RECOCORE_INLINE EventLog Timeline::between(std::size_t from, std::size_t until) const {
  if (from > until || until > periods()) {
    throw InvalidParameter("the periods from " + std::to_string(from) + " until " + std::to_string(until) +
                           " are not among the " + detail::count_text(periods(), "period") + " there are");
  }
  const auto begin = static_cast<std::size_t>(offsets_[from]);
  const auto end = static_cast<std::size_t>(offsets_[until]);
  EventLog part{.users = events_.users,
                .items = events_.items,
                .user = detail::part_of(events_.user, begin, end),
                .item = detail::part_of(events_.item, begin, end),
                .weight = detail::part_of(events_.weight, begin, end),
                .time = detail::part_of(events_.time, begin, end)};
  detail::compact_log(part);
  return part;
}

RECOCORE_INLINE EventLog Timeline::without_random_events(std::size_t until, std::uint64_t count,
                                                         std::uint64_t seed) const {
  const auto all = between(0, until);
  if (count > all.size()) {
    throw InvalidParameter(detail::count_text(count, "event") + " cannot be left out of the " +
                           detail::count_text(all.size()) + " before period " + std::to_string(until));
  }
  // Selection sampling: Knuth, volume 2, 3.4.2 S.
  std::vector<std::uint8_t> keep(all.size(), 1);
  Random random(seed);
  for (std::size_t event = 0; event < keep.size() && count > 0; ++event) {
    if (random.below(keep.size() - event) < count) {
      keep[event] = 0;
      --count;
    }
  }
  return select_events(all, keep);
}

RECOCORE_INLINE Timeline Timeline::shuffled(std::uint64_t seed) const {
  EventLog dealt = events_;
  Random random(seed);
  for (std::size_t left = dealt.time.size(); left > 1; --left) {
    std::swap(dealt.time[left - 1], dealt.time[random.below(left)]);
  }
  return Timeline(std::move(dealt), length_, start_);
}

RECOCORE_INLINE Timeline Timeline::shuffled_evenly(std::uint64_t seed) const {
  EventLog even = events_;
  const auto count = static_cast<std::uint64_t>(even.size());
  const auto all = static_cast<std::uint64_t>(periods());
  constexpr std::uint64_t one = 1;
  for (std::uint64_t event = 0; event < count; ++event) {
    // With fewer events than periods the first and the last period have one.
    const std::uint64_t period = count >= all ? event * all / count : event * (all - 1) / std::max(count - 1, one);
    const auto within = count >= all ? static_cast<double>(event * all % count) / static_cast<double>(count) : 0.0;
    even.time[event] = start_of(period) + static_cast<std::int64_t>(within * static_cast<double>(length_));
  }
  return Timeline(std::move(even), length_, start_).shuffled(seed);
}

RECOCORE_INLINE std::uint32_t Timeline::usual_gap(std::size_t until, double share) const {
  if (until > periods()) {
    throw InvalidParameter("the gaps before period " + std::to_string(until) + " are asked for, but there are only " +
                           detail::count_text(periods(), "period"));
  }
  if (!(share > 0.0 && share <= 1.0)) {
    throw InvalidParameter("the share of gaps is " + detail::number_text(share) + "; it must be above 0 and at most 1");
  }
  constexpr auto none = std::numeric_limits<std::size_t>::max();
  std::vector<std::size_t> last(events_.items.size(), none);
  std::vector<std::uint64_t> gaps(until + 1, 0);
  std::uint64_t total = 0;
  for (std::size_t period = 0; period < until; ++period) {
    for (auto event = offsets_[period]; event < offsets_[period + 1]; ++event) {
      auto& before = last[events_.item[event].value];
      if (before != none && before != period) {
        ++gaps[period - before];
        ++total;
      }
      before = period;
    }
  }
  if (total == 0) {
    return static_cast<std::uint32_t>(std::max<std::size_t>(until, 1));
  }
  std::uint32_t gap = 1;
  for (std::uint64_t covered = 0; gap < until; ++gap) {
    covered += gaps[gap];
    if (static_cast<double>(covered) >= share * static_cast<double>(total)) {
      break;
    }
  }
  return gap;
}

}  // namespace recocore
