#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/impl/core/text.hpp>
#include <recocore/impl/data/canonical_order.hpp>
#include <recocore/impl/data/check_data.hpp>
#include <recocore/impl/data/compact_ids.hpp>
#include <recocore/impl/data/k_core.hpp>
#include <recocore/impl/data/merge_events.hpp>

namespace recocore {

struct Interactions::Storage {
  IdMap users{};
  IdMap items{};
  SparseRows<UserIx, ItemIx> by_user{};
  SparseRows<ItemIx, UserIx> by_item{};
  std::vector<std::int64_t> times{};
  InteractionsConfig config{};
  InteractionsReport report{};
  /// Only when the rows do not say all.
  std::optional<EventLog> log{};
};

namespace detail {

/// The position of each id of `from` in `to`, which must have them all.
[[nodiscard]] inline std::vector<std::uint32_t> positions_in(const IdMap& from, const IdMap& to,
                                                             std::string_view what) {
  std::vector<std::uint32_t> positions(from.size());
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const auto position = to.find(from.at(i));
    if (!position) {
      throw InvalidData("the " + std::string(what) + " " + to_display(from.at(i)) +
                        " has interactions, so it must be among the ids these are extended to");
    }
    positions[i] = *position;
  }
  return positions;
}

/// The entries of users and items that stay, renumbered.
[[nodiscard]] inline TimedRows compact_rows(const TimedRows& all, const Support& stays, const CompactIds& users,
                                            const CompactIds& items) {
  const auto& rows = all.rows;
  TimedRows kept;
  kept.rows.columns = items.ids.size();
  kept.rows.offsets.reserve(users.ids.size() + 1);
  for (std::size_t user = 0; user < rows.rows(); ++user) {
    if (stays.users[user] == 0) {
      continue;
    }
    for (auto entry = rows.offsets[user]; entry < rows.offsets[user + 1]; ++entry) {
      const auto item = rows.indices[entry].value;
      if (stays.items[item] == 0) {
        continue;
      }
      kept.rows.indices.emplace_back(items.new_position[item]);
      if (!rows.is_binary()) {
        kept.rows.values.push_back(rows.values[entry]);
      }
      if (!all.times.empty()) {
        kept.times.push_back(all.times[entry]);
      }
    }
    kept.rows.offsets.push_back(kept.rows.entries());
  }
  drop_unit_values(kept.rows.values);
  return kept;
}

[[nodiscard]] inline bool all_stay(const std::vector<std::uint8_t>& stays) {
  return std::all_of(stays.begin(), stays.end(), [](std::uint8_t flag) { return flag != 0; });
}

}  // namespace detail

RECOCORE_INLINE void InteractionsConfig::validate() const {
  const auto at_least_one = [](const std::string& name, std::uint64_t value) {
    if (value == 0) {
      throw InvalidParameter(name + " is 0; it must be at least 1");
    }
  };
  at_least_one("max_events_per_user", max_events_per_user);
  at_least_one("min_items_per_user", min_items_per_user);
  at_least_one("min_users_per_item", min_users_per_item);
  if (half_life_seconds && !(std::isfinite(*half_life_seconds) && *half_life_seconds > 0.0)) {
    throw InvalidParameter("the half-life is " + detail::number_text(*half_life_seconds) +
                           " seconds; it must be a positive number");
  }
  if (half_life_seconds && duplicates == Duplicates::binary) {
    throw InvalidParameter(
        "a half-life has no effect on binary interactions; use duplicates sum, max or last, or no "
        "half-life");
  }
}

RECOCORE_INLINE std::string to_text(const InteractionsReport& report) {
  using detail::count_text;
  std::string text = "read " + count_text(report.events, "event") + " of " + count_text(report.users_read, "user") +
                     " with " + count_text(report.items_read, "item") + "\n";
  if (report.over_cap_events > 0) {
    text += "dropped " + count_text(report.over_cap_events, "event") + " of " +
            count_text(report.capped_users, "user") + " with more events than the cap\n";
  }
  if (report.faded_events > 0) {
    text += "dropped " + count_text(report.faded_events, "event") + " of pairs whose weight is zero\n";
  }
  if (report.duplicate_events > 0) {
    text += "merged " + count_text(report.duplicate_events, "event") + " into another of the same user and item\n";
  }
  if (report.rare_users > 0 || report.rare_items > 0) {
    text += "dropped " + count_text(report.rare_users, "user") + " and " + count_text(report.rare_items, "item") +
            " with too little support or nothing left, and their " + count_text(report.rare_events, "interaction") +
            "\n";
  }
  return text + "left: " + count_text(report.interactions, "interaction") + "\n";
}

RECOCORE_INLINE Interactions::Interactions() : storage_(std::make_shared<const Storage>()) {}

RECOCORE_INLINE Interactions::Interactions(std::shared_ptr<const Storage> storage) noexcept
    : storage_(std::move(storage)) {}

