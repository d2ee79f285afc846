#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/time.hpp>
#include <recocore/data/event_log.hpp>
#include <recocore/impl/data/compact_log.hpp>
#include <recocore/impl/data/event_types.hpp>

namespace recocore {

struct EventLogBuilder::State {
  /// Which of the optional columns a block has.
  struct Columns {
    bool weight = false;
    bool event = false;
    bool time = false;
  };
  /// What was there before a block.
  struct Mark {
    std::size_t events;
    std::size_t weights;
    std::size_t users;
    std::size_t items;
  };

  explicit State(detail::EventTypes event_types) : types(std::move(event_types)) {}

  detail::EventTypes types;
  std::optional<Columns> columns{};
  IdEncoder users{"user"};
  IdEncoder items{"item"};
  // Codes of the encoders until finish() makes them positions.
  std::vector<UserIx> user{};
  std::vector<ItemIx> item{};
  // Empty as long as all weights are 1.
  std::vector<float> weight{};
  std::vector<std::int64_t> time{};
  // What a finish() made that then threw.
  std::optional<IdEncoder::Result> user_ids{};
  std::optional<IdEncoder::Result> item_ids{};

  [[nodiscard]] static Columns columns_of(const EventBatch& batch);
  void expect_same_columns(const Columns& found) const;
  void append_weights(const EventBatch& batch);
  void append_weight(std::size_t row, float value);

  [[nodiscard]] Mark mark() const noexcept { return {user.size(), weight.size(), users.size(), items.size()}; }
  void roll_back(const Mark& mark) noexcept;
};

namespace detail {

inline void check_column_lengths(const EventBatch& batch) {
  const auto rows = batch.user.size();
  const auto check = [rows](std::string_view name, std::size_t size) {
    if (size != rows) {
      throw InvalidData("the user column has " + std::to_string(rows) + " rows but the " + std::string(name) +
                        " column has " + std::to_string(size) + "; all columns need one value a row");
    }
  };
  check("item", batch.item.size());
  std::visit(
      [&check](const auto& weights) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(weights)>, std::monostate>) {
          check("weight", weights.size());
        }
      },
      batch.weight);
  if (!batch.event.empty()) {
    check("event", batch.event.size());
  }
  if (!batch.time.empty()) {
    check("time", batch.time.size());
  }
}

template <class Ix>
void append_codes(IdEncoder& encoder, const IdColumn& ids, std::vector<Ix>& codes) {
  std::visit(
      [&](const auto& layout) {
        const auto before = codes.size();
        const auto rows = layout.size();
        codes.resize(before + rows);
        for (std::size_t row = 0; row < rows; ++row) {
          codes[before + row] = Ix(encoder.encode(layout[row]));
        }
      },
      ids.layout());
}

inline void check_times(std::span<const std::int64_t> times, std::size_t first_row) {
  const auto wrong = std::find_if(times.begin(), times.end(),
                                  [](std::int64_t time) { return time < earliest_time || time > latest_time; });
  if (wrong != times.end()) {
    throw InvalidData(
        "row " + std::to_string(first_row + static_cast<std::size_t>(wrong - times.begin())) + ": the time is " +
        std::to_string(*wrong / microseconds_per_second) +
        " seconds from 1970, outside the years 1 to 9999; is its unit another one, such as milliseconds?");
  }
}

template <class Ix>
void codes_to_positions(std::span<const std::uint32_t> position_of_code, std::vector<Ix>& codes) noexcept {
  for (auto& code : codes) {
    code = Ix(position_of_code[code.value]);
  }
}

/// Puts what an encoder had into it again.
inline void unfinish(IdEncoder& encoder, std::optional<IdEncoder::Result>& result, const char* what) {
  if (!result) {
    return;
  }
  IdEncoder again(what);
  for (const auto position : result->position_of_code) {
    std::visit([&again](const auto& id) { again.encode(id); }, result->ids.at(position));
  }
  encoder = std::move(again);
  result.reset();
}

template <class Value>
[[nodiscard]] std::vector<Value> select_rows(const std::vector<Value>& column, std::span<const std::uint8_t> keep,
                                             std::size_t count) {
  std::vector<Value> kept;
  if (column.empty()) {
    return kept;
  }
  kept.reserve(count);
  for (std::size_t row = 0; row < column.size(); ++row) {
    if (keep[row] != 0) {
      kept.push_back(column[row]);
    }
  }
  return kept;
}

}  // namespace detail

inline EventLogBuilder::State::Columns EventLogBuilder::State::columns_of(const EventBatch& batch) {
  return {!std::holds_alternative<std::monostate>(batch.weight), !batch.event.empty(), !batch.time.empty()};
}

inline void EventLogBuilder::State::expect_same_columns(const Columns& found) const {
  if (found.event != !types.empty()) {
    throw InvalidParameter(found.event ? "the events have types, but no event weights were given; say what each counts"
                                       : "event weights were given, but the events have no column of types");
  }
  const auto check = [](std::string_view name, bool expected, bool is_there) {
    if (expected != is_there) {
      throw InvalidData("this block of events has " + std::string(is_there ? "a " : "no ") + std::string(name) +
                        " column, the blocks before it had " + (expected ? "one" : "none") +
                        "; all blocks must have the same columns");
    }
  };
  if (columns) {
    check("weight", columns->weight, found.weight);
    check("time", columns->time, found.time);
  }
}

