/// Whether one plan brings more than another, or only had luck.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <recocore/core/run_options.hpp>
#include <recocore/eval/bootstrap.hpp>

namespace recocore {

struct PlanDifference {
  std::size_t first = 0;  ///< places among the plans, first < second
  std::size_t second = 0;
  double difference = 0.0;  ///< total value of the first less that of the second
  Interval interval{};      ///< when 0 is in it, no difference can be shown
};

struct PlanComparison {
  std::size_t block = 1;                      ///< periods a block has
  std::vector<double> relative{};             ///< for each plan: its total / that of the baseline
  std::vector<Interval> band{};               ///< of `relative`
  std::vector<PlanDifference> differences{};  ///< of all pairs: (0, 1), (0, 2) ... (1, 2) ...
};

/// What plans bring, period by period, beside a baseline (refitting before every period, say). Intervals are of a
/// moving-block bootstrap (Künsch 1989, "The jackknife and the bootstrap for general stationary observations"): blocks
/// of neighbouring periods are drawn with replacement, since a lucky period seldom comes alone, until there are as many
/// periods; all plans see the same draws, so what is good about a period cancels out. Intervals are percentiles, put
/// right in two ways: blocks reach the first and last periods less often, and the interval is moved by what that moves
/// the middle of the resamples; blocks of b of P periods vary around a mean that they have themselves, and the interval
/// is stretched by sqrt(P / (P - b)).
///
/// They say how much the result depends on the periods there were, and not what would come of another course of things,
/// such as a drift that has not been seen. With few periods they are still too narrow: at a nominal 90 % they held the
/// truth in about 85 % of generated series of 12 independent periods, in 88 % of 60, and in 83 % of 200 whose
/// neighbours correlate by .5.
/// @param block periods in a block; 0: the cube root of the number of periods, rounded, at least 2 from 4 periods on.
/// @throws InvalidParameter fewer than 2 periods, plans and baseline of different length, a block longer than half of
/// them;
///         InvalidData a value that is not finite, a baseline whose total is not above 0; Cancelled, DeadlineExceeded.
///         O(resamples periods plans + resamples plans^2).
[[nodiscard]] PlanComparison compare_plans(std::span<const std::vector<double>> plans, std::span<const double> baseline,
                                           std::size_t block = 0, const BootstrapConfig& config = {},
                                           const RunOptions& options = {});

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/drift/plan_comparison_inl.hpp>
#endif
