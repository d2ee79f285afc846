/// What all bootstraps share.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <recocore/core/random.hpp>

namespace recocore::detail {

/// Uniform in [0, bound) without bias, for 32-bit bounds: two draws from each 64 random bits.
/// Lemire 2019, "Fast random integer generation in an interval".
class SmallDraws {
 public:
  SmallDraws(std::uint64_t seed, std::uint32_t bound) noexcept
      : random_(seed), bound_(bound), reject_under_((0U - bound) % bound) {}

  [[nodiscard]] std::uint32_t next() noexcept {
    std::uint64_t product = half() * bound_;
    while (static_cast<std::uint32_t>(product) < reject_under_) {
      product = half() * bound_;
    }
    return static_cast<std::uint32_t>(product >> 32U);
  }

 private:
  [[nodiscard]] std::uint64_t half() noexcept {
    if (has_half_) {
      has_half_ = false;
      return bits_ & 0xFFFF'FFFFU;
    }
    has_half_ = true;
    bits_ = random_.next();
    return bits_ >> 32U;
  }

  Random random_;
  std::uint32_t bound_;
  std::uint32_t reject_under_;
  std::uint64_t bits_ = 0;
  bool has_half_ = false;
};

/// Each resample has a generator of its own: the result does not depend on which thread makes it.
[[nodiscard]] inline std::vector<std::uint64_t> resample_seeds(std::size_t resamples, std::uint64_t seed) {
  std::vector<std::uint64_t> seeds(resamples);
  Random random(seed);
  std::generate(seeds.begin(), seeds.end(), [&] { return random.next(); });
  return seeds;
}

/// Linear interpolation between the order statistics (definition 7 of Hyndman, Fan 1996). Values may be infinite.
[[nodiscard]] inline double quantile(std::span<const double> sorted, double probability) noexcept {
  const double position = probability * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const auto above = std::min(below + 1, sorted.size() - 1);
  const double share = position - static_cast<double>(below);
  // Also keeps infinity less infinity, and 0 times infinity, out.
  if (sorted[above] == sorted[below] || share == 0.0) {
    return sorted[below];
  }
  return sorted[below] + share * (sorted[above] - sorted[below]);
}

}  // namespace recocore::detail
