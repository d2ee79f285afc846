/// From events to at most one entry a pair of user and item: cap, decay, duplicates.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/data/event_log.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/data/sparse_rows.hpp>

namespace recocore::detail {

/// Rows by user, with the time of the latest event of each entry.
struct TimedRows {
  SparseRows<UserIx, ItemIx> rows{};
  std::vector<std::int64_t> times{};
};

/// An event in the row of its user.
struct RowEvent {
  std::int64_t time = 0;
  ItemIx item{};
  float weight = 0.0F;
};

struct GroupedEvents {
  std::vector<std::uint64_t> offsets{};
  std::vector<RowEvent> events{};
};

/// The events by user, in the order of the log within a user.
/// @param number_them without times, each event gets its number as its time, so that the last one is the latest.
[[nodiscard]] inline GroupedEvents group_by_user(const EventLog& log, bool number_them) {
  GroupedEvents grouped;
  grouped.offsets.assign(log.users.size() + 1, 0);
  for (const auto user : log.user) {
    ++grouped.offsets[user.value + 1];
  }
  for (std::size_t user = 0; user < log.users.size(); ++user) {
    grouped.offsets[user + 1] += grouped.offsets[user];
  }
  std::vector<std::uint64_t> next(grouped.offsets.begin(), grouped.offsets.end() - 1);
  grouped.events.resize(log.size());
  for (std::size_t event = 0; event < log.size(); ++event) {
    const auto time = !log.time.empty() ? log.time[event] : number_them ? static_cast<std::int64_t>(event) : 0;
    grouped.events[next[log.user[event].value]++] = {time, log.item[event], log.weight_at(event)};
  }
  return grouped;
}

/// The weight of one pair from its events, which come ascending by time, then weight.
class PairWeight {
 public:
  PairWeight(const EventLog& log, const InteractionsConfig& config)
      : duplicates_(config.duplicates), half_life_(config.half_life_seconds.value_or(0.0) * 1e6) {
    if (config.half_life_seconds && log.size() > 0) {
      reference_ = static_cast<double>(config.reference_time ? *config.reference_time
                                                             : *std::max_element(log.time.begin(), log.time.end()));
    }
  }

  [[nodiscard]] double operator()(std::span<const RowEvent> events) const {
    switch (duplicates_) {
      case Duplicates::sum: {
        double sum = 0.0;
        for (const auto& event : events) {
          sum += decayed(event);
        }
        return sum;
      }
      case Duplicates::max: {
        double largest = -std::numeric_limits<double>::infinity();
        for (const auto& event : events) {
          largest = std::max(largest, decayed(event));
        }
        return largest;
      }
      case Duplicates::last:
        return decayed(events.back());
      case Duplicates::binary:
        break;
    }
    return std::any_of(events.begin(), events.end(), [](const RowEvent& event) { return event.weight != 0.0F; }) ? 1.0
                                                                                                                 : 0.0;
  }

 private:
  [[nodiscard]] double decayed(const RowEvent& event) const {
    const auto weight = static_cast<double>(event.weight);
    const double age = reference_ - static_cast<double>(event.time);
    return half_life_ > 0.0 && age > 0.0 ? weight * std::exp2(-age / half_life_) : weight;
  }

  Duplicates duplicates_;
  double half_life_;
  double reference_ = 0.0;
};

/// Leaves the events of a user that the cap allows, at the front.
inline std::span<RowEvent> cap_events(std::span<RowEvent> row, std::uint64_t cap, bool has_times) {
  if (row.size() <= cap) {
    return row;
  }
  const auto middle = row.begin() + static_cast<std::ptrdiff_t>(cap);
  std::nth_element(row.begin(), middle, row.end(), [has_times](const RowEvent& a, const RowEvent& b) {
    // Without times the time is a mere number of the event and decides last.
    return has_times ? std::tuple(b.time, a.item, b.weight) < std::tuple(a.time, b.item, a.weight)
                     : std::tuple(a.item, b.weight, b.time) < std::tuple(b.item, a.weight, a.time);
  });
  return row.first(static_cast<std::size_t>(cap));
}

[[nodiscard]] inline float checked_sum(double weight, const EventLog& log, std::size_t user, ItemIx item) {
  const auto rounded = static_cast<float>(weight);
  if (!std::isfinite(rounded)) {
    throw InvalidData("the weights of user " + to_display(log.users.at(user)) + " and item " +
                      to_display(log.items.at(item.value)) +
                      " add up to more than a 32-bit float holds (3.4e38); scale the weights down");
  }
  return rounded;
}

/// Splits the entries, which stand in the order of the rows, into columns.
[[nodiscard]] inline TimedRows to_rows(std::vector<std::uint64_t> offsets, std::span<const RowEvent> entries,
                                       std::size_t columns, bool has_times) {
  TimedRows result;
  result.rows.columns = columns;
  result.rows.offsets = std::move(offsets);
  result.rows.indices.reserve(entries.size());
  for (const auto& entry : entries) {
    result.rows.indices.push_back(entry.item);
  }
  if (std::any_of(entries.begin(), entries.end(), [](const RowEvent& entry) { return entry.weight != 1.0F; })) {
    result.rows.values.reserve(entries.size());
    for (const auto& entry : entries) {
      result.rows.values.push_back(entry.weight);
    }
  }
  if (has_times) {
    result.times.reserve(entries.size());
    for (const auto& entry : entries) {
      result.times.push_back(entry.time);
    }
  }
  return result;
}

/// Counts the capped, faded and merged events in `report`. Positions stay those of the log.
[[nodiscard]] inline TimedRows merge_events(const EventLog& log, const InteractionsConfig& config,
                                            InteractionsReport& report, const RunOptions& options = {}) {
  const bool has_times = !log.time.empty();
  const PairWeight weight_of(log, config);
  auto [offsets, events] = group_by_user(log, config.duplicates == Duplicates::last);
  // Entries are written over events that have been read.
  std::size_t written = 0;
  std::vector<std::uint64_t> entry_offsets(offsets.size(), 0);
  for (std::size_t user = 0; user + 1 < offsets.size(); ++user) {
    throw_if_stopped(options);
    const auto all = std::span(events).subspan(offsets[user], offsets[user + 1] - offsets[user]);
    const auto row = cap_events(all, config.max_events_per_user, has_times);
    report.capped_users += row.size() < all.size() ? 1U : 0U;
    report.over_cap_events += all.size() - row.size();

    std::sort(row.begin(), row.end(), [](const RowEvent& a, const RowEvent& b) {
      return std::tie(a.item, a.time, a.weight) < std::tie(b.item, b.time, b.weight);
    });
    for (std::size_t begin = 0, end = 0; begin < row.size(); begin = end) {
      while (end < row.size() && row[end].item == row[begin].item) {
        ++end;
      }
      const auto item = row[begin].item;
      const auto time = row[end - 1].time;
      const float weight = checked_sum(weight_of(row.subspan(begin, end - begin)), log, user, item);
      if (weight == 0.0F) {
        report.faded_events += end - begin;
      } else {
        report.duplicate_events += end - begin - 1;
        events[written++] = {time, item, weight};
      }
    }
    entry_offsets[user + 1] = written;
  }
  return to_rows(std::move(entry_offsets), std::span(events).first(written), log.items.size(), has_times);
}

}  // namespace recocore::detail
