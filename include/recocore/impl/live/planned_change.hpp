/// A change of events, user by user.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <recocore/core/error.hpp>
#include <recocore/core/id.hpp>
#include <recocore/data/event_log.hpp>
#include <recocore/impl/data/check_data.hpp>
#include <recocore/impl/data/missing_event.hpp>
#include <recocore/impl/live/live_rows.hpp>
#include <recocore/impl/live/user_events.hpp>

namespace recocore::detail {

/// What is to be done for one user.
struct PlannedChange {
  std::optional<UserIx> user{};
  EventsOfUser removed{};
  EventsOfUser added{};
  std::unique_ptr<EventsOfUser> events{};  ///< afterwards
  UserRow row{};                           ///< afterwards
};

using PlannedChanges = std::map<IdView, PlannedChange>;

inline void check_event_columns(const EventLog& log, bool has_times, std::string_view what) {
  check_log(log);
  if (log.size() > 0 && log.time.empty() == has_times) {
    throw InvalidData(
        "the events to " + std::string(what) +
        (has_times ? " have no times, but the model's events have" : " have times, but the model's events have none") +
        "; give them the same columns");
  }
}

/// `events` without `removed`. Both sorted; false when one is not there.
[[nodiscard]] inline bool take_out(EventsOfUser& events, const EventsOfUser& removed) {
  if (!std::includes(events.begin(), events.end(), removed.begin(), removed.end(), precedes)) {
    return false;
  }
  EventsOfUser left;
  left.reserve(events.size() - removed.size());
  std::set_difference(events.begin(), events.end(), removed.begin(), removed.end(), std::back_inserter(left), precedes);
  events = std::move(left);
  return true;
}

/// Names an event of the log that is to be removed more often than it is there.
/// @param wanted, there sorted.
[[noreturn]] inline void throw_missing(const EventLog& log, const IdView& user, const EventsOfUser& wanted,
                                       const EventsOfUser& there, const IdMap& items) {
  EventsOfUser missing;
  std::set_difference(wanted.begin(), wanted.end(), there.begin(), there.end(), std::back_inserter(missing), precedes);
  std::size_t last = 0;
  for (std::size_t event = 0; event < log.size(); ++event) {
    const auto item = items.find(log.items.at(log.item[event].value));
    const RowEvent found{log.time.empty() ? 0 : log.time[event], ItemIx(*item), log.weight_at(event)};
    if (log.users.at(log.user[event].value) == user && !precedes(found, missing.front()) &&
        !precedes(missing.front(), found)) {
      last = event;
    }
  }
  throw_not_there(log, last, true);
}

}  // namespace recocore::detail
