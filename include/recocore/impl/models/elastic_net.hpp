/// One elastic net, by coordinate descent.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <recocore/core/run_options.hpp>

namespace recocore::detail {

/// Minimises 1/2 w'Gw - c'w + l2/2 |w|^2 + l1 |w|_1 for products G of columns with each other and c with the one to be
/// explained. Friedman, Hastie, Tibshirani 2010, "Regularization paths for generalized linear models via coordinate
/// descent": covariance updates.
class ElasticNet {
 public:
  struct Options {
    double l1 = 0.0;
    double l2 = 0.0;
    bool positive = true;
    double tolerance = 1e-3;
    std::size_t max_iterations = 100;
    /// Polled between sweeps; the caller throws.
    const RunOptions* run = nullptr;
  };

  /// Bytes of one for this many columns.
  [[nodiscard]] static std::uint64_t bytes(std::uint64_t columns) noexcept { return 2 * columns * sizeof(double); }

  /// The weights, valid until the next call. O(columns) a sweep, and again for each weight that changes.
  /// @param products row by row. @param target c.
  [[nodiscard]] std::span<const double> solve(std::span<const double> products, std::span<const double> target,
                                              const Options& options) {
    const std::size_t size = target.size();
    weights_.assign(size, 0.0);
    rest_.assign(target.begin(), target.end());
    for (std::size_t sweep = 0; sweep < options.max_iterations; ++sweep) {
      if (options.run != nullptr && should_stop(*options.run)) {
        break;
      }
      double largest_change = 0.0;
      for (std::size_t a = 0; a < size; ++a) {
        const double* const row = products.data() + a * size;
        const double before = weights_[a];
        const double after = minimum(rest_[a] + row[a] * before, row[a] + options.l2, options);
        if (after == before) {
          continue;
        }
        const double change = after - before;
        for (std::size_t b = 0; b < size; ++b) {
          rest_[b] -= change * row[b];
        }
        weights_[a] = after;
        largest_change = std::max(largest_change, std::abs(change));
      }
      if (largest_change <= options.tolerance) {
        break;
      }
    }
    return weights_;
  }

 private:
  [[nodiscard]] static double minimum(double pull, double scale, const Options& options) noexcept {
    const double shrunk = std::abs(pull) - options.l1;
    if (shrunk <= 0.0 || scale <= 0.0 || (options.positive && pull < 0.0)) {
      return 0.0;
    }
    return std::copysign(shrunk / scale, pull);
  }

  std::vector<double> weights_{};
  /// What is left of the target: c - Gw.
  std::vector<double> rest_{};
};

}  // namespace recocore::detail
