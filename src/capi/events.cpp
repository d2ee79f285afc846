#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
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

void require_open(const recocore_events& events) {
  if (events.log) {
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
    log = builder ? builder->finish() : recocore::EventLog{};
  }
  return *log;
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
    events->builder->add(to_batch(given, texts));
  });
}

recocore_status recocore_events_add_arrow(recocore_events* events, ArrowArrayStream* stream, recocore_error* error) {
  return guarded(error, [&] {
    const StreamGuard guard(stream);
    require(events, "events");
    require(stream, "stream");
    require_open(*events);
    if (recocore_events_count(events) > 0) {
      throw InvalidArgument("the events hold columns already: clear them before you add a stream");
    }
    events->log = recocore::read_events_arrow(*stream, events->config);
  });
}

size_t recocore_events_count(const recocore_events* events) {
  if (events == nullptr) {
    return 0;
  }
  if (events->log) {
    return events->log->size();
  }
  return events->builder ? events->builder->size() : 0;
}

void recocore_events_clear(recocore_events* events) {
  if (events == nullptr) {
    return;
  }
  events->log.reset();
  events->builder.reset();
}

void recocore_events_free(recocore_events* events) { delete events; }
