#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/time.hpp>
#include <recocore/impl/core/names.hpp>
#include <recocore/impl/rank/popular_items_memory.hpp>
#include <recocore/models/popularity.hpp>

namespace recocore {

namespace detail {

inline constexpr std::array<std::string_view, 3> popularity_kind_names{"all_time", "recent", "trending"};

/// For each item the distinct users with an event in [from, to].
[[nodiscard]] inline std::vector<double> count_users(const EventLog& log, std::int64_t from, std::int64_t to) {
  const auto is_inside = [from, to](std::int64_t time) { return time >= from && time <= to; };
  std::vector<std::uint64_t> pairs;
  pairs.reserve(static_cast<std::size_t>(std::count_if(log.time.begin(), log.time.end(), is_inside)));
  for (std::size_t e = 0; e < log.size(); ++e) {
    if (is_inside(log.time[e])) {
      pairs.push_back((static_cast<std::uint64_t>(log.item[e].value) << 32U) | log.user[e].value);
    }
  }
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  std::vector<double> counts(log.items.size(), 0.0);
  for (const auto pair : pairs) {
    counts[pair >> 32U] += 1.0;
  }
  return counts;
}

/// The scores by item of the interactions for a kind that looks at times.
[[nodiscard]] inline std::vector<double> windowed_scores(const Interactions& interactions,
                                                         const PopularityConfig& config, const RunOptions& options) {
  const auto log = interactions.events();
  if (log.time.empty()) {
    throw InvalidData("popularity kind '" + std::string(popularity_kind_names[static_cast<std::size_t>(config.kind)]) +
                      "' needs the times of events, and these interactions have none; name their timestamp column");
  }
  const auto [earliest, latest] = std::minmax_element(log.time.begin(), log.time.end());
  const std::int64_t first = *earliest;
  const std::int64_t last = *latest;
  // Days beyond what 64 bits hold mean: since ever.
  const auto days_before_last = [last](double days) {
    const double from = static_cast<double>(last) - days * static_cast<double>(microseconds_per_day);
    constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
    return from <= static_cast<double>(lowest) ? lowest : static_cast<std::int64_t>(std::llround(from));
  };
  const std::int64_t window_start = days_before_last(config.window_days);

  auto scores = count_users(log, window_start, last);
  if (config.kind == PopularityKind::trending) {
    // Each window before counts its own distinct users: a mean of windows, not a share of one long window.
    std::vector<double> expected(scores.size(), 0.0);
    std::int64_t end = window_start;
    for (std::uint32_t w = 1; w <= config.baseline_windows && end > first; ++w) {
      throw_if_stopped(options);
      const std::int64_t start = days_before_last(config.window_days * (1.0 + w));
      const auto counts = count_users(log, start, end - 1);
      for (std::size_t i = 0; i < counts.size(); ++i) {
        expected[i] += counts[i] / config.baseline_windows;
      }
      end = start;
    }
    for (std::size_t i = 0; i < scores.size(); ++i) {
      scores[i] = (scores[i] - expected[i]) / std::sqrt(expected[i] + 1.0);
    }
  }

  // The log may know items that the interactions dropped.
  std::vector<double> result(interactions.items().size(), 0.0);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (const auto position = interactions.items().find(log.items.at(i))) {
      result[*position] = scores[i];
    }
  }
  return result;
}

}  // namespace detail

RECOCORE_INLINE std::span<const std::string_view> popularity_kind_names() noexcept {
  return detail::popularity_kind_names;
}

RECOCORE_INLINE PopularityKind parse_popularity_kind(std::string_view name) {
  return detail::parse_name<PopularityKind>("popularity kind", name, detail::popularity_kind_names);
}

RECOCORE_INLINE void PopularityConfig::validate() const {
  if (!std::isfinite(window_days) || window_days <= 0.0) {
    throw InvalidParameter("window_days must be a number above 0; got " + std::to_string(window_days));
  }
  if (baseline_windows < 1) {
    throw InvalidParameter("baseline_windows must be at least 1; got 0");
  }
}

RECOCORE_INLINE Popularity::Popularity(Interactions interactions, const PopularityConfig& config,
                                       std::vector<ScoredItem> ranking)
    : config_(config),
      interactions_(std::move(interactions)),
      ranking_(std::make_shared<const std::vector<ScoredItem>>(std::move(ranking))),
      popular_items_(interactions_) {}

RECOCORE_INLINE Popularity Popularity::fit(Interactions interactions, const PopularityConfig& config,
                                           const RunOptions& options) {
  require_memory(estimate_fit_memory(interactions, config, options), options, "fitting Popularity",
                 config.kind == PopularityKind::all_time ? "" : "the kind 'all_time' needs less");
  throw_if_stopped(options);
  std::vector<double> scores;
  if (config.kind == PopularityKind::all_time) {
    const auto& by_item = interactions.by_item();
    scores.resize(by_item.rows());
    for (std::size_t i = 0; i < scores.size(); ++i) {
      scores[i] = static_cast<double>(by_item.row_size(ItemIx(i)));
    }
  } else {
    scores = detail::windowed_scores(interactions, config, options);
  }
  throw_if_stopped(options);
  std::vector<ScoredItem> ranking(scores.size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    ranking[i] = {ItemIx(i), static_cast<float>(scores[i])};
  }
  std::sort(ranking.begin(), ranking.end(), ranks_before<ItemIx>);
  return {std::move(interactions), config, std::move(ranking)};
}

RECOCORE_INLINE std::uint64_t Popularity::estimate_fit_memory(const Interactions& interactions,
                                                              const PopularityConfig& config,
                                                              const RunOptions& /*options*/) {
  config.validate();
  // Of each item a score, its place in the ranking, and its place among the popular items.
  const std::uint64_t result =
      interactions.items().size() * (sizeof(double) + sizeof(ScoredItem) + detail::popular_item_bytes);
  if (config.kind == PopularityKind::all_time) {
    return result;
  }
  // A copy of the events, their pairs of item and user, and what is counted.
  constexpr std::uint64_t event =
      sizeof(UserIx) + sizeof(ItemIx) + sizeof(float) + sizeof(std::int64_t) + sizeof(std::uint64_t);
  const std::uint64_t counts = config.kind == PopularityKind::trending ? 3 : 1;
  const auto& report = interactions.report();
  return std::max(result, report.events * event + report.items_read * counts * sizeof(double));
}

RECOCORE_INLINE Popularity Popularity::from_parts(Interactions interactions, const PopularityConfig& config,
                                                  std::vector<ScoredItem> ranking) {
  config.validate();
  const std::size_t items = interactions.items().size();
  std::vector<unsigned char> is_listed(items, 0);
  bool sound = ranking.size() == items && std::is_sorted(ranking.begin(), ranking.end(), ranks_before<ItemIx>);
  for (std::size_t r = 0; sound && r < items; ++r) {
    sound =
        ranking[r].index.value < items && is_listed[ranking[r].index.value]++ == 0 && std::isfinite(ranking[r].score);
  }
  if (!sound) {
    throw InvalidData("this is not a ranking of a catalogue of " + std::to_string(items) + " items");
  }
  return {std::move(interactions), config, std::move(ranking)};
}

RECOCORE_INLINE void Popularity::rank(const History& /*history*/, std::size_t n, Scratch& scratch) const {
  auto& ranked = scratch.ranked;
  ranked.clear();
  for (const auto& entry : *ranking_) {
    if (ranked.size() >= n) {
      break;
    }
    if (scratch.mask.allows(entry.index)) {
      ranked.push_back(entry);
    }
  }
}

}  // namespace recocore
