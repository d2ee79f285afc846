#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "handles.hpp"
#include "settings.hpp"
#include "status.hpp"
#include "structs.hpp"

namespace recocore::capi {

namespace {

[[nodiscard]] ArrowConfig read_config(const Settings& settings) {
  ArrowConfig config;
  Section top(settings, "");
  top.get("user", config.user);
  top.get("item", config.item);
  top.get("weight", config.weight);
  top.get("event", config.event);
  top.get("timestamp", config.timestamp);
  top.get("consent", config.consent);
  top.get("time_unit", config.time_unit, &parse_time_unit);
  top.allow_section("event_weights");
  top.finish();

  Section weights(settings, "event_weights");
  for (const auto& setting : settings.values()) {
    if (setting.section == "event_weights") {
      if (std::holds_alternative<std::monostate>(setting.value)) {
        throw InvalidParameter("the setting '" + setting.name + "' of 'event_weights' must be a number, not null");
      }
      weights.get(setting.name.c_str(), config.event_weights[setting.name]);
    }
  }
  return config;
}

[[nodiscard]] EventBatch to_batch(const recocore_event_columns& columns,
                                  std::array<std::vector<std::string_view>, 3>& texts) {
  EventBatch batch{.user = to_column(columns.users, "users", texts[0]),
                   .item = to_column(columns.items, "items", texts[1]),
                   .event = to_column(columns.types, "types", texts[2])};
  const auto check = [&columns](std::size_t size, const char* what) {
    if (size != columns.count) {
      throw InvalidArgument("the columns have " + std::to_string(columns.count) + " rows, but there are " +
                            std::to_string(size) + " " + what);
    }
  };
  check(batch.user.size(), "users");
  check(batch.item.size(), "items");
  if (columns.types != nullptr) {
    check(batch.event.size(), "types");
  }
  if (columns.weights != nullptr) {
    batch.weight = std::span(columns.weights, columns.count);
  }
  if (columns.times != nullptr) {
    batch.time = {columns.times, columns.count};
  }
  return batch;
}

/// The flags of a block of columns, which is about to be added. Those of all blocks have room for them.
/// @throws InvalidParameter none where the settings want them; InvalidData other values, or blocks that differ.
[[nodiscard]] std::span<const std::uint8_t> read_consent(const recocore_event_columns& columns,
                                                         recocore_events& events) {
  const auto first_row = events.given();
  const bool is_given = columns.consent != nullptr;
  if (!is_given && events.config.consent) {
    throw InvalidParameter("the settings have a 'consent', but these columns have no `consent`: give a flag an event");
  }
  if (first_row > 0 && columns.count > 0 && is_given == events.consent.empty()) {
    throw InvalidData("this block of events has " + std::string(is_given ? "a" : "no") +
                      " consent column, the blocks before it had " + (is_given ? "none" : "one") +
                      "; all blocks must have the same columns");
  }
  if (!is_given) {
    return {};
  }
  const std::span flags(columns.consent, columns.count);
  for (std::size_t row = 0; row < flags.size(); ++row) {
    if (flags[row] > 1) {
      throw InvalidData("row " + std::to_string(first_row + row) + ": the consent is " + std::to_string(flags[row]) +
                        "; it must be 0 or 1");
    }
  }
  const auto needed = events.consent.size() + flags.size();
  if (needed > events.consent.capacity()) {
    events.consent.reserve(std::max(needed, 2 * events.consent.capacity()));
  }
  return flags;
}

void require_open(const recocore_events& events) {
  if (events.all || events.log) {
    throw InvalidArgument("the events have been used: clear them before you add others");
  }
}

/// Releases a stream when the work is over before it was read.
class StreamGuard {
 public:
  explicit StreamGuard(ArrowArrayStream* stream) noexcept : stream_(stream) {}
  ~StreamGuard() {
    if (stream_ != nullptr && stream_->release != nullptr) {
      stream_->release(stream_);
    }
  }
  StreamGuard(const StreamGuard&) = delete;
  StreamGuard& operator=(const StreamGuard&) = delete;

 private:
  ArrowArrayStream* stream_;
};

}  // namespace

}  // namespace recocore::capi

using namespace recocore::capi;

const recocore::EventLog& recocore_events::seal() {
  if (!log) {
    // In two steps: where there is no memory for the second, none that are withheld are taken for the rest.
    if (!all) {
      all = builder ? builder->finish() : recocore::EventLog{};
    }
    log = withheld == 0 ? std::move(*all) : recocore::select_events(*all, consent);
    all.reset();
  }
  return *log;
}

std::size_t recocore_events::given() const noexcept {
  if (log) {
    return log->size();
  }
  if (all) {
    return all->size();
  }
  return builder ? builder->size() : 0;
}

recocore_status recocore_events_new(const char* settings, recocore_events** events, recocore_error* error) {
  return guarded(error, [&] {
    require(events, "events");
    *events = std::make_unique<recocore_events>(read_config(Settings::parse(settings))).release();
  });
}

recocore_status recocore_events_add(recocore_events* events, const recocore_event_columns* columns,
                                    recocore_error* error) {
  return guarded(error, [&] {
    require(events, "events");
    require(columns, "columns");
    require_open(*events);
    const auto given = read_struct(columns, "recocore_event_columns");
    std::array<std::vector<std::string_view>, 3> texts;
    if (!events->builder) {
      events->builder.emplace(events->config.event_weights);
    }
    const auto batch = to_batch(given, texts);
    const auto flags = read_consent(given, *events);
    events->builder->add(batch);
    // There is room.
    events->consent.insert(events->consent.end(), flags.begin(), flags.end());
    events->withheld += static_cast<std::size_t>(std::count(flags.begin(), flags.end(), std::uint8_t{0}));
  });
}

recocore_status recocore_events_add_arrow(recocore_events* events, ArrowArrayStream* stream, recocore_error* error) {
  return guarded(error, [&] {
    const StreamGuard guard(stream);
    require(events, "events");
    require(stream, "stream");
    require_open(*events);
    if (events->given() > 0) {
      throw InvalidArgument("the events hold columns already: clear them before you add a stream");
    }
    events->log = recocore::read_events_arrow(*stream, events->config);
  });
}

size_t recocore_events_count(const recocore_events* events) {
  if (events == nullptr) {
    return 0;
  }
  return events->log ? events->log->size() : events->given() - events->withheld;
}

void recocore_events_clear(recocore_events* events) {
  if (events == nullptr) {
    return;
  }
  events->log.reset();
  events->all.reset();
  events->builder.reset();
  events->consent.clear();
  events->withheld = 0;
}

void recocore_events_free(recocore_events* events) { delete events; }
