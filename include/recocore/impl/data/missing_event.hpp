/// What is said when an event is to be removed that is not there.
#pragma once

#include <cstddef>
#include <string>

#include <recocore/core/error.hpp>
#include <recocore/core/time.hpp>
#include <recocore/data/event_log.hpp>
#include <recocore/impl/core/text.hpp>

namespace recocore::detail {

[[noreturn]] inline void throw_not_there(const EventLog& removed, std::size_t event, bool user_is_known) {
  const auto user = to_display(removed.users.at(removed.user[event].value));
  std::string text = "event " + std::to_string(event) + " of those to be removed is not there: user " + user +
                     ", item " + to_display(removed.items.at(removed.item[event].value)) + ", weight " +
                     number_text(static_cast<double>(removed.weight_at(event)));
  if (!removed.time.empty()) {
    text += ", " + format_time(removed.time[event]);
  }
  throw InvalidData(text + (user_is_known ? "; weight and time must be those it was added with, and it can be removed "
                                            "as often as it was added"
                                          : "; there is no such user"));
}

}  // namespace recocore::detail
