#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/time.hpp>
#include <recocore/data/event_changes.hpp>
#include <recocore/impl/core/text.hpp>
#include <recocore/impl/data/event_log_inl.hpp>
#include <recocore/impl/data/missing_event.hpp>

namespace recocore {

namespace detail {

inline void expect_alike(const EventLog& log, const EventLog& other, std::string_view what) {
  if (log.size() > 0 && other.size() > 0 && log.time.empty() != other.time.empty()) {
    throw InvalidData(log.time.empty()
                          ? "the events of the model have no times, but those " + std::string(what) + " have"
                          : "the events of the model have times, so those " + std::string(what) + " must have some");
  }
  const auto expect_kind = [what](const IdMap& known, const IdMap& given, const std::string& of) {
    if (known.size() > 0 && given.size() > 0 && known.kind() != given.kind()) {
      throw IdTypeError("the " + of + " ids are " + std::string(to_string(known.kind())) +
                        ", but those of the events " + std::string(what) + " are " +
                        std::string(to_string(given.kind())));
    }
  };
  expect_kind(log.users, other.users, "user");
  expect_kind(log.items, other.items, "item");
}

/// The position of each id of `from` in `to`; `absent` where there is none.
inline constexpr std::uint32_t absent = 0xFFFF'FFFF;
[[nodiscard]] inline std::vector<std::uint32_t> places_in(const IdMap& from, const IdMap& to) {
  std::vector<std::uint32_t> places(from.size());
  for (std::size_t position = 0; position < places.size(); ++position) {
    places[position] = to.find(from.at(position)).value_or(absent);
  }
  return places;
}

/// An event to be removed, in the positions of another log.
struct WantedEvent {
  std::uint32_t user = 0;
  std::uint32_t item = 0;
  float weight = 0.0F;
  std::int64_t time = 0;

  friend auto operator<=>(const WantedEvent&, const WantedEvent&) = default;
};

[[nodiscard]] inline WantedEvent event_at(const EventLog& log, std::size_t event, std::uint32_t user,
                                          std::uint32_t item) {
  return {user, item, log.weight_at(event), log.time.empty() ? 0 : log.time[event]};
}

/// Marks the events that stay: 0 for the first of each that is removed.
[[nodiscard]] inline std::vector<std::uint8_t> unmatched(const EventLog& log, const EventLog& removed) {
  std::vector<std::uint8_t> keep(log.size(), 1);
  const auto users = places_in(removed.users, log.users);
  const auto items = places_in(removed.items, log.items);
  std::vector<WantedEvent> wanted(removed.size());
  std::vector<std::uint8_t> concerned(log.users.size());
  for (std::size_t event = 0; event < wanted.size(); ++event) {
    const auto user = users[removed.user[event].value];
    wanted[event] = event_at(removed, event, user, items[removed.item[event].value]);
    if (user != absent) {
      concerned[user] = 1;
    }
  }
  auto sorted = wanted;
  std::sort(sorted.begin(), sorted.end());
  // How many of the equal events from here on are still to be found.
  std::vector<std::uint32_t> left(sorted.size());
  for (std::size_t first = 0; first < sorted.size();) {
    std::size_t end = first;
    while (end < sorted.size() && sorted[end] == sorted[first]) {
      ++end;
    }
    left[first] = static_cast<std::uint32_t>(end - first);
    first = end;
  }
  const auto place_of = [&sorted](const WantedEvent& event) {
    const auto found = std::lower_bound(sorted.begin(), sorted.end(), event);
    return found != sorted.end() && *found == event ? static_cast<std::size_t>(found - sorted.begin()) : sorted.size();
  };
  for (std::size_t event = 0; event < log.size(); ++event) {
    if (concerned[log.user[event].value] != 0) {
      const auto place = place_of(event_at(log, event, log.user[event].value, log.item[event].value));
      if (place < sorted.size() && left[place] > 0) {
        --left[place];
        keep[event] = 0;
      }
    }
  }
  if (std::any_of(left.begin(), left.end(), [](std::uint32_t count) { return count > 0; })) {
    // The last of the equal ones are those that were not found.
    std::size_t missing = 0;
    for (std::size_t event = wanted.size(); event-- > 0;) {
      const auto place = place_of(wanted[event]);
      if (left[place] > 0) {
        --left[place];
        missing = event;
      }
    }
    throw_not_there(removed, missing, users[removed.user[missing].value] != absent);
  }
  return keep;
}

template <class Ix>
void append_column(IdMap& ids, std::vector<Ix>& column, const IdMap& more_ids, std::span<const Ix> more) {
  const auto all = merged(ids, more_ids);
  const auto before = places_in(ids, all);
  const auto after = places_in(more_ids, all);
  for (Ix& index : column) {
    index = Ix(before[index.value]);
  }
  for (const Ix index : more) {
    column.push_back(Ix(after[index.value]));
  }
  ids = all;
}

inline void append_log(EventLog& log, const EventLog& more) {
  // Of a log without events, no weights may mean either.
  if (!log.weight.empty() || !more.weight.empty()) {
    log.weight.resize(log.size(), 1.0F);
    for (std::size_t event = 0; event < more.size(); ++event) {
      log.weight.push_back(more.weight_at(event));
    }
  }
  log.time.insert(log.time.end(), more.time.begin(), more.time.end());
  append_column<UserIx>(log.users, log.user, more.users, more.user);
  append_column<ItemIx>(log.items, log.item, more.items, more.item);
}

[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31U);
}

/// Two independent mixes of something.
using Mixes = std::array<std::uint64_t, 2>;
inline constexpr Mixes mix_seeds{0x243F6A8885A308D3ULL, 0x13198A2E03707344ULL};

[[nodiscard]] inline std::vector<Mixes> mixes_of(const IdMap& ids) {
  std::vector<Mixes> mixes(ids.size(), mix_seeds);
  for (std::size_t position = 0; position < mixes.size(); ++position) {
    const auto id = ids.at(position);
    for (auto& mix : mixes[position]) {
      if (const auto* text = std::get_if<std::string_view>(&id)) {
        for (const char byte : *text) {
          mix = (mix ^ static_cast<unsigned char>(byte)) * 0x100000001B3ULL;  // FNV-1a
        }
        mix = mixed(mix ^ text->size());
      } else {
        mix = mixed(~mix ^ static_cast<std::uint64_t>(std::get<std::int64_t>(id)));
      }
    }
  }
  return mixes;
}

[[nodiscard]] inline Mixes sum_of(const EventLog& log) {
  const auto users = mixes_of(log.users);
  const auto items = mixes_of(log.items);
  Mixes sum{};
  for (std::size_t event = 0; event < log.size(); ++event) {
    const auto weight = std::bit_cast<std::uint32_t>(log.weight_at(event) + 0.0F);
    const auto time = log.time.empty() ? 0 : static_cast<std::uint64_t>(log.time[event]);
    for (std::size_t lane = 0; lane < sum.size(); ++lane) {
      auto mix = mixed(users[log.user[event].value][lane] + mix_seeds[lane]);
      mix = mixed(mix ^ items[log.item[event].value][lane]);
      mix = mixed(mix + (static_cast<std::uint64_t>(weight) << 1U) + (log.time.empty() ? 0U : 1U));
      sum[lane] += mixed(mix ^ time);
    }
  }
  return sum;
}

}  // namespace detail

