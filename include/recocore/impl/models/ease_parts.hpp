/// The weights of `EaseConfig`'s formulas.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/impl/core/text.hpp>
#include <recocore/models/ease_config.hpp>

namespace recocore::detail {

class EaseParts {
 public:
  EaseParts(const Interactions& interactions, const EaseConfig& config)
      : dropout_(config.dropout / (1.0 - config.dropout)), diagonal_(config.diagonal) {
    const auto& by_user = interactions.by_user();
    const auto& by_item = interactions.by_item();
    of_user_.resize(by_user.rows());
    double weighted = 0.0;
    for (std::size_t u = 0; u < of_user_.size(); ++u) {
      const auto size = static_cast<double>(by_user.row_size(UserIx(u)));
      of_user_[u] = size > 0.0 ? std::pow(size, -config.user_exponent) : 0.0;
      weighted += size * of_user_[u];
    }
    const auto all = static_cast<double>(by_user.entries());
    for (double& weight : of_user_) {
      weight *= weighted > 0.0 ? all / weighted : 1.0;
    }
    penalties_.resize(by_item.rows());
    scales_.resize(by_item.rows());
    const double mean = std::max(1.0, all / std::max<double>(1.0, static_cast<double>(by_item.rows())));
    for (std::size_t i = 0; i < penalties_.size(); ++i) {
      // An item nobody has is on its own whatever its penalty, as long as that is above 0.
      const double size = std::max(1.0, static_cast<double>(by_item.row_size(ItemIx(i)))) / mean;
      penalties_[i] = config.l2 * std::pow(size, config.count_exponent);
      scales_[i] = std::pow(size, -config.candidate_exponent);
    }
  }

  [[nodiscard]] double of_user(UserIx u) const noexcept { return of_user_[u.value]; }

  /// L_ii for a G_ii.
  [[nodiscard]] double penalty(ItemIx i, double gram) const noexcept { return penalties_[i.value] + dropout_ * gram; }

  /// By what the score of a candidate is multiplied.
  [[nodiscard]] double scale(ItemIx j) const noexcept { return scales_[j.value]; }

  /// m_j of B = I - P diag(m), where P = (G + L)^-1: 1 / P_jj leaves an item no weight on itself, L_jj all of it.
  [[nodiscard]] double multiplier(double inverse, double all_penalty) const noexcept {
    return std::max(all_penalty, (1.0 - diagonal_) / inverse);
  }

  [[nodiscard]] static std::uint64_t memory(std::uint64_t users, std::uint64_t items) noexcept {
    return sizeof(double) * (users + 2 * items);
  }

 private:
  double dropout_;
  double diagonal_;
  std::vector<double> of_user_{};
  std::vector<double> penalties_{};
  std::vector<double> scales_{};
};

[[noreturn]] inline void refuse_singular(std::string_view model, const NotPositiveDefinite& error) {
  throw NotPositiveDefinite("fitting " + std::string(model) + ": " + error.what() + "; a larger l2 makes it so");
}

}  // namespace recocore::detail
