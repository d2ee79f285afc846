/// The events of a model that changes, by user.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/data/event_log.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/impl/data/check_data.hpp>
#include <recocore/impl/data/compact_ids.hpp>
#include <recocore/impl/data/merge_events.hpp>
#include <recocore/impl/live/live_rows.hpp>
#include <recocore/impl/live/user_ids.hpp>

namespace recocore::detail {

/// Of one user, by item, time and weight.
using EventsOfUser = std::vector<RowEvent>;

[[nodiscard]] inline bool precedes(const RowEvent& a, const RowEvent& b) noexcept {
  return std::tie(a.item, a.time, a.weight) < std::tie(b.item, b.time, b.weight);
}

/// Events of users by position; those of a base, and those that were put in their place.
class UserEvents {
 public:
  UserEvents() = default;
  explicit UserEvents(const Interactions& interactions)
      : base_(interactions.events()), config_(interactions.config()), has_times_(!base_.time.empty()) {
    offsets_.assign(base_.users.size() + 1, 0);
    for (const auto user : base_.user) {
      ++offsets_[user.value + 1];
    }
    for (std::size_t user = 0; user + 1 < offsets_.size(); ++user) {
      offsets_[user + 1] += offsets_[user];
    }
    base_.users = {};  // who they are is known elsewhere
  }

  [[nodiscard]] const IdMap& items() const noexcept { return base_.items; }
  /// Events of the base.
  [[nodiscard]] std::size_t base_size() const noexcept { return base_.item.size(); }
  [[nodiscard]] bool has_times() const noexcept { return has_times_; }

  [[nodiscard]] EventsOfUser of(UserIx user) const {
    if (user.value < edited_.size() && edited_[user.value]) {
      return *edited_[user.value];
    }
    EventsOfUser events;
    if (user.value + 1 < offsets_.size()) {
      events.reserve(offsets_[user.value + 1] - offsets_[user.value]);
      for (auto event = offsets_[user.value]; event < offsets_[user.value + 1]; ++event) {
        events.push_back({has_times_ ? base_.time[event] : 0, base_.item[event], base_.weight_at(event)});
      }
    }
    return events;
  }

  /// Makes room, so that `set` does not throw.
  void reserve(std::size_t users) {
    if (edited_.size() < users) {
      edited_.resize(users);
    }
  }

  /// @return what was there.
  std::unique_ptr<EventsOfUser> set(UserIx user, std::unique_ptr<EventsOfUser> events) noexcept {
    return std::exchange(edited_[user.value], std::move(events));
  }

  /// Nothing of the base stays behind for this user.
  void wipe_base(UserIx user) noexcept {
    if (user.value + 1 < offsets_.size()) {
      for (auto event = offsets_[user.value]; event < offsets_[user.value + 1]; ++event) {
        base_.item[event] = ItemIx{};
        if (!base_.weight.empty()) {
          base_.weight[event] = 0.0F;
        }
        if (has_times_) {
          base_.time[event] = 0;
        }
      }
    }
  }

  /// The row these events make.
  /// @throws InvalidData when a sum of weights leaves the range of a float.
  [[nodiscard]] UserRow row_of(const IdView& user, const EventsOfUser& events) const {
    EventLog log;
    log.users = single(user);
    log.items = base_.items;
    log.user.assign(events.size(), UserIx{});
    log.item.reserve(events.size());
    for (const auto& event : events) {
      log.item.push_back(event.item);
    }
    append_columns(events, log);
    drop_unit_weights(log);
    InteractionsReport report;
    auto merged = merge_events(log, config_, report);
    return {std::move(merged.rows.indices), std::move(merged.rows.values)};
  }

  /// The events of these users, in the order of their ids, and with the ids that occur.
  template <class ForEachUser>
  [[nodiscard]] EventLog log_of(const ForEachUser& for_each_user) const {
    EventLog log;
    std::vector<std::int64_t> integers;
    std::vector<std::uint64_t> offsets{0};
    std::string bytes;
    std::vector<std::uint8_t> occurs(base_.items.size(), 0);
    IdKind kind = IdKind::integer;
    std::uint32_t users = 0;
    for_each_user([&](const IdView& id, std::uint32_t position) {
      const auto events = of(UserIx(position));
      if (events.empty()) {
        return;
      }
      kind = kind_of(id);
      if (kind == IdKind::integer) {
        integers.push_back(std::get<std::int64_t>(id));
      } else {
        bytes += std::get<std::string_view>(id);
        offsets.push_back(bytes.size());
      }
      log.user.insert(log.user.end(), events.size(), UserIx(users++));
      for (const auto& event : events) {
        log.item.push_back(event.item);
        occurs[event.item.value] = 1;
      }
      append_columns(events, log);
    });
    log.users = kind == IdKind::integer ? IdMap::from_sorted(std::move(integers))
                                        : IdMap::from_sorted(std::move(offsets), std::move(bytes));
    auto compact = compact_ids(base_.items, occurs);
    for (auto& item : log.item) {
      item = ItemIx(compact.new_position[item.value]);
    }
    log.items = std::move(compact.ids);
    drop_unit_weights(log);
    return log;
  }

 private:
  [[nodiscard]] static IdMap single(const IdView& id) {
    if (const auto* integer = std::get_if<std::int64_t>(&id)) {
      return IdMap::from_sorted(std::vector{*integer});
    }
    const auto text = std::get<std::string_view>(id);
    return IdMap::from_sorted({0, text.size()}, std::string(text));
  }

  void append_columns(const EventsOfUser& events, EventLog& log) const {
    for (const auto& event : events) {
      log.weight.push_back(event.weight);
      if (has_times_) {
        log.time.push_back(event.time);
      }
    }
  }

  static void drop_unit_weights(EventLog& log) {
    if (std::all_of(log.weight.begin(), log.weight.end(), [](float weight) { return weight == 1.0F; })) {
      log.weight.clear();
    }
  }

  EventLog base_{};
  InteractionsConfig config_{};
  bool has_times_ = false;
  std::vector<std::uint64_t> offsets_{0};
  std::vector<std::unique_ptr<EventsOfUser>> edited_{};
};

}  // namespace recocore::detail
