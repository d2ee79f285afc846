/// What a replay makes lists of, whatever the model.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include <recocore/drift/replay.hpp>
#include <recocore/impl/core/hash_slots.hpp>
#include <recocore/impl/data/merge_events.hpp>

namespace recocore::detail {

/// A list to make.
struct ReplayList {
  UserIx user{};
  /// The event the list is made before: of the user the first in the period, or of the instant to foresee.
  std::uint64_t event = 0;
  /// Where the history ends in the user's events.
  std::uint64_t known_until = 0;
};

/// A number that is drawn for an event, the same whatever comes after it.
[[nodiscard]] constexpr std::uint64_t draw_number(std::uint64_t seed, std::uint64_t period,
                                                  std::uint64_t event) noexcept {
  return mix_bits(mix_bits(mix_bits(seed + 1) + period) + event);
}

/// Leaves `most` of the entries with an `event`, drawn at random, in their order. 0: all.
template <class Entry>
void draw_entries(std::uint64_t seed, std::uint64_t period, std::uint64_t most, std::vector<Entry>& entries) {
  if (most == 0 || entries.size() <= most) {
    return;
  }
  std::vector<std::pair<std::uint64_t, std::uint64_t>> drawn;
  drawn.reserve(entries.size());
  for (const Entry& entry : entries) {
    drawn.emplace_back(draw_number(seed, period, entry.event), entry.event);
  }
  const auto last = drawn.begin() + static_cast<std::ptrdiff_t>(most - 1);
  std::nth_element(drawn.begin(), last, drawn.end());
  const auto limit = *last;
  std::erase_if(entries, [&](const Entry& entry) {
    return std::pair(draw_number(seed, period, entry.event), entry.event) > limit;
  });
}

/// The lists of all periods with what is relevant in each, and the events their histories are made of.
struct ReplayLists {
  ReplayLists(const Timeline& timeline, const ReplayConfig& config);

  /// List l of period p is lists[of_period[p] + l]; its relevant items, ascending, are
  /// relevant[relevant_offsets[l] .. relevant_offsets[l + 1]).
  std::vector<std::uint64_t> of_period{0};
  std::vector<ReplayList> lists{};
  std::vector<std::uint64_t> relevant_offsets{0};
  std::vector<ItemIx> relevant{};

  /// The events of each user in the order of time.
  GroupedEvents by_user{};
  /// The periods with events of each item, ascending.
  std::vector<std::uint64_t> item_offsets{};
  std::vector<std::uint32_t> item_periods{};
  std::uint32_t retired_after = 1;

  [[nodiscard]] std::span<const ItemIx> relevant_of(std::size_t list) const noexcept {
    return std::span(relevant).subspan(relevant_offsets[list], relevant_offsets[list + 1] - relevant_offsets[list]);
  }
  [[nodiscard]] std::span<const RowEvent> history_of(const ReplayList& list) const noexcept {
    const auto begin = by_user.offsets[list.user.value];
    return std::span(by_user.events).subspan(begin, list.known_until - begin);
  }
  /// Whether an item has an event in the last `retired_after` periods before this one.
  [[nodiscard]] bool is_recent(ItemIx item, std::size_t period) const noexcept {
    const auto begin = item_periods.begin() + static_cast<std::ptrdiff_t>(item_offsets[item.value]);
    const auto end = item_periods.begin() + static_cast<std::ptrdiff_t>(item_offsets[item.value + 1]);
    const auto after = std::lower_bound(begin, end, period);
    return after != begin && period - *(after - 1) <= retired_after;
  }

 private:
  void find_item_periods(const Timeline& timeline);
  void append_period(const Timeline& timeline, const ReplayConfig& config, std::size_t period);
  void append_list(const ReplayList& list, std::span<const ItemIx> items);

  // While lists are made, one an event: its place among those of its user, and whether it may count.
  std::vector<std::uint64_t> place_{};
  std::vector<std::uint8_t> counts_{};
};

/// Marks the events whose item may be relevant: the user's first with the item in its period or, with `exclude_seen`,
/// of all.
[[nodiscard]] inline std::vector<std::uint8_t> find_countable(const Timeline& timeline, const ReplayConfig& config) {
  const auto& log = timeline.events();
  const auto offsets = timeline.offsets();
  const bool each_event = config.protocol == Protocol::next && !config.exclude_seen;
  // Returns, and what counts nothing, are no demand.
  std::vector<std::uint8_t> counts(log.size(), 1);
  for (std::size_t event = 0; event < log.weight.size(); ++event) {
    counts[event] = log.weight[event] > 0.0F ? 1 : 0;
  }
  if (each_event) {
    return counts;
  }
  struct Pair {
    UserIx user;
    ItemIx item;
    std::uint64_t event;
  };
  const auto mark_repeated = [&](std::size_t begin, std::size_t end) {
    std::vector<Pair> pairs;
    pairs.reserve(end - begin);
    for (std::size_t event = begin; event < end; ++event) {
      if (counts[event] != 0) {
        pairs.push_back({log.user[event], log.item[event], event});
      }
    }
    std::sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) {
      return std::tie(a.user, a.item, a.event) < std::tie(b.user, b.item, b.event);
    });
    for (std::size_t i = 1; i < pairs.size(); ++i) {
      if (pairs[i].user == pairs[i - 1].user && pairs[i].item == pairs[i - 1].item) {
        counts[pairs[i].event] = 0;
      }
    }
  };
  if (config.exclude_seen) {
    mark_repeated(0, log.size());
  } else {
    for (std::size_t period = config.first; period < timeline.periods(); ++period) {
      mark_repeated(offsets[period], offsets[period + 1]);
    }
  }
  return counts;
}

