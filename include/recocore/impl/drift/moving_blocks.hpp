/// Bootstrap of series whose neighbours are alike: whole blocks are drawn.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <recocore/eval/bootstrap.hpp>
#include <recocore/impl/eval/resampling.hpp>

namespace recocore::detail {

/// The cube root of the length, rounded, at least 2 from a length of 4 on.
[[nodiscard]] inline std::size_t cube_root_block(std::size_t length) noexcept {
  const auto root = static_cast<std::size_t>(std::lround(std::cbrt(static_cast<double>(length))));
  return length < 4 ? 1 : std::max<std::size_t>(2, root);
}

/// Where errors add up over many neighbours: a quarter of the length, if that is more.
[[nodiscard]] inline std::size_t long_block(std::size_t length) noexcept {
  return std::max(cube_root_block(length), length / 4);
}

/// The blocks of a resample: of `block` periods each, the last one cut.
class MovingBlocks {
 public:
  MovingBlocks(std::size_t periods, std::size_t block) : periods_(periods), block_(block) {}

  void draw(std::uint64_t seed, std::vector<double>& times) const noexcept {
    std::fill(times.begin(), times.end(), 0.0);
    SmallDraws draws(seed, static_cast<std::uint32_t>(starts()));
    for (std::size_t drawn = 0; drawn < periods_; drawn += block_) {
      const std::size_t start = draws.next();
      for (std::size_t i = 0; i < std::min(block_, periods_ - drawn); ++i) {
        times[start + i] += 1.0;
      }
    }
  }

  /// How often each period is drawn on average. O(periods).
  [[nodiscard]] std::vector<double> expected() const {
    std::vector<double> times(periods_);
    const std::size_t cut = periods_ % block_;
    const std::size_t whole = periods_ / block_;
    for (std::size_t period = 0; period < periods_; ++period) {
      times[period] = (static_cast<double>(whole) * reached(period, block_) + (cut > 0 ? reached(period, cut) : 0.0)) /
                      static_cast<double>(starts());
    }
    return times;
  }

 private:
  [[nodiscard]] std::size_t starts() const noexcept { return periods_ - block_ + 1; }
  /// From how many starts the first `length` periods of a block hold this one.
  [[nodiscard]] double reached(std::size_t period, std::size_t length) const noexcept {
    const std::size_t first = period + 1 > length ? period + 1 - length : 0;
    const std::size_t last = std::min(period, starts() - 1);
    return last >= first ? static_cast<double>(last - first + 1) : 0.0;
  }

  std::size_t periods_;
  std::size_t block_;
};

/// Blocks that may go on from the end at the beginning (Politis, Romano 1992, "A circular block-resampling procedure
/// for stationary data"): every place is drawn equally often on average.
inline void draw_circular(std::uint64_t seed, std::size_t block, std::vector<std::uint32_t>& times) noexcept {
  std::fill(times.begin(), times.end(), 0U);
  SmallDraws draws(seed, static_cast<std::uint32_t>(times.size()));
  for (std::size_t drawn = 0; drawn < times.size(); drawn += block) {
    const std::size_t start = draws.next();
    for (std::size_t i = 0; i < std::min(block, times.size() - drawn); ++i) {
      ++times[(start + i) % times.size()];
    }
  }
}

/// Blocks vary around a mean that they have themselves, and therefore too little: by how much intervals are widened.
[[nodiscard]] inline double block_stretch(std::size_t length, std::size_t block) noexcept {
  return std::sqrt(static_cast<double>(length) / static_cast<double>(length > block ? length - block : 1));
}

/// The interval of resamples whose middle is `middle`, put around the estimate and stretched.
[[nodiscard]] inline Interval placed(const Interval& interval, double middle, double estimate,
                                     double stretch) noexcept {
  return {.low = estimate + stretch * (interval.low - middle), .high = estimate + stretch * (interval.high - middle)};
}

}  // namespace recocore::detail