RECOCORE_INLINE EventLog change_events(const EventLog& log, const EventLog& removed, const EventLog& added) {
  detail::expect_alike(log, removed, "to be removed");
  detail::expect_alike(log, added, "to be added");
  EventLog changed = removed.size() == 0 ? log : select_events(log, detail::unmatched(log, removed));
  if (added.size() > 0) {
    detail::append_log(changed, added);
  }
  detail::compact_log(changed);
  return changed;
}

RECOCORE_INLINE EventLog events_of(const EventLog& log, const IdView& user) {
  if (log.users.size() > 0 && log.users.kind() != kind_of(user)) {
    throw IdTypeError("the user ids are " + std::string(to_string(log.users.kind())) + ", but " + to_display(user) +
                      " is " + std::string(to_string(kind_of(user))));
  }
  std::vector<std::uint8_t> keep(log.size());
  if (const auto position = log.users.find(user)) {
    std::transform(log.user.begin(), log.user.end(), keep.begin(),
                   [position](UserIx whose) { return static_cast<std::uint8_t>(whose.value == *position ? 1 : 0); });
  }
  return select_events(log, keep);
}

RECOCORE_INLINE EventLog events_before(const EventLog& log, std::int64_t time) {
  if (log.size() > 0 && log.time.empty()) {
    throw InvalidData("the events have no times, so none of them is before " + format_time(time));
  }
  std::vector<std::uint8_t> keep(log.size());
  std::transform(log.time.begin(), log.time.end(), keep.begin(),
                 [time](std::int64_t when) { return static_cast<std::uint8_t>(when < time ? 1 : 0); });
  return select_events(log, keep);
}

RECOCORE_INLINE void EventsDigest::add(const EventLog& log) {
  const auto sum = detail::sum_of(log);
  first_ += sum[0];
  second_ += sum[1];
}

RECOCORE_INLINE void EventsDigest::remove(const EventLog& log) {
  const auto sum = detail::sum_of(log);
  first_ -= sum[0];
  second_ -= sum[1];
}

RECOCORE_INLINE std::string EventsDigest::text() const {
  constexpr std::string_view digits = "0123456789abcdef";
  constexpr unsigned bits = 4;
  std::string text;
  for (const auto value : {first_, second_}) {
    for (unsigned shift = 64; shift > 0; shift -= bits) {
      text += digits[(value >> (shift - bits)) & 0xFU];
    }
  }
  return text;
}

RECOCORE_INLINE std::string events_digest(const EventLog& log) {
  EventsDigest digest;
  digest.add(log);
  return digest.text();
}

}  // namespace recocore
