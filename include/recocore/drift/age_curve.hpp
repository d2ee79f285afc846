/// How a model's worth falls with its age.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <recocore/core/run_options.hpp>
#include <recocore/eval/bootstrap.hpp>

namespace recocore {

/// What a model of one origin found at one age, beside what a model fitted just before that same period found there:
/// the season is in both.
struct AgePoint {
  std::uint32_t origin = 0;
  std::uint32_t age = 0;
  double value = 0.0;
  double fresh = 0.0;
};

/// R(a) = floor + (1 - floor) exp(-rate a).
struct Decay {
  double floor = 1.0;  ///< r_inf, 0 <= floor <= 1
  double rate = 0.0;   ///< lambda, a period, >= 0
  /// Of a fit: whether the rate is told by the data. Not with fewer than 3 ages that have a weight, nor where the best
  /// rate is at either end of those tried: what is lost is lost before the first age, or not yet to be seen.
  bool identified = true;

  [[nodiscard]] double at(double age) const noexcept;
  /// The age at which half of what will be lost is lost: ln 2 / rate. None when nothing is, or the rate is not
  /// identified.
  [[nodiscard]] std::optional<double> half_life() const noexcept;
};

/// Ratios are of sums, not means of ratios: a period with few lists counts little, and one where the fresh model found
/// nothing does no harm.
///
/// The band of a ratio is a percentile interval over whole origins, drawn with replacement (Efron 1979) in blocks of
/// neighbours, since a lucky period seldom comes alone: circular blocks (Politis, Romano 1992) as long as the cube root
/// of the number of origins, rounded, at least 2 from 4 on. At one age no two origins are scored on the same period.
/// What pools ages (the decay and all about it, `old_band`, `falls`) would be far too sure of itself that way, since
/// there each period serves many origins, with the same fresh value: origins and periods are both drawn (Owen 2007,
/// "The pigeonhole bootstrap", which rather overstates the variance), in blocks of a quarter of their number if that is
/// longer. Intervals are stretched about the estimate by sqrt(n / (n - block)), as those of plans, n being the number
/// of origins (of rate and half-life the logarithms; all cut at 0, that of the floor at 1 too).
///
/// They are narrow where what happens to one period stays for many. Of 300 generated curves that do not fall, with 10,
/// 20 and 40 periods, `old_band` at a nominal 95 % held 1 in 97, 98 and 97 % where periods are independent, and in 73,
/// 75 and 81 % where the luck of old and of fresh models is that of the period before by .8, each by itself. The oldest
/// ages rest on few origins: see `origins`.
struct AgeCurve {
  std::vector<std::uint32_t> ages{};     ///< ascending, those with a fresh value above 0
  std::vector<std::uint32_t> origins{};  ///< how many with a fresh value above 0 each age has
  std::vector<double> ratio{};           ///< sum of values / sum of fresh values, over the origins
  /// Of the ratio. [0, infinity] at an age that one origin alone has: nothing can be said.
  std::vector<Interval> band{};
  /// Of all origins. Floor and rate are told apart by the bend of the curve only: where it does not level off within
  /// the ages seen, a high rate with a high floor fits about as well as a low one with a low floor, and their intervals
  /// are wide. `decay_band` is what can be trusted then.
  Decay decay{};
  Interval floor{};
  Interval rate{};
  /// Of the half-life, in periods; infinite where nothing is lost. [0, infinity], as that of the rate, where the rate
  /// is not identified.
  Interval half_life{};
  std::vector<Interval> decay_band{};  ///< of the fitted curve at each age
  /// The pooled ratio over the older half (rounded up) of the ages from 1 on, and its interval; 1 and [1, 1] without
  /// such ages, [0, infinity] where no two origins share one.
  double old_ratio = 1.0;
  Interval old_band{.low = 1.0, .high = 1.0};
  /// Whether the loss at the older half of the ages differs from none: `old_band` lies below 1. Never with
  /// fewer than 8 origins that aged. A curve that does not fall should pass for one that does in (1 - level) / 2 of the
  /// cases, 2.5 %: it did in 2, 1 and 2 % of the curves above with independent periods, but in 15, 14 and 8 % where
  /// periods correlate by .8.
  bool falls = false;
};

/// Least squares over ages >= 1, each weighted by its sum of fresh values. For a fixed rate the best floor is linear
/// least squares, in closed form and clamped to [0, 1]; rates are tried on a logarithmic grid of 64, from .001 /
/// greatest age to 20 / least age, and the best of them is refined (golden section). Deterministic. Ratios that do not
/// fall, or no ages >= 1 with a weight, give {1, 0}. O(100 ages).
/// @throws InvalidParameter spans of different length; InvalidData not finite, or a negative age or weight.
[[nodiscard]] Decay fit_decay(std::span<const double> ages, std::span<const double> ratio,
                              std::span<const double> weight);

/// Ratios and decay are computed anew for each resample; an age that it lacks counts in none of its sums. A model of
/// origin o at age a is taken to be scored on period o + a. O(resamples (points + 100 ages)).
/// @throws InvalidParameter no points, or fewer than two origins; InvalidData a value that is not finite or negative,
///         an age of an origin given twice, no fresh value above 0; Cancelled, DeadlineExceeded.
[[nodiscard]] AgeCurve age_curve(std::span<const AgePoint> points, const BootstrapConfig& config = {},
                                 const RunOptions& options = {});

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/drift/age_curve_inl.hpp>
#endif
