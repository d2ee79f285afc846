/// Who interacted with what, and how strongly: the matrix every model is fitted on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <recocore/core/id_map.hpp>
#include <recocore/core/index.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/data/event_log.hpp>
#include <recocore/data/sparse_rows.hpp>

namespace recocore {

/// What becomes of several events of one user with one item.
enum class Duplicates : std::uint8_t {
  sum,     ///< their weights are added
  max,     ///< the largest weight counts
  last,    ///< the latest event counts, of several at that time the one with the largest weight. Without times the one
           ///< that came last: the only result that depends on the order of the events.
  binary,  ///< the pair counts 1, whatever the weights; only a pair of nothing but zero weights is none
};

/// How events become interactions. The steps happen in the order of the fields.
struct InteractionsConfig {
  /// A robot must not own the model: of a user with more events than this the latest count (without times: those of
  /// the smallest item ids). Ties: the smaller item id, then the larger weight. Fitting costs the square of a row's
  /// length, and no customer has this many.
  std::uint64_t max_events_per_user = 20'000;
  /// Exponential decay: an event this many seconds before `reference_time` counts half; later ones count in full.
  std::optional<double> half_life_seconds{};
  /// Microseconds since 1970-01-01 UTC. Default: the time of the latest event.
  std::optional<std::int64_t> reference_time{};
  Duplicates duplicates = Duplicates::sum;
  /// Users with fewer items, and items with fewer users, are left out, repeatedly until none is left (k-core).
  std::uint32_t min_items_per_user = 1;
  std::uint32_t min_users_per_item = 1;

  /// @throws InvalidParameter when a field makes no sense.
  void validate() const;

  friend bool operator==(const InteractionsConfig&, const InteractionsConfig&) = default;
};

/// What was read and what was dropped, and why. Every event is counted in exactly one of the last five fields.
struct InteractionsReport {
  std::uint64_t events = 0;
  std::uint64_t users_read = 0;
  std::uint64_t items_read = 0;
  std::uint64_t capped_users = 0;  ///< users above `max_events_per_user`
  std::uint64_t rare_users = 0;    ///< users below `min_items_per_user`, also those of whom nothing else was left
  std::uint64_t rare_items = 0;    ///< items below `min_users_per_item`, also those of which nothing else was left

  std::uint64_t over_cap_events = 0;   ///< events dropped by the cap
  std::uint64_t faded_events = 0;      ///< events of pairs whose weight is zero, by decay or because it was given so
  std::uint64_t duplicate_events = 0;  ///< events merged into another of the same pair
  std::uint64_t rare_events = 0;       ///< interactions of rare users and items
  std::uint64_t interactions = 0;      ///< what is left

  friend bool operator==(const InteractionsReport&, const InteractionsReport&) = default;
};

/// The report as a few lines of plain language; only what happened is mentioned.
[[nodiscard]] std::string to_text(const InteractionsReport& report);

/// The interactions of users with items: immutable, cheap to copy, rows by user and by item.
///
/// Positions follow ids, and rows ascend, so equal events in any order give equal bytes.
class Interactions {
 public:
  /// No users, no items.
  Interactions();

  /// From events. Users and items without interactions are left out. O(events log events).
  /// @throws InvalidParameter for a bad configuration or a half-life without times; InvalidData for a sum of weights
  ///         that no float holds, or a log whose columns do not belong together; Cancelled, DeadlineExceeded.
  [[nodiscard]] static Interactions from_events(EventLog log, const InteractionsConfig& config = {},
                                                const RunOptions& options = {});

  /// From a matrix that exists already; ids are the row and column numbers. Rows need not be sorted; duplicates in a
  /// row are merged by `config.duplicates`; explicit zeros are dropped. Empty rows and columns stay unless a minimum
  /// support is asked for. A matrix that needs none of this is taken over without a copy.
  /// @throws InvalidData offsets that do not ascend, an index outside the columns, NaN or infinite values; Cancelled,
  ///         DeadlineExceeded.
  [[nodiscard]] static Interactions from_rows(SparseRows<UserIx, ItemIx> rows, const InteractionsConfig& config = {},
                                              const RunOptions& options = {});

  /// The same interactions among more users and items, who have none; `events()` are the same.
  /// @param users, items all ids, those of this table among them. @throws InvalidData when one is missing.
  [[nodiscard]] Interactions extended(const IdMap& users, const IdMap& items) const;

  [[nodiscard]] const IdMap& users() const noexcept;
  [[nodiscard]] const IdMap& items() const noexcept;
  [[nodiscard]] const SparseRows<UserIx, ItemIx>& by_user() const noexcept;
  [[nodiscard]] const SparseRows<ItemIx, UserIx>& by_item() const noexcept;
  /// The time of the latest event of each interaction, parallel to `by_user().indices`; empty without times.
  [[nodiscard]] std::span<const std::int64_t> times() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept;

  [[nodiscard]] const InteractionsConfig& config() const noexcept;
  [[nodiscard]] const InteractionsReport& report() const noexcept;

  /// The events these interactions were made from, by user, item and time: kept, so that splits and updates can build
  /// anew. When nothing was merged, dropped or reweighted they are derived from the rows, in their order, instead of
  /// being stored.
  /// @throws InvalidParameter when they are not there: see `has_events`.
  [[nodiscard]] EventLog events() const;

  /// False for what was read from a file for serving only, which has no events, no times, and rows only if users'
  /// histories were kept. What asks for more than `item_support` then finds empty rows.
  [[nodiscard]] bool has_events() const noexcept;
  /// How many users there were, and how many of them each item had, whether there are rows or not.
  [[nodiscard]] std::size_t user_count() const noexcept;
  [[nodiscard]] std::size_t item_support(ItemIx item) const noexcept;
  /// The sum of the weights of an item.
  [[nodiscard]] double item_weight(ItemIx item) const noexcept;

  /// What a file holds of interactions, defined in `data/interactions_parts.hpp`.
  struct Parts;
  /// @throws InvalidData parts that do not belong together or make no sense.
  [[nodiscard]] static Interactions from_parts(Parts parts);
  [[nodiscard]] const Parts& parts() const noexcept;

  /// Same ids, same rows, same times; how they were made does not matter.
  friend bool operator==(const Interactions& a, const Interactions& b);

 private:
  struct Storage;
  explicit Interactions(std::shared_ptr<const Storage> storage) noexcept;
  [[nodiscard]] static Interactions from_log(EventLog log, const InteractionsConfig& config, bool keep_all_ids,
                                             const RunOptions& options);

  std::shared_ptr<const Storage> storage_;
};

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/data/interactions_inl.hpp>
#endif
