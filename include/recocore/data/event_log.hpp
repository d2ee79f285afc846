/// Events as they happened: who, what, how much, when.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include <recocore/core/id_column.hpp>
#include <recocore/core/id_map.hpp>
#include <recocore/core/index.hpp>

namespace recocore {

/// A span of weights in either precision. Default: no weights, each event counts 1.
using WeightColumn = std::variant<std::monostate, std::span<const float>, std::span<const double>>;

/// One block of events in the caller's memory. All columns present have the same number of rows.
struct EventBatch {
  IdColumn user{};
  IdColumn item{};
  WeightColumn weight{};
  /// The type of each event ("view", "purchase"), looked up in the builder's event weights. Empty: none.
  IdColumn event{};
  /// Microseconds since 1970-01-01 UTC. Empty: none.
  std::span<const std::int64_t> time{};
};

/// What an event type counts, by its name: {{"view", 1}, {"cart", 3}, {"purchase", 8}}.
using EventWeights = std::map<std::string, double, std::less<>>;

/// All events, ids replaced by positions. Immutable once built; columns are parallel.
struct EventLog {
  IdMap users{};
  IdMap items{};
  std::vector<UserIx> user{};
  std::vector<ItemIx> item{};
  /// Empty when every event weighs 1.
  std::vector<float> weight{};
  /// Microseconds since 1970-01-01 UTC; empty when the events have no times.
  std::vector<std::int64_t> time{};

  [[nodiscard]] std::size_t size() const noexcept { return user.size(); }
  [[nodiscard]] float weight_at(std::size_t event) const noexcept { return weight.empty() ? 1.0F : weight[event]; }

  friend bool operator==(const EventLog&, const EventLog&) = default;
};

/// Takes events block by block and makes an `EventLog`. 20 bytes an event at most, beside the ids.
class EventLogBuilder {
 public:
  /// The weight of an event is its weight column (1 without one) times the weight of its type. Integer event types
  /// are looked up by their decimal text.
  /// @throws InvalidParameter when a weight is not finite.
  explicit EventLogBuilder(EventWeights event_weights = {});
  ~EventLogBuilder();
  EventLogBuilder(EventLogBuilder&&) noexcept;
  EventLogBuilder& operator=(EventLogBuilder&&) noexcept;
  EventLogBuilder(const EventLogBuilder&) = delete;
  EventLogBuilder& operator=(const EventLogBuilder&) = delete;

  /// Adds a block. All blocks have the same columns. Rows in messages count from 0 over all blocks.
  /// @throws InvalidData columns of different length, a weight that is NaN or infinite, a time outside the years 1 to
  ///         9999, an event type without a weight (the message lists the known ones), blocks that differ in their
  ///         columns; IdTypeError mixed ids; CapacityExceeded too many users or items; InvalidParameter event weights
  ///         without event types, or types without weights. After an error the builder holds what it held before.
  void add(const EventBatch& batch);

  [[nodiscard]] std::size_t size() const noexcept;

  /// The events in the order they were added. The builder is empty afterwards.
  [[nodiscard]] EventLog finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The events marked true, with only the users and items that still occur.
/// @param keep one byte an event, 0 or not.
/// @throws InvalidParameter when there are not as many as events.
[[nodiscard]] EventLog select_events(const EventLog& log, std::span<const std::uint8_t> keep);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/data/event_log_inl.hpp>
#endif
