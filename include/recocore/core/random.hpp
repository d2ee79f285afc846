/// Random numbers that are the same on every platform.
#pragma once

#include <cstdint>

namespace recocore {

/// SplitMix64 (Steele, Lea, Flood 2014): one 64-bit state, equidistributed, fast. Not for secrets.
class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) noexcept : state_(seed) {}

  constexpr std::uint64_t next() noexcept {
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t x = state_;
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
    return x ^ (x >> 31U);
  }

  /// Uniform in [0, 1), a multiple of 2^-53.
  constexpr double uniform() noexcept { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

  /// Uniform in [0, bound), without bias (rejection). `bound` > 0.
  constexpr std::uint64_t below(std::uint64_t bound) noexcept {
    const std::uint64_t reject_under = (0 - bound) % bound;
    std::uint64_t x = next();
    while (x < reject_under) {
      x = next();
    }
    return x % bound;
  }

 private:
  std::uint64_t state_;
};

}  // namespace recocore
