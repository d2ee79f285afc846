#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/drift/age_curve.hpp>
#include <recocore/impl/core/text.hpp>
#include <recocore/impl/drift/decay_fit.hpp>
#include <recocore/impl/drift/origin_table.hpp>
#include <recocore/impl/eval/percentile_interval.hpp>

namespace recocore {

namespace detail {

/// All that is computed from the sums of a resample, whose columns are value and fresh.
class AgeEstimates {
 public:
  /// @param kept the places of the ages that are looked at, `ages` what they are.
  AgeEstimates(std::vector<std::size_t> kept, std::vector<double> ages)
      : kept_(std::move(kept)),
        ages_(std::move(ages)),
        first_aged_(static_cast<std::size_t>(std::lower_bound(ages_.begin(), ages_.end(), 1.0) - ages_.begin())),
        first_old_(first_aged_ + (ages_.size() - first_aged_) / 2),
        fit_({ages_.begin() + static_cast<std::ptrdiff_t>(first_aged_), ages_.end()}) {}

  /// Of each age; NaN where the resample lacks it.
  [[nodiscard]] std::vector<double> ratios(std::span<const double> sums) const {
    std::vector<double> result(kept_.size(), std::numeric_limits<double>::quiet_NaN());
    for (std::size_t k = 0; k < kept_.size(); ++k) {
      if (fresh(sums, k) > 0.0) {
        result[k] = value(sums, k) / fresh(sums, k);
      }
    }
    return result;
  }

  struct Pooled {
    std::optional<Decay> decay{};                                 ///< none where the resample lacks all ages from 1 on
    double old_ratio = std::numeric_limits<double>::quiet_NaN();  ///< NaN where the resample lacks these ages
  };
  [[nodiscard]] Pooled pooled(std::span<const double> sums) const {
    std::vector<double> ratio(kept_.size() - first_aged_, 1.0);
    std::vector<double> weight(ratio.size(), 0.0);
    double old_value = 0.0;
    double old_fresh = 0.0;
    for (std::size_t k = first_aged_; k < kept_.size(); ++k) {
      if (fresh(sums, k) > 0.0) {
        ratio[k - first_aged_] = value(sums, k) / fresh(sums, k);
        weight[k - first_aged_] = fresh(sums, k);
        old_value += k < first_old_ ? 0.0 : value(sums, k);
        old_fresh += k < first_old_ ? 0.0 : fresh(sums, k);
      }
    }
    Pooled result;
    if (std::any_of(weight.begin(), weight.end(), [](double w) { return w > 0.0; })) {
      result.decay = fit_.fit(ratio, weight);
    }
    if (old_fresh > 0.0) {
      result.old_ratio = old_value / old_fresh;
    }
    return result;
  }

  [[nodiscard]] std::span<const double> ages() const noexcept { return ages_; }
  /// Places in `ages()`.
  [[nodiscard]] std::size_t first_aged() const noexcept { return first_aged_; }
  [[nodiscard]] std::size_t first_old() const noexcept { return first_old_; }

 private:
  [[nodiscard]] double value(std::span<const double> sums, std::size_t k) const noexcept { return sums[2 * kept_[k]]; }
  [[nodiscard]] double fresh(std::span<const double> sums, std::size_t k) const noexcept {
    return sums[2 * kept_[k] + 1];
  }

