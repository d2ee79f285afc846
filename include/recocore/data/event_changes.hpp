/// Events that come and go: logs made of logs.
#pragma once

#include <cstdint>
#include <string>

#include <recocore/core/id.hpp>
#include <recocore/data/event_log.hpp>

namespace recocore {

/// The events of `log` without those of `removed`, then those of `added`, with only the users and items that occur:
/// what a log made from the resulting table would be. An event is removed as often as it is given: equal in user, item,
/// weight and time, the first of equal ones. O(events + removed log removed).
/// @throws InvalidData an event to be removed that is not there, with its place in `removed`; logs of which one has
///         times and the other has none; IdTypeError.
[[nodiscard]] EventLog change_events(const EventLog& log, const EventLog& removed, const EventLog& added);

/// The events of one user: none when unknown. @throws IdTypeError text where the ids are integers, or the reverse.
[[nodiscard]] EventLog events_of(const EventLog& log, const IdView& user);

/// The events before a time, in microseconds since 1970-01-01 UTC. @throws InvalidData when there are no times.
[[nodiscard]] EventLog events_before(const EventLog& log, std::int64_t time);

/// A sum over events that follows changes. Equal for equal multisets of events, in whatever order.
class EventsDigest {
 public:
  /// O(events).
  void add(const EventLog& log);
  /// Undoes an `add` of these events.
  void remove(const EventLog& log);

  /// 32 hexadecimal digits.
  [[nodiscard]] std::string text() const;

  friend bool operator==(const EventsDigest&, const EventsDigest&) = default;

 private:
  std::uint64_t first_ = 0;
  std::uint64_t second_ = 0;
};

/// A sum over events of a 128-bit mix of user, item, weight and time, as 32 hexadecimal digits: equal for equal
/// multisets of events. A checksum, not a signature.
[[nodiscard]] std::string events_digest(const EventLog& log);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/data/event_changes_inl.hpp>
#endif
