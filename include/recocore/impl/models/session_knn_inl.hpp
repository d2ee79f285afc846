#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/impl/core/names.hpp>
#include <recocore/impl/core/text.hpp>
#include <recocore/impl/models/session_parts.hpp>
#include <recocore/impl/models/session_scoring.hpp>
#include <recocore/impl/models/session_vmis.hpp>
#include <recocore/impl/rank/popular_items_memory.hpp>
#include <recocore/models/session_knn.hpp>

namespace recocore {

namespace detail {

inline constexpr std::array<std::string_view, 2> session_scoring_names{"full", "vmis"};

/// What of the parts only depends on numbers of sessions and the configuration.
inline void weigh_sessions(const SessionKnnConfig& config, SessionParts& parts) {
  constexpr double prior_sessions = 5.0;
  constexpr double steps_decay = 0.15;
  constexpr double behind_exponent = 1.2;
  const auto& store = parts.store;
  parts.session_weights.resize(store.size());
  for (std::size_t s = 0; s < store.size(); ++s) {
    const auto length = static_cast<double>(store.of(SessionIx(s)).size());
    parts.session_weights[s] =
        static_cast<float>(std::pow(length, -config.length_exponent) * std::exp(-config.recency * store.age(s)));
  }
  parts.item_weights.resize(store.by_item.rows());
  for (std::size_t i = 0; i < parts.item_weights.size(); ++i) {
    const auto sessions = static_cast<double>(store.by_item.row_size(ItemIx(i)));
    parts.item_weights[i] = static_cast<float>(std::pow(sessions + prior_sessions, -config.popularity_exponent));
  }
  for (std::size_t step = 1; step < most_session_events; ++step) {
    const auto distance = static_cast<double>(step);
    const double ahead = std::pow(distance, -config.distance_decay) * std::exp(-steps_decay * (distance - 1.0));
    parts.ahead[step] = ahead;
    parts.behind[step] = config.before_weight * std::pow(ahead, behind_exponent);
  }
}

}  // namespace detail

RECOCORE_INLINE std::span<const std::string_view> session_scoring_names() noexcept {
  return detail::session_scoring_names;
}

RECOCORE_INLINE SessionScoring parse_session_scoring(std::string_view name) {
  return detail::parse_name<SessionScoring>("scoring", name, detail::session_scoring_names);
}

RECOCORE_INLINE void SessionKnnConfig::validate() const {
  if (k < 1) {
    throw InvalidParameter("k, the number of neighbouring sessions, must be at least 1; got 0");
  }
  const auto in_range = [](std::string_view what, double value, double low, double high) {
    if (!(value >= low && value <= high)) {
      throw InvalidParameter(std::string(what) + " must be from " + detail::number_text(low) + " to " +
                             detail::number_text(high) + "; got " + detail::number_text(value));
    }
  };
  in_range("position_decay", position_decay, 0.0, 4.0);
  if (!(neighbour_power > 0.0 && neighbour_power <= 4.0)) {
    throw InvalidParameter("neighbour_power must be above 0 and at most 4; got " +
                           detail::number_text(neighbour_power));
  }
  in_range("length_exponent", length_exponent, 0.0, 2.0);
  in_range("recency", recency, 0.0, 20.0);
  in_range("distance_decay", distance_decay, 0.0, 4.0);
  in_range("before_weight", before_weight, 0.0, 1.0);
  in_range("popularity_exponent", popularity_exponent, -1.0, 1.0);
  in_range("expansion", expansion, 0.0, 10.0);
  in_range("second_hop", second_hop, 0.0, 10.0);
  in_range("reminders", reminders, 0.0, 10.0);
}

RECOCORE_INLINE SessionKnn::SessionKnn(Interactions interactions, const SessionKnnConfig& config, Parts parts)
    : config_(config),
      interactions_(std::move(interactions)),
      parts_(std::move(parts)),
      popular_items_(interactions_) {}

RECOCORE_INLINE SessionKnn SessionKnn::fit(Interactions interactions, const SessionKnnConfig& config,
                                           const RunOptions& options) {
  require_memory(estimate_fit_memory(interactions, config, options), options, "fitting SessionKnn",
                 "fewer threads need less");
  throw_if_stopped(options);
  auto parts = std::make_shared<detail::SessionParts>();
  parts->store = detail::read_sessions(interactions, options);
  detail::weigh_sessions(config, *parts);
  parts->reminders = detail::reminder_rates(parts->store, options);
  parts->alike = detail::alike_in_sessions(parts->store, options);
  const auto followers = detail::followers_in_sessions(parts->store, config.recency, config.before_weight, options);
  parts->next = detail::next_in_sessions(parts->alike, followers, options);
  parts->next_sums.resize(interactions.items().size());
  for (std::size_t i = 0; i < parts->next_sums.size(); ++i) {
    const auto row = parts->next.of(ItemIx(i));
    parts->next_sums[i] = std::accumulate(row.begin(), row.end(), 0.0, [](double sum, const ScoredItem& entry) {
      return sum + static_cast<double>(entry.score);
    });
  }
  return {std::move(interactions), config, std::move(parts)};
}

RECOCORE_INLINE std::uint64_t SessionKnn::estimate_fit_memory(const Interactions& interactions,
                                                              const SessionKnnConfig& config,
                                                              const RunOptions& options) {
  config.validate();
  using std::uint64_t;
  const uint64_t users = interactions.users().size();
  const uint64_t items = interactions.items().size();
  const auto& by_user = interactions.by_user();
  const uint64_t events = std::max<uint64_t>(interactions.report().events, interactions.size());
  // Both kinds of rows have no more entries than there are pairs of items in common sessions.
  uint64_t pairs = 0;
  for (std::size_t u = 0; u < users; ++u) {
    const uint64_t size = std::min<uint64_t>(by_user.row_size(UserIx(u)), detail::most_session_events);
    pairs += size * size;
  }
  const auto rows = [&](uint64_t most) {
    return items * sizeof(uint64_t) + std::min(pairs, items * std::min(most, items)) * sizeof(ScoredItem);
  };
  const uint64_t alike = rows(detail::most_alike);
  const uint64_t followers = rows(detail::most_followers);
  // Each item that is alike has followers of its own.
  const uint64_t next =
      items * (2 * sizeof(uint64_t) + std::min<uint64_t>(detail::most_next_items, items) * sizeof(ScoredItem));
  const uint64_t store = events * sizeof(ItemIx) + interactions.size() * sizeof(detail::SessionIx) +
                         users * (sizeof(uint64_t) + sizeof(detail::SessionIx) + sizeof(float)) +
                         items * (sizeof(uint64_t) + sizeof(float));
  // A copy of the events, which may all be of one user, and the sessions in the order of users.
  constexpr uint64_t event = sizeof(UserIx) + sizeof(ItemIx) + sizeof(float) + sizeof(std::int64_t);
  const uint64_t copied = events * sizeof(ItemIx) + users * 2 * sizeof(detail::UserSessions::One);
  const uint64_t reading = interactions.report().items_read * sizeof(std::optional<std::uint32_t>) +
                           events * (event + 2 * sizeof(std::pair<std::int64_t, ItemIx>)) + copied;
  const uint64_t indexing = store + copied + items * 2 * sizeof(uint64_t);
  constexpr uint64_t a_block = detail::session_row_grain * detail::most_next_items * 3 * sizeof(ScoredItem);
  const uint64_t working =
      parallel_slots(options) * (items * (sizeof(double) + 2 * sizeof(ItemIx) + 2 * sizeof(ScoredItem)) + a_block) +
      items;
  // Rows are made in blocks and then put together.
  const uint64_t most_rows = std::max({2 * alike, alike + 2 * followers, alike + followers + 2 * next});
  return sizeof(detail::SessionParts) + items * detail::popular_item_bytes +
         std::max({reading, indexing, store + working + most_rows});
}

RECOCORE_INLINE const Neighbours<ItemIx>& SessionKnn::next_items() const noexcept { return parts_->next; }

RECOCORE_INLINE const Neighbours<ItemIx>& SessionKnn::alike() const noexcept { return parts_->alike; }

RECOCORE_INLINE std::span<const double> SessionKnn::reminder_rates() const noexcept { return parts_->reminders; }

RECOCORE_INLINE void SessionKnn::rank(const History& history, std::size_t n, Scratch& scratch) const {
  auto& part = scratch.parts.get<detail::SessionScratch>();
  const auto& store = parts_->store;
  const auto own = history.user ? store.of_user[history.user->value] : detail::SessionStore::none;
  const auto sequence =
      own != detail::SessionStore::none ? store.of(own) : sequence_of(history, interactions_, part.sequence);
  if (sequence.empty()) {
    scratch.ranked.clear();
    return;
  }
  if (config_.scoring == SessionScoring::vmis) {
    detail::SessionScoringVmis(*parts_, config_, part).rank(sequence, own, n, scratch.mask, scratch.ranked);
  } else {
    detail::SessionScoringFull(*parts_, config_, part).rank(sequence, own, n, scratch.mask, scratch.ranked);
  }
}

}  // namespace recocore
