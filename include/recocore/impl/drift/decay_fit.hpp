/// Least squares for one decay after another over the same ages.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <recocore/drift/age_curve.hpp>

namespace recocore::detail {

/// 1 - R(a) = (1 - floor) u(a) with u(a) = 1 - exp(-rate a).
class DecayFit {
 public:
  /// @param ages each >= 1.
  explicit DecayFit(std::vector<double> ages) : ages_(std::move(ages)) {
    if (ages_.empty()) {
      return;
    }
    const auto [least, greatest] = std::minmax_element(ages_.begin(), ages_.end());
    const double first = std::log(0.001 / *greatest);
    step_ = (std::log(20.0 / *least) - first) / static_cast<double>(grid_size - 1);
    table_.resize(grid_size * ages_.size());
    for (std::size_t g = 0; g < grid_size; ++g) {
      log_rate_[g] = first + step_ * static_cast<double>(g);
      lost(log_rate_[g], std::span(table_).subspan(g * ages_.size(), ages_.size()));
    }
  }

  /// @param weight of each age: 0 for one that is not there, whose ratio must be finite all the same.
  [[nodiscard]] Decay fit(std::span<const double> ratio, std::span<const double> weight) const {
    Fit best{.loss = 0.0, .share = 0.0};
    const bool enough = std::count_if(weight.begin(), weight.end(), [](double w) { return w > 0.0; }) >= 3;
    for (std::size_t a = 0; a < ages_.size(); ++a) {
      best.loss += weight[a] * (1.0 - ratio[a]) * (1.0 - ratio[a]);
    }
    std::size_t best_at = grid_size;
    double best_log_rate = 0.0;
    for (std::size_t g = 0; g < grid_size; ++g) {
      const auto fit = at(std::span(table_).subspan(g * ages_.size(), ages_.size()), ratio, weight);
      if (fit.loss < best.loss) {
        best = fit;
        best_at = g;
        best_log_rate = log_rate_[g];
      }
    }
    if (best_at == grid_size) {
      return {.identified = enough};
    }
    const bool inside = best_at > 0 && best_at + 1 < grid_size;
    std::vector<double> u(ages_.size());
    const auto refine = [&](double log_rate) {
      lost(log_rate, u);
      const auto fit = at(u, ratio, weight);
      if (fit.loss < best.loss) {
        best = fit;
        best_log_rate = log_rate;
      }
      return fit.loss;
    };
    golden_section(best_log_rate - step_, best_log_rate + step_, refine);
    return {.floor = 1.0 - best.share, .rate = std::exp(best_log_rate), .identified = enough && inside};
  }

 private:
  static constexpr std::size_t grid_size = 64;
  struct Fit {
    double loss = 0.0;
    double share = 0.0;  ///< 1 - floor
  };

  void lost(double log_rate, std::span<double> result) const noexcept {
    const double rate = std::exp(log_rate);
    for (std::size_t a = 0; a < ages_.size(); ++a) {
      result[a] = -std::expm1(-rate * ages_[a]);
    }
  }

  /// The best floor for u, in closed form.
  [[nodiscard]] static Fit at(std::span<const double> u, std::span<const double> ratio,
                              std::span<const double> weight) noexcept {
    double cross = 0.0;
    double square = 0.0;
    for (std::size_t a = 0; a < u.size(); ++a) {
      cross += weight[a] * u[a] * (1.0 - ratio[a]);
      square += weight[a] * u[a] * u[a];
    }
    Fit fit{.loss = 0.0, .share = square > 0.0 ? std::clamp(cross / square, 0.0, 1.0) : 0.0};
    for (std::size_t a = 0; a < u.size(); ++a) {
      const double error = 1.0 - ratio[a] - fit.share * u[a];
      fit.loss += weight[a] * error * error;
    }
    return fit;
  }

  /// Kiefer 1953. Narrows the bracket to 1e-9 of its width.
  template <class Loss>
  static void golden_section(double low, double high, const Loss& loss) {
    constexpr int steps = 43;
    constexpr double shrink = 0.6180339887498949;
    double left = high - shrink * (high - low);
    double right = low + shrink * (high - low);
    double at_left = loss(left);
    double at_right = loss(right);
    for (int step = 0; step < steps; ++step) {
      if (at_left <= at_right) {
        high = right;
        right = left;
        at_right = at_left;
        left = high - shrink * (high - low);
        at_left = loss(left);
      } else {
        low = left;
        left = right;
        at_left = at_right;
        right = low + shrink * (high - low);
        at_right = loss(right);
      }
    }
  }

  std::vector<double> ages_;
  double step_ = 0.0;
  std::array<double, grid_size> log_rate_{};
  std::vector<double> table_{};  ///< u, grid point by grid point
};

}  // namespace recocore::detail