  std::vector<std::size_t> kept_;
  std::vector<double> ages_;
  std::size_t first_aged_;
  std::size_t first_old_;
  DecayFit fit_;
};

[[nodiscard]] inline OriginTable origin_table(std::span<const AgePoint> points) {
  std::vector<OriginTable::Key> keys;
  std::vector<double> values;
  keys.reserve(points.size());
  values.reserve(2 * points.size());
  for (const auto& point : points) {
    keys.push_back({.origin = point.origin, .age = point.age});
    if (point.value < 0.0 || point.fresh < 0.0) {
      OriginTable::throw_bad(keys.back(), std::min(point.value, point.fresh));
    }
    values.push_back(point.value);
    values.push_back(point.fresh);
  }
  return {keys, values, 2};
}

/// Made wider about the estimate, by ratios where it must stay positive.
[[nodiscard]] inline Interval widened(const Interval& interval, double estimate, double stretch) noexcept {
  return std::isfinite(estimate) ? placed(interval, estimate, estimate, stretch) : interval;
}
[[nodiscard]] inline Interval widened_ratio(const Interval& interval, double estimate, double stretch) noexcept {
  if (!(std::isfinite(estimate) && estimate > 0.0)) {
    return interval;
  }
  const auto place = [&](double end) { return estimate * std::pow(end / estimate, stretch); };
  return {.low = place(interval.low), .high = place(interval.high)};
}
[[nodiscard]] inline Interval within(const Interval& interval, double least, double most) noexcept {
  return {.low = std::clamp(interval.low, least, most), .high = std::clamp(interval.high, least, most)};
}

/// A column for each number that an interval is of, a row for each resample.
class ResampleColumns {
 public:
  ResampleColumns(std::size_t columns, std::size_t resamples) : columns_(columns, std::vector<double>(resamples)) {}

  void put(std::size_t column, std::size_t resample, double value) noexcept { columns_[column][resample] = value; }
  [[nodiscard]] Interval interval(std::size_t column, double level, const Interval& none) {
    return percentile_interval(std::move(columns_[column]), level, none);
  }