RECOCORE_INLINE Interactions Interactions::from_log(EventLog log, const InteractionsConfig& config, bool keep_all_ids,
                                                    const RunOptions& options) {
  if (config.half_life_seconds && log.time.empty() && log.size() > 0) {
    throw InvalidParameter("a half-life needs the time of each event, but the events have no times");
  }
  auto storage = std::make_shared<Storage>();
  auto& s = *storage;
  s.config = config;
  s.report.events = log.size();
  s.report.users_read = log.users.size();
  s.report.items_read = log.items.size();

  auto merged = detail::merge_events(log, config, s.report, options);
  const auto merged_entries = merged.rows.entries();
  s.users = log.users;
  s.items = log.items;
  throw_if_stopped(options);
  s.by_item = transpose(merged.rows);
  if (!keep_all_ids) {
    throw_if_stopped(options);
    const auto stays =
        detail::KCore(merged.rows, s.by_item, config.min_items_per_user, config.min_users_per_item).find();
    if (!detail::all_stay(stays.users) || !detail::all_stay(stays.items)) {
      auto users = detail::compact_ids(log.users, stays.users);
      auto items = detail::compact_ids(log.items, stays.items);
      merged = detail::compact_rows(merged, stays, users, items);
      s.users = std::move(users.ids);
      s.items = std::move(items.ids);
      s.by_item = transpose(merged.rows);
    }
  }
  s.by_user = std::move(merged.rows);
  s.times = std::move(merged.times);

  s.report.rare_users = s.report.users_read - s.users.size();
  s.report.rare_items = s.report.items_read - s.items.size();
  s.report.rare_events = merged_entries - s.by_user.entries();
  s.report.interactions = s.by_user.entries();
  const bool lost_weights = config.duplicates == Duplicates::binary && !log.weight.empty();
  if (config.half_life_seconds || lost_weights || s.report.interactions != s.report.events) {
    // Without times only their order says which event is the last.
    if (config.duplicates != Duplicates::last || !log.time.empty()) {
      detail::sort_events(log);
    }
    s.log = std::move(log);
  }
  return Interactions(std::move(storage));
}

RECOCORE_INLINE Interactions Interactions::from_events(EventLog log, const InteractionsConfig& config,
                                                       const RunOptions& options) {
  config.validate();
  detail::check_log(log);
  return from_log(std::move(log), config, false, options);
}

RECOCORE_INLINE Interactions Interactions::from_rows(SparseRows<UserIx, ItemIx> rows, const InteractionsConfig& config,
                                                     const RunOptions& options) {
  config.validate();
  if (config.half_life_seconds) {
    throw InvalidParameter("a half-life needs the time of each event, but a matrix has no times");
  }
  const auto shape = detail::check_rows(rows);
  detail::drop_unit_values(rows.values);
  const bool keep_all_ids = config.min_items_per_user == 1 && config.min_users_per_item == 1;
  const bool as_it_is = shape.is_canonical && shape.longest_row <= config.max_events_per_user && keep_all_ids &&
                        (rows.is_binary() || config.duplicates != Duplicates::binary);
  if (!as_it_is) {
    return from_log(detail::to_log(std::move(rows)), config, keep_all_ids, options);
  }
  throw_if_stopped(options);
  auto storage = std::make_shared<Storage>();
  auto& s = *storage;
  s.users = IdMap::range(rows.rows());
  s.items = IdMap::range(rows.columns);
  s.by_item = transpose(rows);
  s.by_user = std::move(rows);
  s.config = config;
  s.report.events = s.report.interactions = s.by_user.entries();
  s.report.users_read = s.users.size();
  s.report.items_read = s.items.size();
  return Interactions(std::move(storage));
}

RECOCORE_INLINE const IdMap& Interactions::users() const noexcept { return storage_->users; }
RECOCORE_INLINE const IdMap& Interactions::items() const noexcept { return storage_->items; }
RECOCORE_INLINE const SparseRows<UserIx, ItemIx>& Interactions::by_user() const noexcept { return storage_->by_user; }
RECOCORE_INLINE const SparseRows<ItemIx, UserIx>& Interactions::by_item() const noexcept { return storage_->by_item; }
RECOCORE_INLINE std::span<const std::int64_t> Interactions::times() const noexcept { return storage_->times; }
RECOCORE_INLINE std::size_t Interactions::size() const noexcept { return storage_->by_user.entries(); }
RECOCORE_INLINE const InteractionsConfig& Interactions::config() const noexcept { return storage_->config; }
RECOCORE_INLINE const InteractionsReport& Interactions::report() const noexcept { return storage_->report; }

RECOCORE_INLINE Interactions Interactions::extended(const IdMap& users, const IdMap& items) const {
  const auto& from = *storage_;
  if (users == from.users && items == from.items) {
    return *this;
  }
  const auto user_positions = detail::positions_in(from.users, users, "user");
  const auto item_positions = detail::positions_in(from.items, items, "item");
  auto storage = std::make_shared<Storage>();
  auto& s = *storage;
  s.users = users;
  s.items = items;
  // Positions follow ids in both tables, so that rows and entries keep their order.
  s.by_user.columns = items.size();
  s.by_user.offsets.assign(users.size() + 1, 0);
  for (std::size_t user = 0; user < user_positions.size(); ++user) {
    s.by_user.offsets[user_positions[user] + 1] = from.by_user.row_size(UserIx(user));
  }
  std::partial_sum(s.by_user.offsets.begin(), s.by_user.offsets.end(), s.by_user.offsets.begin());
  s.by_user.indices.reserve(from.by_user.entries());
  for (const ItemIx item : from.by_user.indices) {
    s.by_user.indices.emplace_back(item_positions[item.value]);
  }
  s.by_user.values = from.by_user.values;
  s.by_item = transpose(s.by_user);
  s.times = from.times;
  s.config = from.config;
  s.report = from.report;
  s.log = from.log;
  return Interactions(std::move(storage));
}

RECOCORE_INLINE EventLog Interactions::events() const {
  const auto& s = *storage_;
  if (s.log) {
    return *s.log;
  }
  EventLog log;
  log.users = s.users;
  log.items = s.items;
  log.user = detail::row_of_each_entry(s.by_user);
  log.item = s.by_user.indices;
  log.weight = s.by_user.values;
  log.time = s.times;
  return log;
}

RECOCORE_INLINE bool operator==(const Interactions& a, const Interactions& b) {
  const auto& x = *a.storage_;
  const auto& y = *b.storage_;
  return &x == &y || (x.users == y.users && x.items == y.items && x.by_user == y.by_user && x.times == y.times);
}

}  // namespace recocore
