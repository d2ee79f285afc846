/// What of the resamples is in an interval.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include <recocore/eval/bootstrap.hpp>
#include <recocore/impl/eval/resampling.hpp>

namespace recocore::detail {

/// The middle of the resamples that have a value: NaN says that one has none. `none` when no resample has.
[[nodiscard]] inline Interval percentile_interval(std::vector<double> values, double level, const Interval& none) {
  std::erase_if(values, [](double value) { return std::isnan(value); });
  if (values.empty()) {
    return none;
  }
  std::sort(values.begin(), values.end());
  return {.low = quantile(values, (1.0 - level) / 2.0), .high = quantile(values, (1.0 + level) / 2.0)};
}

}  // namespace recocore::detail
