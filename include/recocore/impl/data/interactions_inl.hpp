#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/time.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/data/interactions_parts.hpp>
#include <recocore/impl/core/text.hpp>
#include <recocore/impl/data/canonical_order.hpp>
#include <recocore/impl/data/check_data.hpp>
#include <recocore/impl/data/compact_ids.hpp>
#include <recocore/impl/data/k_core.hpp>
#include <recocore/impl/data/merge_events.hpp>

namespace recocore {

struct Interactions::Storage : Interactions::Parts {
  SparseRows<ItemIx, UserIx> by_item{};
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

/// @throws InvalidData as for an `EventLog`.
inline void check_kept(const KeptEvents& log) {
  const auto user = log.user.span();
  const auto item = log.item.span();
  const auto weight = log.weight.span();
  const auto time = log.time.span();
  const bool fits = item.size() == user.size() && (weight.empty() || weight.size() == user.size()) &&
                    (time.empty() || time.size() == user.size());
  if (!fits || !std::all_of(user.begin(), user.end(), [&log](UserIx u) { return u.value < log.users.size(); }) ||
      !std::all_of(item.begin(), item.end(), [&log](ItemIx i) { return i.value < log.items.size(); }) ||
      !std::all_of(weight.begin(), weight.end(), [](float w) { return std::isfinite(w); })) {
    throw InvalidData(
        "the events are damaged: columns that do not belong together, or are not of their users and items");
  }
}

/// @throws InvalidData, CapacityExceeded.
inline void check_parts(const Interactions::Parts& parts) {
  const auto& rows = parts.by_user;
  const auto refuse = [](const std::string& what) { throw InvalidData("the interactions are damaged: " + what); };
  if (rows.rows() != parts.users.size() || rows.columns != parts.items.size()) {
    refuse("a matrix of " + std::to_string(rows.rows()) + " x " + std::to_string(rows.columns) + " for " +
           std::to_string(parts.users.size()) + " users and " + std::to_string(parts.items.size()) + " items");
  }
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    // Offsets that never descend and end with the number of entries stay within them.
    if (rows.offsets[row + 1] < rows.offsets[row]) {
      refuse("offsets that descend at row " + std::to_string(row));
    }
  }
  if (!check_rows(rows).is_canonical) {
    refuse("rows that do not ascend, or hold zeros");
  }
  const auto are_times = [](std::span<const std::int64_t> times) {
    return std::all_of(times.begin(), times.end(),
                       [](std::int64_t time) { return time >= earliest_time && time <= latest_time; });
  };
  if ((!parts.times.empty() && parts.times.size() != rows.entries()) || !are_times(parts.times)) {
    refuse("times that are not those of the entries");
  }
  parts.config.validate();
  if (parts.log) {
    check_kept(*parts.log);
    const auto users = parts.log->user.span();
    // Without times their order may matter, and is as they came.
    const bool as_they_came = parts.config.duplicates == Duplicates::last && parts.log->time.span().empty();
    if (!as_they_came && !std::is_sorted(users.begin(), users.end())) {
      refuse("events that are not in the order of their users");
    }
    if (!are_times(parts.log->time.span())) {
      refuse("times that are outside the years 1 to 9999");
    }
  }
  if (!parts.counts) {
    return;
  }
  const auto& counts = *parts.counts;
  const auto is_share = [&counts](std::uint32_t users) { return users <= counts.users; };
  const auto is_finite = [](double weight) { return std::isfinite(weight); };
  if (counts.users > max_index_count || counts.item_users.size() != parts.items.size() ||
      !std::all_of(counts.item_users.begin(), counts.item_users.end(), is_share) ||
      (!counts.item_weights.empty() && counts.item_weights.size() != parts.items.size()) ||
      !std::all_of(counts.item_weights.begin(), counts.item_weights.end(), is_finite)) {
    refuse("counts that are not those of the items");
  }
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
    detail::sort_events(log, config.duplicates == Duplicates::last);
    s.log.emplace(std::move(log));
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
  if (!has_events()) {
    static_cast<void>(events());  // says why not
  }
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

RECOCORE_INLINE bool Interactions::has_events() const noexcept { return !storage_->counts.has_value(); }

RECOCORE_INLINE std::size_t Interactions::user_count() const noexcept {
  return storage_->counts ? static_cast<std::size_t>(storage_->counts->users) : storage_->users.size();
}

RECOCORE_INLINE std::size_t Interactions::item_support(ItemIx item) const noexcept {
  return storage_->counts ? storage_->counts->item_users[item.value] : storage_->by_item.row_size(item);
}

RECOCORE_INLINE double Interactions::item_weight(ItemIx item) const noexcept {
  const auto& s = *storage_;
  if (s.counts && !s.counts->item_weights.empty()) {
    return s.counts->item_weights[item.value];
  }
  if (s.counts || s.by_item.is_binary()) {
    return static_cast<double>(item_support(item));
  }
  double sum = 0.0;
  for (const float weight : s.by_item.row_values(item)) {
    sum += static_cast<double>(weight);
  }
  return sum;
}

RECOCORE_INLINE const Interactions::Parts& Interactions::parts() const noexcept { return *storage_; }

RECOCORE_INLINE Interactions Interactions::from_parts(Parts parts) {
  detail::check_parts(parts);
  auto storage = std::make_shared<Storage>(Storage{std::move(parts)});
  storage->by_item = transpose(storage->by_user);
  return Interactions(std::move(storage));
}

RECOCORE_INLINE Interactions::Parts serving_parts(const Interactions& interactions, bool histories) {
  const auto& all = interactions.parts();
  Interactions::Parts kept;
  kept.items = all.items;
  kept.config = all.config;
  kept.by_user.columns = all.items.size();
  if (histories) {
    kept.users = all.users;
    kept.by_user = all.by_user;
  }
  ItemCounts counts{.users = interactions.user_count()};
  counts.item_users.reserve(all.items.size());
  for (std::size_t item = 0; item < all.items.size(); ++item) {
    counts.item_users.push_back(static_cast<std::uint32_t>(interactions.item_support(ItemIx(item))));
  }
  if (all.counts) {
    counts.item_weights = all.counts->item_weights;
  } else if (!all.by_user.is_binary()) {
    counts.item_weights.reserve(all.items.size());
    for (std::size_t item = 0; item < all.items.size(); ++item) {
      counts.item_weights.push_back(interactions.item_weight(ItemIx(item)));
    }
  }
  kept.counts = std::move(counts);
  return kept;
}

RECOCORE_INLINE EventLog Interactions::events() const {
  const auto& s = *storage_;
  if (s.counts) {
    throw InvalidParameter(
        "these interactions were saved for serving only, without events: they cannot be updated, split or fitted on; "
        "save the model without serving_only for that");
  }
  if (s.log) {
    return s.log->copy();
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
