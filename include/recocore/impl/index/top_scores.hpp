/// The best of a stream of scores of either sign.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include <recocore/core/ranking.hpp>

namespace recocore::detail {

/// As `BestOf`, for scores that may be negative: the first n of the total order among what is offered. Offers are rare
/// once `bar` is high, so callers compare with it first.
class TopScores {
 public:
  /// @param n how many to keep, at least 1.
  void start(std::size_t n) {
    n_ = n;
    keys_.clear();
    bar_key_ = 0;
  }

  /// What scores less cannot be among the best any more; what scores as much may.
  [[nodiscard]] float bar() const noexcept {
    return bar_key_ == 0 ? -std::numeric_limits<float>::infinity() : score_of(bar_key_);
  }

  /// @param score finite. Each label at most once.
  void offer(std::uint32_t label, float score) {
    const std::uint64_t key = (std::uint64_t{ordered_bits(score)} << 32U) | ~label;
    if (key > bar_key_) {
      keys_.push_back(key);
      if (keys_.size() >= 2 * n_ + 64) {
        cut();
        bar_key_ = keys_.back();
      }
    }
  }

  /// Appends the best, in order, to `out`.
  template <class Ix>
  void finish(std::vector<Scored<Ix>>& out) {
    if (keys_.size() > n_) {
      cut();
    }
    std::sort(keys_.begin(), keys_.end(), std::greater<>{});
    for (const auto key : keys_) {
      out.push_back({Ix(~static_cast<std::uint32_t>(key)), score_of(key)});
    }
  }

 private:
  /// Ascends with the score; -0 is 0.
  static std::uint32_t ordered_bits(float score) noexcept {
    const auto bits = std::bit_cast<std::uint32_t>(score + 0.0F);
    return (bits >> 31U) != 0 ? ~bits : bits | 0x8000'0000U;
  }
  static float score_of(std::uint64_t key) noexcept {
    const auto bits = static_cast<std::uint32_t>(key >> 32U);
    return std::bit_cast<float>((bits >> 31U) != 0 ? bits & 0x7FFF'FFFFU : ~bits);
  }

  /// Leaves the best n, the last of them at the end.
  void cut() {
    const auto last = keys_.begin() + static_cast<std::ptrdiff_t>(n_ - 1);
    std::nth_element(keys_.begin(), last, keys_.end(), std::greater<>{});
    keys_.resize(n_);
  }

  std::size_t n_ = 1;
  std::uint64_t bar_key_ = 0;
  std::vector<std::uint64_t> keys_{};
};

}  // namespace recocore::detail
