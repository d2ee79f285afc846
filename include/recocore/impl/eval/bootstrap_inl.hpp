#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/index.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/eval/bootstrap.hpp>
#include <recocore/impl/core/slots.hpp>
#include <recocore/impl/core/text.hpp>
#include <recocore/impl/eval/resampling.hpp>

namespace recocore {

namespace detail {

/// The users' rows one after the other, so that the sums of a resample read memory once.
[[nodiscard]] inline std::vector<double> rows_of_columns(std::span<const std::span<const double>> columns) {
  const std::size_t users = columns.front().size();
  std::vector<double> rows(users * columns.size());
  for (std::size_t c = 0; c < columns.size(); ++c) {
    for (std::size_t u = 0; u < users; ++u) {
      rows[u * columns.size() + c] = columns[c][u];
    }
  }
  return rows;
}

inline void check_columns(std::span<const std::span<const double>> columns) {
  for (const auto& column : columns) {
    if (column.size() != columns.front().size()) {
      throw InvalidParameter("all columns need a value for each user: one has " + count_text(columns.front().size()) +
                             ", another " + count_text(column.size()));
    }
    if (column.empty() || column.size() > max_index_count) {
      throw InvalidParameter("a confidence interval needs between 1 and " + count_text(max_index_count) +
                             " users; got " + count_text(column.size()));
    }
    const auto bad = std::find_if_not(column.begin(), column.end(), [](double value) { return std::isfinite(value); });
    if (bad != column.end()) {
      throw InvalidData("the value of user " + count_text(static_cast<std::uint64_t>(bad - column.begin())) + " is " +
                        number_text(*bad) + "; all values must be finite numbers");
    }
  }
}

}  // namespace detail

RECOCORE_INLINE void BootstrapConfig::validate() const {
  if (resamples < 1) {
    throw InvalidParameter("resamples must be at least 1; got 0");
  }
  if (!(level > 0.0 && level < 1.0)) {
    throw InvalidParameter(
        "level, the share of resamples inside the interval, must be between 0 and 1, both excluded; "
        "got " +
        detail::number_text(level));
  }
}

RECOCORE_INLINE std::vector<Interval> bootstrap_means(std::span<const std::span<const double>> columns,
                                                      const BootstrapConfig& config, const RunOptions& options) {
  config.validate();
  detail::check_columns(columns);
  if (columns.empty()) {
    return {};
  }
  const std::size_t users = columns.front().size();
  const auto rows = detail::rows_of_columns(columns);

  const auto seeds = detail::resample_seeds(config.resamples, config.seed);

  std::vector<std::vector<double>> means(columns.size(), std::vector<double>(config.resamples));
  detail::Slots<std::vector<std::uint32_t>> times_by_slot(parallel_slots(options));
  constexpr std::size_t grain = 4;
  const auto resample = [&](std::size_t begin, std::size_t end, unsigned slot) {
    auto& times = times_by_slot.get(slot, [users] { return std::vector<std::uint32_t>(users); });
    std::vector<double> sums(columns.size());
    for (std::size_t r = begin; r < end && !should_stop(options); ++r) {
      std::fill(times.begin(), times.end(), 0U);
      detail::SmallDraws draws(seeds[r], static_cast<std::uint32_t>(users));
      for (std::size_t drawn = 0; drawn < users; ++drawn) {
        ++times[draws.next()];
      }
      std::fill(sums.begin(), sums.end(), 0.0);
      const double* value = rows.data();
      for (std::size_t u = 0; u < users; ++u) {
        const auto weight = static_cast<double>(times[u]);
        for (double& sum : sums) {
          sum += weight * *value++;
        }
      }
      for (std::size_t c = 0; c < sums.size(); ++c) {
        means[c][r] = sums[c] / static_cast<double>(users);
      }
    }
  };
  parallel_for(config.resamples, grain, options, "confidence intervals", resample);

  std::vector<Interval> intervals(columns.size());
  for (std::size_t c = 0; c < columns.size(); ++c) {
    std::sort(means[c].begin(), means[c].end());
    intervals[c] = {.low = detail::quantile(means[c], (1.0 - config.level) / 2.0),
                    .high = detail::quantile(means[c], (1.0 + config.level) / 2.0)};
  }
  return intervals;
}

RECOCORE_INLINE Interval bootstrap_mean(std::span<const double> column, const BootstrapConfig& config,
                                        const RunOptions& options) {
  return bootstrap_means(std::array{column}, config, options).front();
}

RECOCORE_INLINE std::vector<double> paired_difference(std::span<const double> model, std::span<const double> baseline) {
  detail::check_columns(std::array{baseline, model});
  std::vector<double> result(model.size());
  std::transform(model.begin(), model.end(), baseline.begin(), result.begin(), std::minus<>{});
  return result;
}

}  // namespace recocore