inline ReplayLists::ReplayLists(const Timeline& timeline, const ReplayConfig& config)
    : by_user(group_by_user(timeline.events(), false)),
      retired_after(config.retired_after > 0 ? config.retired_after : timeline.usual_gap(config.first)),
      counts_(find_countable(timeline, config)) {
  const auto& log = timeline.events();
  find_item_periods(timeline);
  auto next = by_user.offsets;
  place_.reserve(log.size());
  for (const UserIx user : log.user) {
    place_.push_back(next[user.value]++);
  }
  of_period.assign(config.first + 1, 0);
  for (std::size_t period = config.first; period < timeline.periods(); ++period) {
    append_period(timeline, config, period);
    of_period.push_back(lists.size());
  }
  place_ = {};
  counts_ = {};
}

inline void ReplayLists::find_item_periods(const Timeline& timeline) {
  std::vector<std::pair<ItemIx, std::uint32_t>> pairs;
  const auto& items = timeline.events().item;
  pairs.reserve(items.size());
  for (std::size_t period = 0; period < timeline.periods(); ++period) {
    for (auto event = timeline.offsets()[period]; event < timeline.offsets()[period + 1]; ++event) {
      pairs.emplace_back(items[event], static_cast<std::uint32_t>(period));
    }
  }
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  item_offsets.assign(timeline.events().items.size() + 1, 0);
  item_periods.reserve(pairs.size());
  for (const auto& [item, period] : pairs) {
    ++item_offsets[item.value + 1];
    item_periods.push_back(period);
  }
  std::partial_sum(item_offsets.begin(), item_offsets.end(), item_offsets.begin());
}

inline void ReplayLists::append_list(const ReplayList& list, std::span<const ItemIx> items) {
  lists.push_back(list);
  relevant.insert(relevant.end(), items.begin(), items.end());
  relevant_offsets.push_back(relevant.size());
}

inline void ReplayLists::append_period(const Timeline& timeline, const ReplayConfig& config, std::size_t period) {
  const auto& log = timeline.events();
  const auto begin = static_cast<std::size_t>(timeline.offsets()[period]);
  const auto end = static_cast<std::size_t>(timeline.offsets()[period + 1]);
  const bool each_instant = config.protocol == Protocol::next;
  // Events that share a list: of a user and, one by one, of an instant. The first comes first.
  using Key = std::tuple<UserIx, std::int64_t, std::size_t>;
  std::vector<Key> events;
  events.reserve(end - begin);
  for (std::size_t event = begin; event < end; ++event) {
    events.emplace_back(log.user[event], each_instant ? log.time[event] : 0, event);
  }
  std::sort(events.begin(), events.end());
  const auto same_list = [](const Key& a, const Key& b) {
    return std::get<0>(a) == std::get<0>(b) && std::get<1>(a) == std::get<1>(b);
  };
  std::vector<ReplayList> candidates;
  for (std::size_t from = 0, to = 0; from < events.size(); from = to) {
    bool any = false;
    for (; to < events.size() && same_list(events[to], events[from]); ++to) {
      any = any || counts_[std::get<2>(events[to])] != 0;
    }
    const auto user = std::get<0>(events[from]);
    const auto first = std::get<2>(events[from]);
    // Of somebody of whom nothing is known the next event is not asked for.
    if (any && !(each_instant && place_[first] == by_user.offsets[user.value])) {
      candidates.push_back({.user = user, .event = first, .known_until = place_[first]});
    }
  }
  draw_entries(config.seed, period, config.most_lists, candidates);
  // Mixed: who comes early in a period is not like who comes late, and an alarm is only acted on at its end.
  std::sort(candidates.begin(), candidates.end(), [&](const ReplayList& a, const ReplayList& b) {
    return std::pair(draw_number(config.seed, period, a.event), a.event) <
           std::pair(draw_number(config.seed, period, b.event), b.event);
  });
  std::vector<ItemIx> items;
  for (const auto& list : candidates) {
    items.clear();
    const Key first(list.user, each_instant ? log.time[list.event] : 0, list.event);
    for (auto entry = std::lower_bound(events.begin(), events.end(), first);
         entry != events.end() && same_list(*entry, first); ++entry) {
      if (counts_[std::get<2>(*entry)] != 0) {
        items.push_back(log.item[std::get<2>(*entry)]);
      }
    }
    std::sort(items.begin(), items.end());
    items.erase(std::unique(items.begin(), items.end()), items.end());
    append_list(list, items);
  }
}

}  // namespace recocore::detail
