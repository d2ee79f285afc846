#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/drift/hit_detectors.hpp>
#include <recocore/impl/core/text.hpp>

namespace recocore {

namespace detail {

inline void require_finite(double value) {
  if (!std::isfinite(value)) {
    throw InvalidData("a detector of change needs finite numbers; got " + number_text(value));
  }
}

/// What joining two samples adds to the sum of their squared distances from their means.
[[nodiscard]] inline double deviation_between(double n, double mean, double other_n, double other_mean) noexcept {
  const double distance = mean - other_mean;
  return n * other_n * distance * distance / (n + other_n);
}

}  // namespace detail

RECOCORE_INLINE void Adwin::Config::validate() const {
  if (!(delta > 0.0 && delta < 1.0)) {
    throw InvalidParameter("delta of ADWIN must be between 0 and 1, both excluded; got " + detail::number_text(delta));
  }
  if (clock < 1 || max_buckets < 1 || min_window_length < 1) {
    throw InvalidParameter("clock, max_buckets and min_window_length of ADWIN must be at least 1");
  }
}

RECOCORE_INLINE Adwin::Adwin(const Config& config) : config_(config) { config_.validate(); }

RECOCORE_INLINE double Adwin::mean() const noexcept {
  return width_ == 0 ? 0.0 : window_.sum / static_cast<double>(width_);
}

RECOCORE_INLINE double Adwin::width() const noexcept { return static_cast<double>(width_); }

RECOCORE_INLINE bool Adwin::update(double value) {
  detail::require_finite(value);
  if (begin_anew_) {
    *this = Adwin(config_);
  }
  if (width_ > 0) {
    window_.deviation += detail::deviation_between(width(), mean(), 1.0, value);
  }
  window_.sum += value;
  ++width_;
  if (rows_.empty()) {
    rows_.emplace_back();
  }
  rows_.front().push_back({.sum = value});
  join_buckets();

  ++seen_;
  if (seen_ % config_.clock != 0 || width_ <= config_.grace_period) {
    return false;
  }
  while (width_ > 0 && parts_differ()) {
    drop_oldest();
    begin_anew_ = true;
  }
  return begin_anew_;
}

RECOCORE_INLINE void Adwin::join_buckets() {
  double size = 1.0;
  for (std::size_t i = 0; i < rows_.size() && rows_[i].size() > config_.max_buckets; ++i, size *= 2.0) {
    if (i + 1 == rows_.size()) {
      rows_.emplace_back();
    }
    auto& row = rows_[i];
    rows_[i + 1].push_back({.sum = row[0].sum + row[1].sum,
                            .deviation = row[0].deviation + row[1].deviation +
                                         detail::deviation_between(size, row[0].sum / size, size, row[1].sum / size)});
    row.erase(row.begin(), row.begin() + 2);
  }
}

RECOCORE_INLINE void Adwin::drop_oldest() {
  const auto size = std::uint64_t{1} << (rows_.size() - 1);
  auto& row = rows_.back();
  const Bucket oldest = row.front();
  row.erase(row.begin());
  while (!rows_.empty() && rows_.back().empty()) {
    rows_.pop_back();
  }
  width_ -= size;
  window_.sum -= oldest.sum;
  const auto n = static_cast<double>(size);
  // Differences of sums: rounding may leave less than nothing.
  window_.deviation = std::max(
      0.0, window_.deviation - oldest.deviation - detail::deviation_between(n, oldest.sum / n, width(), mean()));
}

/// Section 3 of the paper, with the bound for values of small variance (its section 3.2): the parts differ where the
/// distance of their means is above sqrt(2 variance ln(2 ln(n) / delta) / m) + 2/3 ln(2 ln(n) / delta) / m, where 1 / m
/// is the sum of the inverse lengths.
RECOCORE_INLINE bool Adwin::parts_differ() const {
  const double bound = std::log(2.0 * std::log(width()) / config_.delta);
  const double variance = window_.deviation / width();
  const double slack = static_cast<double>(config_.min_window_length) - 1.0;
  double old_n = 0.0;
  double old_sum = 0.0;
  for (std::size_t i = rows_.size(); i-- > 0;) {
    for (const Bucket& bucket : rows_[i]) {
      old_n += static_cast<double>(std::uint64_t{1} << i);
      old_sum += bucket.sum;
      const double new_n = width() - old_n;
      if (new_n <= slack) {
        return false;
      }
      if (old_n <= slack) {
        continue;
      }
      const double inverse = 1.0 / (old_n - slack) + 1.0 / (new_n - slack);
      const double least = std::sqrt(2.0 * inverse * variance * bound) + 2.0 / 3.0 * bound * inverse;
      if (std::abs(old_sum / old_n - (window_.sum - old_sum) / new_n) > least) {
        return true;
      }
    }
  }
  return false;
}

RECOCORE_INLINE void PageHinkley::Config::validate() const {
  if (!(alpha > 0.0 && alpha <= 1.0)) {
    throw InvalidParameter("alpha of Page-Hinkley must be above 0 and at most 1; got " + detail::number_text(alpha));
  }
  if (!(delta >= 0.0 && threshold >= 0.0) || !std::isfinite(delta) || !std::isfinite(threshold)) {
    throw InvalidParameter("delta and threshold of Page-Hinkley must be finite and at least 0; got " +
                           detail::number_text(delta) + " and " + detail::number_text(threshold));
  }
  if (mode != Mode::up && mode != Mode::down && mode != Mode::both) {
    throw InvalidParameter("mode of Page-Hinkley must be up, down or both");
  }
}

RECOCORE_INLINE PageHinkley::PageHinkley(const Config& config) : config_(config) { config_.validate(); }

RECOCORE_INLINE double PageHinkley::mean() const noexcept { return state_.mean; }

RECOCORE_INLINE double PageHinkley::width() const noexcept { return static_cast<double>(state_.seen); }

RECOCORE_INLINE bool PageHinkley::update(double value) {
  detail::require_finite(value);
  if (begin_anew_) {
    state_ = {};
    begin_anew_ = false;
  }
  State& s = state_;
  ++s.seen;
  s.mean += (value - s.mean) / static_cast<double>(s.seen);
  const double distance = value - s.mean;
  s.up = config_.alpha * s.up + distance - config_.delta;
  s.down = config_.alpha * s.down + distance + config_.delta;
  s.least_up = std::min(s.least_up, s.up);
  s.most_down = std::max(s.most_down, s.down);
  const bool rises = config_.mode != Mode::down && s.up - s.least_up > config_.threshold;
  const bool falls = config_.mode != Mode::up && s.most_down - s.down > config_.threshold;
  begin_anew_ = s.seen >= config_.min_instances && (rises || falls);
  return begin_anew_;
}

namespace detail {

[[nodiscard]] inline double outcome_value(std::uint8_t outcome, std::size_t age) {
  if (outcome > 1) {
    throw InvalidData("an outcome of age " + count_text(age) + " is " + count_text(outcome) +
                      "; 1 for a hit and 0 for none are needed");
  }
  return static_cast<double>(outcome);
}

/// @param falls takes an outcome; whether that is an alarm.
template <class Falls>
[[nodiscard]] bool alarm_in_age(OutcomesByAge outcomes, std::size_t age, const RunOptions& options,
                                const Falls& falls) {
  constexpr std::size_t between_polls = 1U << 14U;
  throw_if_stopped(options);
  for (std::size_t i = 0; i < outcomes[age].size(); ++i) {
    if ((i + 1) % between_polls == 0) {
      throw_if_stopped(options);
    }
    if (falls(outcome_value(outcomes[age][i], age))) {
      return true;
    }
  }
  return false;
}

template <class Falls>
[[nodiscard]] std::optional<std::size_t> first_alarm_of(OutcomesByAge outcomes, const RunOptions& options,
                                                        const Falls& falls) {
  for (std::size_t age = 0; age < outcomes.size(); ++age) {
    if (alarm_in_age(outcomes, age, options, falls)) {
      return age;
    }
  }
  return std::nullopt;
}

/// The h of `first_alarm_page_hinkley`: by bisection, the mean time grows with it.
[[nodiscard]] inline double page_hinkley_height(double c, double rate) {
  const auto ages = [c](double x) { return (std::expm1(x) - x) / (2.0 * c * c); };
  double low = 0.0;
  double high = 1.0;
  while (ages(high) < 1.0 / rate) {
    high *= 2.0;
  }
  for (int step = 0; step < 60; ++step) {
    const double middle = (low + high) / 2.0;
    (ages(middle) < 1.0 / rate ? low : high) = middle;
  }
  return high / (2.0 * c);
}

}  // namespace detail

RECOCORE_INLINE std::optional<std::size_t> first_alarm(OutcomesByAge outcomes, const Adwin::Config& config,
                                                       const RunOptions& options) {
  Adwin detector(config);
  return detail::first_alarm_of(outcomes, options, [&](double outcome) {
    const double before = detector.mean();
    return detector.update(outcome) && detector.mean() < before;
  });
}

RECOCORE_INLINE std::optional<std::size_t> first_alarm(OutcomesByAge outcomes, const PageHinkley::Config& config,
                                                       const RunOptions& options) {
  PageHinkley::Config downwards = config;
  downwards.mode = PageHinkley::Mode::down;
  PageHinkley detector(downwards);
  return detail::first_alarm_of(outcomes, options, [&](double outcome) { return detector.update(outcome); });
}

RECOCORE_INLINE std::optional<std::size_t> first_alarm_page_hinkley(OutcomesByAge outcomes, double rate,
                                                                    const RunOptions& options) {
  if (!(rate > 0.0 && rate < 1.0)) {
    throw InvalidParameter("rate, of false alarms an age, must be between 0 and 1, both excluded; got " +
                           detail::number_text(rate));
  }
  constexpr double c = 0.5;
  const double h = detail::page_hinkley_height(c, rate);
  // As `PageHinkley` in Mode::down with alpha 1, but that delta and threshold may change: its sum as the distance from
  // its greatest value, which is reflected at 0.
  double seen = 0.0;
  double hits = 0.0;
  double mean = 0.0;
  double below = 0.0;
  double ages_seen = 0.0;
  for (std::size_t age = 0; age < outcomes.size(); ++age) {
    const auto size = static_cast<double>(outcomes[age].size());
    if (outcomes[age].empty()) {
      continue;
    }
    double known = seen;
    double known_hits = hits;
    double known_ages = ages_seen;
    if (known_ages == 0.0) {
      for (const std::uint8_t outcome : outcomes[age]) {
        known_hits += detail::outcome_value(outcome, age);
      }
      known = size;
      known_ages = 1.0;
    }
    const double p = (known_hits + 1.0) / (known + 2.0);
    const double deviation = std::sqrt(p * (1.0 - p));
    const double per_age = std::sqrt(known / known_ages);
    const double delta = c * deviation / per_age;
    const double threshold = h * deviation * per_age;
    const bool alarm = detail::alarm_in_age(outcomes, age, options, [&](double outcome) {
      seen += 1.0;
      hits += outcome;
      mean += (outcome - mean) / seen;
      below = std::max(0.0, below - (outcome - mean) - delta);
      return below > threshold;
    });
    if (alarm) {
      return age;
    }
    ages_seen += 1.0;
  }
  return std::nullopt;
}

}  // namespace recocore
