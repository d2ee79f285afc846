/// The best of a stream of scored candidates, in memory that is reused.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include <recocore/core/config.hpp>
#include <recocore/core/ranking.hpp>

namespace recocore {

/// Keeps the first n of the total order (`ranks_before`) among candidates with scores above 0.
///
/// A candidate is one 64-bit key whose order is the total order: the bits of a positive float, which ascend with it,
/// above the complement of the position. Offers are taken without a branch that depends on the score; whenever the pool
/// is full it is cut to the best n, which raises the bar for what follows. O(1) an offer on average.
template <class Ix>
class BestOf {
 public:
  /// Forgets what was offered. @param n how many to keep, at least 1; @param most candidates that will be offered.
  void start(std::size_t n, std::size_t most) {
    n_ = std::max<std::size_t>(1, std::min(n, most));
    // Room to grow by as much as is kept halves the pool at each cut; small lists are cut rarely.
    const std::size_t capacity = n_ + std::max<std::size_t>(n_, 64);
    if (pool_.size() < capacity) {
      pool_.resize(capacity);
    }
    capacity_ = capacity;
    size_ = 0;
    bar_key_ = 0;
  }

  /// @param score above 0 and finite. Each position at most once.
  void offer(Ix index, float score) {
    RECOCORE_ASSERT(score > 0.0F);
    const std::uint64_t key = (std::uint64_t{std::bit_cast<std::uint32_t>(score)} << 32U) | ~index.value;
    pool_[size_] = key;
    size_ += key > bar_key_ ? 1 : 0;
    if (size_ == capacity_) {
      cut();
    }
  }

  /// What scores less cannot be among the best any more; what scores as much may. 0 until enough were offered.
  [[nodiscard]] float bar() const noexcept { return score_of(bar_key_); }

  /// Sorts the best, which `size` and `[]` then tell.
  void finish() {
    if (size_ > n_) {
      cut();
    }
    std::sort(pool_.begin(), pool_.begin() + static_cast<std::ptrdiff_t>(size_), std::greater<>{});
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] Scored<Ix> operator[](std::size_t place) const noexcept {
    return {Ix(~static_cast<std::uint32_t>(pool_[place])), score_of(pool_[place])};
  }

 private:
  static float score_of(std::uint64_t key) noexcept {
    return std::bit_cast<float>(static_cast<std::uint32_t>(key >> 32U));
  }

  void cut() {
    const auto last_kept = pool_.begin() + static_cast<std::ptrdiff_t>(n_ - 1);
    std::nth_element(pool_.begin(), last_kept, pool_.begin() + static_cast<std::ptrdiff_t>(size_), std::greater<>{});
    size_ = n_;
    bar_key_ = *last_kept;
  }

  std::size_t n_ = 1;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
  std::uint64_t bar_key_ = 0;
  std::vector<std::uint64_t> pool_{};
};

}  // namespace recocore
