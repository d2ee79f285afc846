/// Events in the order of what they say, not of how they came.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <tuple>

#include <recocore/data/event_log.hpp>
#include <recocore/impl/data/merge_events.hpp>

namespace recocore::detail {

/// The same events by user, item, time and weight: equal events give equal bytes.
/// @param keep_order without times, those of a user with an item stay in their order instead.
inline void sort_events(EventLog& log, bool keep_order) {
  auto grouped = group_by_user(log, keep_order);
  std::size_t to = 0;
  for (std::size_t user = 0; user + 1 < grouped.offsets.size(); ++user) {
    const auto row =
        std::span(grouped.events).subspan(grouped.offsets[user], grouped.offsets[user + 1] - grouped.offsets[user]);
    std::sort(row.begin(), row.end(), [](const RowEvent& a, const RowEvent& b) {
      return std::tie(a.item, a.time, a.weight) < std::tie(b.item, b.time, b.weight);
    });
    for (const auto& event : row) {
      log.user[to] = UserIx(user);
      log.item[to] = event.item;
      if (!log.weight.empty()) {
        log.weight[to] = event.weight;
      }
      if (!log.time.empty()) {
        log.time[to] = event.time;
      }
      ++to;
    }
  }
}

}  // namespace recocore::detail
