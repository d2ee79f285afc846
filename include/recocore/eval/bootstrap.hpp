/// How far a mean over users can be trusted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <recocore/core/run_options.hpp>

namespace recocore {

struct BootstrapConfig {
  std::size_t resamples = 1000;
  /// The share of resamples that the interval holds.
  double level = 0.95;
  std::uint64_t seed = 0;

  /// @throws InvalidParameter unless resamples >= 1 and 0 < level < 1.
  void validate() const;
};

struct Interval {
  double low = 0.0;
  double high = 0.0;

  friend bool operator==(const Interval&, const Interval&) = default;
};

/// Percentile bootstrap intervals of the means of columns over the same users (Efron 1979, "Bootstrap methods: another
/// look at the jackknife"): users are drawn with replacement, as many as there are; the interval goes from the
/// (1 - level) / 2 to the (1 + level) / 2 quantile of the means, interpolated. All columns see the same draws.
///
/// The interval of a difference between two models is that of the column of their differences: they have the same
/// users, so what is easy or hard about a user cancels out (`paired_difference`). O(resamples x users x columns).
/// @throws InvalidParameter bad configuration, columns of different length or without a user; InvalidData a value
///         that is not finite; Cancelled, DeadlineExceeded.
[[nodiscard]] std::vector<Interval> bootstrap_means(std::span<const std::span<const double>> columns,
                                                    const BootstrapConfig& config = {}, const RunOptions& options = {});

/// The same for one column.
[[nodiscard]] Interval bootstrap_mean(std::span<const double> column, const BootstrapConfig& config = {},
                                      const RunOptions& options = {});

/// For each user how much `model` is above `baseline`.
/// @throws InvalidParameter columns of different length or without a user; InvalidData a value that is not finite.
[[nodiscard]] std::vector<double> paired_difference(std::span<const double> model, std::span<const double> baseline);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/eval/bootstrap_inl.hpp>
#endif
