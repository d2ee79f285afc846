/// The best of a stream of scored candidates, in memory that is reused.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
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
  /// Offers come in batches of at most this many, so that the pool is looked after once for each.
  static constexpr std::size_t most_at_once = 128;

  /// Forgets what was offered. @param n how many to keep, at least 1; @param most candidates that will be offered.
  /// @param floor candidates with lower scores are not taken. When n were, that made no difference.
  void start(std::size_t n, std::size_t most, float floor = 0.0F) {
    n_ = std::max<std::size_t>(1, std::min(n, most));
    // Room to grow by as much as is kept halves the pool at each cut; short lists are cut rarely.
    full_ = n_ + std::max<std::size_t>(n_, 64);
    if (pool_.size() < full_ + most_at_once) {
      pool_.resize(full_ + most_at_once);
    }
    size_ = 0;
    bar_key_ = floor > 0.0F ? (std::uint64_t{std::bit_cast<std::uint32_t>(floor)} << 32U) - 1 : 0;
  }

  /// @param score finite; candidates with a score of 0 or less are not taken. Each position at most once.
  void offer(Ix index, float score) { offer_all(&index, &score, 1); }

  /// Parallel `indices` and `scores`, at most `most_at_once`.
  void offer_all(const Ix* indices, const float* scores, std::size_t count) {
    RECOCORE_ASSERT(count <= most_at_once);
    std::uint64_t* const pool = pool_.data();
    const std::uint64_t bar_key = bar_key_;
    std::size_t size = size_;
    for (std::size_t e = 0; e < count; ++e) {
      const std::uint64_t key = (std::uint64_t{std::bit_cast<std::uint32_t>(scores[e])} << 32U) | ~indices[e].value;
      pool[size] = key;
      size += static_cast<std::size_t>(scores[e] > 0.0F) & static_cast<std::size_t>(key > bar_key);
    }
    size_ = size;
    if (size_ >= full_) {
      cut();
    }
  }

  /// What scores less cannot be among the best any more; what scores as much may. 0 until enough were offered.
  [[nodiscard]] float bar() const noexcept { return score_of(bar_key_); }

  /// Sorts the best, which `size` and `[]` then tell.
  void finish() {
    if (size_ <= few) {
      std::sort(pool_.begin(), pool_.begin() + static_cast<std::ptrdiff_t>(size_), std::greater<>{});
      size_ = std::min(size_, n_);
      return;
    }
    // Into buckets, best first; most then hold one key or none.
    const Buckets buckets = fill_buckets();
    std::array<std::uint32_t, Buckets::count> next{};
    std::uint32_t above = 0;
    std::uint32_t largest = 0;
    std::uint32_t needed = 0;  // keys in the buckets that the best n are in
    for (std::size_t bucket = Buckets::count; bucket-- > 0;) {
      next[bucket] = above;
      above += buckets.sizes[bucket];
      largest = std::max(largest, buckets.sizes[bucket]);
      needed = next[bucket] < n_ ? above : needed;
    }
    if (sorted_.size() < pool_.size()) {
      sorted_.resize(pool_.size());
    }
    for (std::size_t e = 0; e < size_; ++e) {
      sorted_[next[buckets.of(pool_[e])]++] = pool_[e];
    }
    if (largest <= few) {
      insertion_sort(sorted_.data(), needed);  // nothing has far to go
    }
    for (std::size_t bucket = largest <= few ? 0 : Buckets::count; bucket-- > 0;) {
      const std::size_t begin = next[bucket] - buckets.sizes[bucket];
      if (begin >= n_) {
        break;
      }
      sort_few(sorted_.data() + begin, buckets.sizes[bucket]);
    }
    pool_.swap(sorted_);
    size_ = std::min(size_, n_);
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] Scored<Ix> operator[](std::size_t place) const noexcept {
    return {Ix(~static_cast<std::uint32_t>(pool_[place])), score_of(pool_[place])};
  }

 private:
  static float score_of(std::uint64_t key) noexcept {
    return std::bit_cast<float>(static_cast<std::uint32_t>(key >> 32U));
  }

  /// Ranges of keys of the same size that cover the pool.
  struct Buckets {
    static constexpr unsigned bits = 8;
    static constexpr std::size_t count = std::size_t{1} << bits;

    std::uint64_t lowest = 0;
    unsigned shift = 0;
    std::array<std::uint32_t, count> sizes{};

    [[nodiscard]] std::size_t of(std::uint64_t key) const noexcept { return (key - lowest) >> shift; }
  };

  [[nodiscard]] Buckets fill_buckets() const {
    std::uint64_t lowest = pool_[0];
    std::uint64_t highest = pool_[0];
    for (std::size_t e = 1; e < size_; ++e) {
      lowest = std::min(lowest, pool_[e]);
      highest = std::max(highest, pool_[e]);
    }
    const auto range_bits = static_cast<unsigned>(std::bit_width(highest - lowest));
    Buckets buckets{.lowest = lowest, .shift = range_bits > Buckets::bits ? range_bits - Buckets::bits : 0};
    for (std::size_t e = 0; e < size_; ++e) {
      ++buckets.sizes[buckets.of(pool_[e])];
    }
    return buckets;
  }

  /// So few are sorted by insertion.
  static constexpr std::size_t few = 24;

  static void sort_few(std::uint64_t* keys, std::size_t count) {
    if (count <= few) {
      insertion_sort(keys, count);
    } else if (!std::is_sorted(keys, keys + count, std::greater<>{})) {  // ties often are
      std::sort(keys, keys + count, std::greater<>{});
    }
  }

  static void insertion_sort(std::uint64_t* keys, std::size_t count) {
    for (std::size_t e = 1; e < count; ++e) {
      const std::uint64_t key = keys[e];
      std::size_t at = e;
      for (; at > 0 && keys[at - 1] < key; --at) {
        keys[at] = keys[at - 1];
      }
      keys[at] = key;
    }
  }

  /// Leaves the best n and few more, without a branch that depends on the keys.
  void cut() {
    const Buckets buckets = fill_buckets();
    std::size_t bucket = Buckets::count;
    for (std::size_t above = 0; above < n_;) {
      above += buckets.sizes[--bucket];
    }
    const std::uint64_t edge = buckets.lowest + (std::uint64_t{bucket} << buckets.shift);
    std::size_t kept = 0;
    for (std::size_t e = 0; e < size_; ++e) {
      const std::uint64_t key = pool_[e];
      pool_[kept] = key;
      kept += key >= edge ? 1U : 0U;
    }
    size_ = kept;
    bar_key_ = std::max(bar_key_, edge - 1);
    if (size_ - n_ > (full_ - n_) / 2) {  // many in one bucket
      cut_exactly();
    }
  }

  void cut_exactly() {
    const auto last_kept = pool_.begin() + static_cast<std::ptrdiff_t>(n_ - 1);
    std::nth_element(pool_.begin(), last_kept, pool_.begin() + static_cast<std::ptrdiff_t>(size_), std::greater<>{});
    size_ = n_;
    bar_key_ = *last_kept;
  }

  std::size_t n_ = 1;
  std::size_t full_ = 0;
  std::size_t size_ = 0;
  std::uint64_t bar_key_ = 0;
  std::vector<std::uint64_t> pool_{};
  std::vector<std::uint64_t> sorted_{};
};

}  // namespace recocore
