#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/drift/plan_comparison.hpp>
#include <recocore/impl/core/slots.hpp>
#include <recocore/impl/core/text.hpp>
#include <recocore/impl/drift/moving_blocks.hpp>
#include <recocore/impl/eval/percentile_interval.hpp>
#include <recocore/impl/eval/resampling.hpp>

namespace recocore {

namespace detail {

[[nodiscard]] inline std::size_t block_length(std::size_t periods, std::size_t asked) {
  if (asked > periods / 2) {
    throw InvalidParameter("a block must not be longer than half of the " + count_text(periods) +
                           " periods there are; got " + count_text(asked));
  }
  return asked > 0 ? asked : cube_root_block(periods);
}

inline void check_periods(std::span<const double> values, std::size_t periods, const std::string& what) {
  if (values.size() != periods) {
    throw InvalidParameter("all plans need a value for each period of the baseline, which has " + count_text(periods) +
                           "; " + what + " has " + count_text(values.size()));
  }
  const auto bad = std::find_if_not(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
  if (bad != values.end()) {
    throw InvalidData("period " + count_text(static_cast<std::uint64_t>(bad - values.begin())) + " of " + what +
                      " has the value " + number_text(*bad) + "; all values must be finite numbers");
  }
}

[[nodiscard]] inline double weighted_sum(std::span<const double> values, std::span<const double> times) noexcept {
  double sum = 0.0;
  for (std::size_t period = 0; period < values.size(); ++period) {
    sum += times[period] * values[period];
  }
  return sum;
}

}  // namespace detail

RECOCORE_INLINE PlanComparison compare_plans(std::span<const std::vector<double>> plans,
                                             std::span<const double> baseline, std::size_t block,
                                             const BootstrapConfig& config, const RunOptions& options) {
  config.validate();
  const std::size_t periods = baseline.size();
  if (periods < 2) {
    throw InvalidParameter("a comparison of plans needs at least 2 periods; got " + detail::count_text(periods));
  }
  detail::check_periods(baseline, periods, "the baseline");
  for (std::size_t p = 0; p < plans.size(); ++p) {
    detail::check_periods(plans[p], periods, "plan " + detail::count_text(p));
  }
  const std::vector<double> once(periods, 1.0);
  const double total = detail::weighted_sum(baseline, once);
  if (!(total > 0.0)) {
    throw InvalidData("the total value of the baseline is " + detail::number_text(total) +
                      "; it must be above 0 to be compared with");
  }

  PlanComparison result{.block = detail::block_length(periods, block)};
  const detail::MovingBlocks blocks(periods, result.block);
  // [plan][resample]; NaN where the baseline brings nothing.
  std::vector<std::vector<double>> sums(plans.size(), std::vector<double>(config.resamples));
  auto ratios = sums;
  const auto seeds = detail::resample_seeds(config.resamples, config.seed);
  detail::Slots<std::vector<double>> memory(parallel_slots(options));
  constexpr std::size_t grain = 16;
  parallel_for(config.resamples, grain, options, "plans", [&](std::size_t begin, std::size_t end, unsigned slot) {
    auto& times = memory.get(slot, [periods] { return std::vector<double>(periods); });
    for (std::size_t r = begin; r < end && !should_stop(options); ++r) {
      blocks.draw(seeds[r], times);
      const double base = detail::weighted_sum(baseline, times);
      for (std::size_t p = 0; p < plans.size(); ++p) {
        sums[p][r] = detail::weighted_sum(plans[p], times);
        ratios[p][r] = base > 0.0 ? sums[p][r] / base : std::numeric_limits<double>::quiet_NaN();
      }
    }
  });

  const double stretch = detail::block_stretch(periods, result.block);
  const auto expected = blocks.expected();
  const double expected_base = detail::weighted_sum(baseline, expected);
  constexpr double infinity = std::numeric_limits<double>::infinity();
  constexpr Interval unknown{.low = -infinity, .high = infinity};
  const auto place = [&](std::vector<double> values, double estimate, double middle) {
    return detail::placed(detail::percentile_interval(std::move(values), config.level, unknown), middle, estimate,
                          stretch);
  };
  std::vector<double> totals;
  std::vector<double> middles;
  totals.reserve(plans.size());
  middles.reserve(plans.size());
  result.relative.reserve(plans.size());
  result.band.reserve(plans.size());
  for (std::size_t p = 0; p < plans.size(); ++p) {
    totals.push_back(detail::weighted_sum(plans[p], once));
    middles.push_back(detail::weighted_sum(plans[p], expected));
    result.relative.push_back(totals[p] / total);
    const double middle = expected_base > 0.0 ? middles[p] / expected_base : result.relative[p];
    result.band.push_back(place(std::move(ratios[p]), result.relative[p], middle));
  }
  std::vector<double> difference(config.resamples);
  result.differences.reserve(plans.size() * (plans.size() - std::min<std::size_t>(1, plans.size())) / 2);
  for (std::size_t a = 0; a < plans.size(); ++a) {
    for (std::size_t b = a + 1; b < plans.size(); ++b) {
      throw_if_stopped(options);
      std::transform(sums[a].begin(), sums[a].end(), sums[b].begin(), difference.begin(), std::minus<>{});
      result.differences.push_back({.first = a,
                                    .second = b,
                                    .difference = totals[a] - totals[b],
                                    .interval = place(difference, totals[a] - totals[b], middles[a] - middles[b])});
    }
  }
  return result;
}

}  // namespace recocore
