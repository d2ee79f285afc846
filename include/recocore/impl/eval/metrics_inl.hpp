#pragma once

#include <algorithm>
#include <cmath>

#include <recocore/core/config.hpp>
#include <recocore/eval/metrics.hpp>

namespace recocore {

namespace detail {

/// The ranks that count.
[[nodiscard]] inline std::span<const std::uint8_t> first_ranks(const JudgedList& list, std::size_t n) noexcept {
  return list.hits.first(std::min(n, list.hits.size()));
}

[[nodiscard]] inline double count_hits(const JudgedList& list, std::size_t n) noexcept {
  const auto ranks = first_ranks(list, n);
  return static_cast<double>(ranks.size()) - static_cast<double>(std::count(ranks.begin(), ranks.end(), 0));
}

/// @param position from 0.
[[nodiscard]] inline double gain_at(std::size_t position) noexcept {
  return 1.0 / std::log2(static_cast<double>(position) + 2.0);
}

}  // namespace detail

RECOCORE_INLINE double recall(const JudgedList& list, std::size_t n) noexcept {
  return list.relevant == 0 ? 0.0 : detail::count_hits(list, n) / static_cast<double>(list.relevant);
}

RECOCORE_INLINE double precision(const JudgedList& list, std::size_t n) noexcept {
  return detail::count_hits(list, n) / static_cast<double>(n);
}

RECOCORE_INLINE double ndcg(const JudgedList& list, std::size_t n) noexcept {
  if (list.relevant == 0) {
    return 0.0;
  }
  const auto ranks = detail::first_ranks(list, n);
  double achieved = 0.0;
  for (std::size_t position = 0; position < ranks.size(); ++position) {
    if (ranks[position] != 0) {
      achieved += detail::gain_at(position);
    }
  }
  double ideal = 0.0;
  for (std::size_t position = 0; position < std::min(n, list.relevant); ++position) {
    ideal += detail::gain_at(position);
  }
  return achieved / ideal;
}

RECOCORE_INLINE double reciprocal_rank(const JudgedList& list, std::size_t n) noexcept {
  const auto ranks = detail::first_ranks(list, n);
  const auto first_hit = std::find_if(ranks.begin(), ranks.end(), [](std::uint8_t hit) { return hit != 0; });
  return first_hit == ranks.end() ? 0.0 : 1.0 / static_cast<double>(first_hit - ranks.begin() + 1);
}

RECOCORE_INLINE double hit_rate(const JudgedList& list, std::size_t n) noexcept {
  return detail::count_hits(list, n) > 0.0 ? 1.0 : 0.0;
}

RECOCORE_INLINE double average_precision(const JudgedList& list, std::size_t n) noexcept {
  if (list.relevant == 0) {
    return 0.0;
  }
  const auto ranks = detail::first_ranks(list, n);
  double hits = 0.0;
  double sum = 0.0;
  for (std::size_t position = 0; position < ranks.size(); ++position) {
    if (ranks[position] != 0) {
      hits += 1.0;
      sum += hits / static_cast<double>(position + 1);
    }
  }
  return sum / static_cast<double>(list.relevant);
}

RECOCORE_INLINE MetricSet<double> measure(const JudgedList& list, std::size_t n) noexcept {
  return {.recall = recall(list, n),
          .ndcg = ndcg(list, n),
          .mrr = reciprocal_rank(list, n),
          .hit_rate = hit_rate(list, n),
          .map = average_precision(list, n),
          .precision = precision(list, n)};
}

RECOCORE_INLINE double coverage(std::span<const std::uint64_t> times) noexcept {
  if (times.empty()) {
    return 0.0;
  }
  const auto never = std::count(times.begin(), times.end(), std::uint64_t{0});
  return 1.0 - static_cast<double>(never) / static_cast<double>(times.size());
}

RECOCORE_INLINE double novelty(std::span<const std::uint64_t> times, std::span<const std::uint64_t> users,
                               std::uint64_t all_users) noexcept {
  RECOCORE_ASSERT(times.size() == users.size() && all_users > 0);
  double entries = 0.0;
  double bits = 0.0;
  for (std::size_t item = 0; item < times.size(); ++item) {
    const auto count = static_cast<double>(times[item]);
    const auto having = static_cast<double>(std::max<std::uint64_t>(1, users[item]));
    entries += count;
    bits += count * std::log2(static_cast<double>(all_users) / having);
  }
  return entries > 0.0 ? bits / entries : 0.0;
}

RECOCORE_INLINE double gini(std::span<const std::uint64_t> times) {
  std::vector<std::uint64_t> sorted(times.begin(), times.end());
  std::sort(sorted.begin(), sorted.end());
  const auto items = static_cast<double>(sorted.size());
  double entries = 0.0;
  double spread = 0.0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const auto count = static_cast<double>(sorted[i]);
    entries += count;
    spread += (2.0 * static_cast<double>(i + 1) - items - 1.0) * count;
  }
  return entries > 0.0 ? spread / (items * entries) : 0.0;
}

}  // namespace recocore
