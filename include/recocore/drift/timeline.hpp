/// Events on the global timeline, cut into periods of equal length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <recocore/core/index.hpp>
#include <recocore/data/event_log.hpp>

namespace recocore {

/// Events in the order they happened, in periods [start + i * length, start + (i + 1) * length). Nothing that comes
/// after a period is in what is taken from before it. Immutable.
class Timeline {
 public:
  /// Events are ordered by time, then user, item and weight: equal events in any order give an equal timeline. Users
  /// and items without events are left out.
  /// @param length of a period, in microseconds.
  /// @param start of the first period, at or before the first event; default: the first event's.
  /// @throws InvalidData events without times, or none; InvalidParameter a length below 1, a start after the first
  ///         event, more than 100,000 periods.
  explicit Timeline(EventLog events, std::int64_t length, const std::optional<std::int64_t>& start = {});

  /// One more than the period of the last event.
  [[nodiscard]] std::size_t periods() const noexcept { return offsets_.size() - 1; }
  /// The first instant of a period.
  [[nodiscard]] std::int64_t start_of(std::size_t period) const noexcept;
  [[nodiscard]] std::int64_t length() const noexcept { return length_; }

  /// All events, ordered by time; users and items have the positions of this log everywhere in the room.
  [[nodiscard]] const EventLog& events() const noexcept { return events_; }
  /// The events of a period are events()[offsets()[p] .. offsets()[p + 1]).
  [[nodiscard]] std::span<const std::uint64_t> offsets() const noexcept { return offsets_; }

  /// The events of the periods [from, until), with only the users and items that occur in them.
  /// @throws InvalidParameter unless from <= until <= periods().
  [[nodiscard]] EventLog between(std::size_t from, std::size_t until) const;

  /// The events before period `until` but for `count` of them, drawn at random: what as many events more or less do to
  /// a model is noise. Deterministic in `seed`.
  /// @throws InvalidParameter unless until <= periods() and there are as many events.
  [[nodiscard]] EventLog without_random_events(std::size_t until, std::uint64_t count, std::uint64_t seed) const;

  /// The periods of the first and of the last event of each item and user.
  [[nodiscard]] std::span<const std::uint32_t> item_births() const noexcept { return item_births_; }
  [[nodiscard]] std::span<const std::uint32_t> item_deaths() const noexcept { return item_deaths_; }
  [[nodiscard]] std::span<const std::uint32_t> user_births() const noexcept { return user_births_; }

  /// The same events with the same set of times, dealt out to them at random: a world without drift. Each user's events
  /// come no longer in their order. Deterministic in `seed`.
  [[nodiscard]] Timeline shuffled(std::uint64_t seed) const;
  /// As `shuffled`, and with times at equal distances, so that all periods have as many events (but for one): neither
  /// taste nor volume changes.
  [[nodiscard]] Timeline shuffled_evenly(std::uint64_t seed) const;

  /// The smallest number of periods within which, in `share` of the cases, an item that had an event has its next one:
  /// all pairs of following periods with events of an item before `until` are counted. `until` where there are none, so
  /// that without evidence no item is. An item without an event in as many periods may be taken for retired. Longer
  /// gaps than `until` cannot be seen.
  /// @throws InvalidParameter unless until <= periods() and 0 < share <= 1.
  [[nodiscard]] std::uint32_t usual_gap(std::size_t until, double share = 0.99) const;

 private:
  EventLog events_{};
  std::int64_t start_ = 0;
  std::int64_t length_ = 1;
  std::vector<std::uint64_t> offsets_{0};
  std::vector<std::uint32_t> item_births_{};
  std::vector<std::uint32_t> item_deaths_{};
  std::vector<std::uint32_t> user_births_{};
};

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/drift/timeline_inl.hpp>
#endif