inline void EventLogBuilder::State::append_weight(std::size_t row, float value) {
  if (weight.empty()) {
    if (value == 1.0F) {
      return;
    }
    weight.assign(row, 1.0F);
  }
  weight.push_back(value);
}

inline void EventLogBuilder::State::append_weights(const EventBatch& batch) {
  constexpr std::size_t chunk = 1024;
  std::array<double, chunk> product{};
  for (std::size_t begin = 0; begin < batch.user.size(); begin += chunk) {
    const auto count = std::min(chunk, batch.user.size() - begin);
    const auto first_row = user.size() + begin;
    const auto name_of = [first_row](std::size_t row) {
      return [name = first_row + row] { return "row " + std::to_string(name); };
    };
    product.fill(1.0);
    std::visit(
        [&](const auto& weights) {
          if constexpr (!std::is_same_v<std::decay_t<decltype(weights)>, std::monostate>) {
            for (std::size_t row = 0; row < count; ++row) {
              product[row] = static_cast<double>(weights[begin + row]);
              detail::check_weight(product[row], name_of(row));
            }
          }
        },
        batch.weight);
    if (!batch.event.empty()) {
      std::visit(
          [&](const auto& event) {
            for (std::size_t row = 0; row < count; ++row) {
              product[row] *= types.weight_of(event[begin + row], name_of(row));
            }
          },
          batch.event.layout());
    }
    for (std::size_t row = 0; row < count; ++row) {
      append_weight(first_row + row, detail::to_stored_weight(product[row], name_of(row)));
    }
  }
}

inline void EventLogBuilder::State::roll_back(const Mark& mark) noexcept {
  user.resize(std::min(user.size(), mark.events));
  item.resize(std::min(item.size(), mark.events));
  time.resize(std::min(time.size(), mark.events));
  weight.resize(std::min(weight.size(), mark.weights));
  users.truncate(mark.users);
  items.truncate(mark.items);
}

RECOCORE_INLINE EventLogBuilder::EventLogBuilder(EventWeights event_weights)
    : state_(std::make_unique<State>(detail::EventTypes(std::move(event_weights)))) {}
RECOCORE_INLINE EventLogBuilder::~EventLogBuilder() = default;
RECOCORE_INLINE EventLogBuilder::EventLogBuilder(EventLogBuilder&&) noexcept = default;
RECOCORE_INLINE EventLogBuilder& EventLogBuilder::operator=(EventLogBuilder&&) noexcept = default;

RECOCORE_INLINE std::size_t EventLogBuilder::size() const noexcept { return state_->user.size(); }

RECOCORE_INLINE void EventLogBuilder::add(const EventBatch& batch) {
  auto& s = *state_;
  detail::unfinish(s.users, s.user_ids, "user");
  detail::unfinish(s.items, s.item_ids, "item");
  detail::check_column_lengths(batch);
  if (batch.user.empty()) {
    return;
  }
  const auto columns = State::columns_of(batch);
  s.expect_same_columns(columns);
  detail::check_times(batch.time, s.user.size());
  const auto mark = s.mark();
  try {
    s.append_weights(batch);
    detail::append_codes(s.users, batch.user, s.user);
    detail::append_codes(s.items, batch.item, s.item);
    s.time.insert(s.time.end(), batch.time.begin(), batch.time.end());
  } catch (...) {
    s.roll_back(mark);
    throw;
  }
  s.columns = columns;
}

RECOCORE_INLINE EventLog EventLogBuilder::finish() {
  State empty(state_->types);
  EventLog log;
  auto& s = *state_;
  if (!s.user_ids) {
    s.user_ids = s.users.finish();
  }
  if (!s.item_ids) {
    s.item_ids = s.items.finish();
  }
  // From here on nothing is thrown.
  detail::codes_to_positions(s.user_ids->position_of_code, s.user);
  detail::codes_to_positions(s.item_ids->position_of_code, s.item);
  log.users = std::move(s.user_ids->ids);
  log.items = std::move(s.item_ids->ids);
  log.user = std::move(s.user);
  log.item = std::move(s.item);
  log.weight = std::move(s.weight);
  log.time = std::move(s.time);
  std::swap(s, empty);
  return log;
}

RECOCORE_INLINE EventLog select_events(const EventLog& log, std::span<const std::uint8_t> keep) {
  if (keep.size() != log.size()) {
    throw InvalidParameter("`keep` has " + std::to_string(keep.size()) + " marks for " + std::to_string(log.size()) +
                           " events; it needs one an event");
  }
  const auto count = keep.size() - static_cast<std::size_t>(std::count(keep.begin(), keep.end(), std::uint8_t{0}));
  EventLog kept;
  kept.users = log.users;
  kept.items = log.items;
  kept.user = detail::select_rows(log.user, keep, count);
  kept.item = detail::select_rows(log.item, keep, count);
  kept.weight = detail::select_rows(log.weight, keep, count);
  kept.time = detail::select_rows(log.time, keep, count);
  detail::compact_log(kept);
  return kept;
}

}  // namespace recocore
