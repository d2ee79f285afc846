#pragma once

#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/drift/loss_split.hpp>
#include <recocore/impl/core/text.hpp>
#include <recocore/impl/drift/moving_blocks.hpp>
#include <recocore/impl/drift/origin_table.hpp>
#include <recocore/impl/eval/percentile_interval.hpp>

namespace recocore {

namespace detail {

/// Columns: the value of each part, then the fresh value of each.
[[nodiscard]] inline OriginTable loss_table(std::span<const LossPoint> points, std::size_t parts) {
  std::vector<OriginTable::Key> keys;
  std::vector<double> values;
  keys.reserve(points.size());
  values.reserve(2 * parts * points.size());
  for (const auto& point : points) {
    if (point.value.size() != parts || point.fresh.size() != parts) {
      throw InvalidParameter("all points need a value and a fresh value for each of " + count_text(parts, "part") +
                             "; age " + count_text(point.age) + " of origin " + count_text(point.origin) + " has " +
                             count_text(point.value.size()) + " and " + count_text(point.fresh.size()));
    }
    keys.push_back({.origin = point.origin, .age = point.age});
    const double whole = std::accumulate(point.fresh.begin(), point.fresh.end(), 0.0);
    if (whole < 0.0) {
      OriginTable::throw_bad(keys.back(), whole);
    }
    values.insert(values.end(), point.value.begin(), point.value.end());
    values.insert(values.end(), point.fresh.begin(), point.fresh.end());
  }
  return {keys, values, 2 * parts};
}

}  // namespace detail

RECOCORE_INLINE LossSplit loss_parts(std::span<const LossPoint> points, const BootstrapConfig& config,
                                     const RunOptions& options) {
  config.validate();
  const std::size_t parts = points.empty() ? 1 : points.front().value.size();
  if (parts == 0) {
    throw InvalidParameter("points need at least 1 part; they have none");
  }
  const auto table = detail::loss_table(points, parts);
  const auto sum = [](std::span<const double> values) { return std::accumulate(values.begin(), values.end(), 0.0); };
  const auto fresh_of = [&](std::span<const double> sums, std::size_t age) {
    return sums.subspan((2 * age + 1) * parts, parts);
  };
  const auto loss_of = [&](std::span<const double> sums, std::size_t age, std::size_t part) {
    const auto fresh = fresh_of(sums, age);
    return (fresh[part] - sums[2 * age * parts + part]) / sum(fresh);
  };

  LossSplit split;
  std::vector<std::size_t> kept;
  const auto totals = table.totals();
  const auto origins = table.count_origins([&](std::span<const double> row) { return sum(row.subspan(parts)) > 0.0; });
  for (std::size_t a = 0; a < table.ages().size(); ++a) {
    if (sum(fresh_of(totals, a)) > 0.0) {
      kept.push_back(a);
      split.ages.push_back(table.ages()[a]);
      split.origins.push_back(origins[a]);
    }
  }
  if (kept.empty()) {
    throw InvalidData("all fresh values are 0: there is nothing that could be lost");
  }

  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  std::vector<std::vector<double>> resampled(kept.size() * parts, std::vector<double>(config.resamples));
  table.resample_origins(config, options, "loss by part", [&](std::size_t r, std::span<const double> sums) {
    for (std::size_t k = 0; k < kept.size(); ++k) {
      const bool there = sum(fresh_of(sums, kept[k])) > 0.0;
      for (std::size_t part = 0; part < parts; ++part) {
        resampled[k * parts + part][r] = there ? loss_of(sums, kept[k], part) : none;
      }
    }
  });

  constexpr double infinity = std::numeric_limits<double>::infinity();
  constexpr Interval unknown{.low = -infinity, .high = infinity};
  split.loss.assign(kept.size(), std::vector<double>(parts));
  split.band.assign(kept.size(), std::vector<Interval>(parts, unknown));
  for (std::size_t k = 0; k < kept.size(); ++k) {
    for (std::size_t part = 0; part < parts; ++part) {
      split.loss[k][part] = loss_of(totals, kept[k], part);
      if (split.origins[k] > 1) {
        const double loss = split.loss[k][part];
        split.band[k][part] =
            detail::placed(detail::percentile_interval(std::move(resampled[k * parts + part]), config.level, unknown),
                           loss, loss, detail::block_stretch(split.origins[k], table.block()));
      }
    }
  }
  return split;
}

}  // namespace recocore