 private:
  std::vector<std::vector<double>> columns_;
};

}  // namespace detail

RECOCORE_INLINE double Decay::at(double age) const noexcept { return floor + (1.0 - floor) * std::exp(-rate * age); }

RECOCORE_INLINE std::optional<double> Decay::half_life() const noexcept {
  if (rate <= 0.0 || floor >= 1.0 || !identified) {
    return std::nullopt;
  }
  return std::numbers::ln2 / rate;
}

RECOCORE_INLINE Decay fit_decay(std::span<const double> ages, std::span<const double> ratio,
                                std::span<const double> weight) {
  if (ages.size() != ratio.size() || ages.size() != weight.size()) {
    throw InvalidParameter("each age needs a ratio and a weight; got " + detail::count_text(ages.size(), "age") + ", " +
                           detail::count_text(ratio.size(), "ratio") + " and " +
                           detail::count_text(weight.size(), "weight"));
  }
  std::vector<double> aged;
  std::vector<double> aged_ratio;
  std::vector<double> aged_weight;
  aged.reserve(ages.size());
  aged_ratio.reserve(ages.size());
  aged_weight.reserve(ages.size());
  for (std::size_t a = 0; a < ages.size(); ++a) {
    if (!(std::isfinite(ages[a]) && ages[a] >= 0.0 && std::isfinite(ratio[a]) && std::isfinite(weight[a]) &&
          weight[a] >= 0.0)) {
      throw InvalidData("point " + detail::count_text(a) + " has age " + detail::number_text(ages[a]) + ", ratio " +
                        detail::number_text(ratio[a]) + " and weight " + detail::number_text(weight[a]) +
                        "; all must be finite, ages and weights not negative");
    }
    if (ages[a] >= 1.0) {
      aged.push_back(ages[a]);
      aged_ratio.push_back(ratio[a]);
      aged_weight.push_back(weight[a]);
    }
  }
  return detail::DecayFit(std::move(aged)).fit(aged_ratio, aged_weight);
}

RECOCORE_INLINE AgeCurve age_curve(std::span<const AgePoint> points, const BootstrapConfig& config,
                                   const RunOptions& options) {
  config.validate();
  const auto table = detail::origin_table(points);
  const auto totals = table.totals();
  const auto origins = table.count_origins([](std::span<const double> row) { return row[1] > 0.0; });

  AgeCurve curve;
  std::vector<std::size_t> kept;
  std::vector<double> ages;
  for (std::size_t a = 0; a < table.ages().size(); ++a) {
    if (totals[2 * a + 1] > 0.0) {
      kept.push_back(a);
      ages.push_back(static_cast<double>(table.ages()[a]));
      curve.ages.push_back(table.ages()[a]);
      curve.origins.push_back(origins[a]);
    }
  }
  if (kept.empty()) {
    throw InvalidData("all fresh values are 0: there is nothing that could be lost");
  }
  const detail::AgeEstimates estimates(std::move(kept), std::move(ages));
  curve.ratio = estimates.ratios(totals);
  const auto whole = estimates.pooled(totals);
  curve.decay = whole.decay.value_or(Decay{.identified = false});

  const std::size_t count = curve.ages.size();
  constexpr double never = std::numeric_limits<double>::infinity();
  detail::ResampleColumns columns(2 * count + 4, config.resamples);
  table.resample_origins(config, options, "age curve", [&](std::size_t r, std::span<const double> sums) {
    const auto ratio = estimates.ratios(sums);
    for (std::size_t k = 0; k < count; ++k) {
      columns.put(k, r, ratio[k]);
    }
  });
  table.resample_both(config, options, "decay", [&](std::size_t r, std::span<const double> sums) {
    const auto [decay, old_ratio] = estimates.pooled(sums);
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    for (std::size_t k = 0; k < count; ++k) {
      columns.put(count + k, r, decay ? decay->at(estimates.ages()[k]) : none);
    }
    columns.put(2 * count, r, decay ? decay->floor : none);
    columns.put(2 * count + 1, r, decay ? decay->rate : none);
    columns.put(2 * count + 2, r, !decay ? none : decay->rate > 0.0 ? std::numbers::ln2 / decay->rate : never);
    columns.put(2 * count + 3, r, old_ratio);
  });

  constexpr Interval unknown{.low = 0.0, .high = never};
  const std::size_t block = table.block();
  const std::size_t pooled_block = detail::long_block(table.origins());
  const double stretch = detail::block_stretch(table.origins(), pooled_block);
  curve.band.reserve(count);
  curve.decay_band.reserve(count);
  for (std::size_t k = 0; k < count; ++k) {
    const auto band = columns.interval(k, config.level, unknown);
    curve.band.push_back(
        curve.origins[k] < 2
            ? unknown
            : detail::within(detail::widened(band, curve.ratio[k], detail::block_stretch(curve.origins[k], block)), 0.0,
                             never));
    curve.decay_band.push_back(detail::within(detail::widened(columns.interval(count + k, config.level, unknown),
                                                              curve.decay.at(estimates.ages()[k]), stretch),
                                              0.0, never));
  }
  curve.floor = detail::within(
      detail::widened(columns.interval(2 * count, config.level, {.low = 0.0, .high = 1.0}), curve.decay.floor, stretch),
      0.0, 1.0);
  curve.rate = columns.interval(2 * count + 1, config.level, unknown);
  curve.half_life = columns.interval(2 * count + 2, config.level, unknown);
  if (curve.decay.identified) {
    curve.rate = detail::widened_ratio(curve.rate, curve.decay.rate, stretch);
    curve.half_life = detail::widened_ratio(curve.half_life, curve.decay.half_life().value_or(never), stretch);
  } else {
    curve.rate = unknown;
    curve.half_life = unknown;
  }
  if (!std::isnan(whole.old_ratio)) {
    curve.old_ratio = whole.old_ratio;
    const auto most_from = [&](std::size_t first) {
      return *std::max_element(curve.origins.begin() + static_cast<std::ptrdiff_t>(first), curve.origins.end());
    };
    const std::uint32_t many = most_from(estimates.first_old());
    curve.old_band = many < 2
                         ? unknown
                         : detail::within(detail::widened(columns.interval(2 * count + 3, config.level, unknown),
                                                          curve.old_ratio, detail::block_stretch(many, pooled_block)),
                                          0.0, never);
    constexpr std::uint32_t least_origins = 8;
    curve.falls = most_from(estimates.first_aged()) >= least_origins && curve.old_band.high < 1.0;
  }
  return curve;
}

}  // namespace recocore
