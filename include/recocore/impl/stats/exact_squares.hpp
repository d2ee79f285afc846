/// Sums of squares without rounding.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace recocore::detail {

/// The sum of the squares of floats, exactly, whatever their order; what was added can be taken out again. A
/// fixed-point number of 32 bits a limb, as in Kulisch, Miranker 1986. Up to 2^31 terms.
class ExactSquares {
 public:
  void add(float value) noexcept { add_term(value, 1); }
  void remove(float value) noexcept { add_term(value, -1); }

  /// The least p with sqrt(sum) < 2^p; 0 for no sum.
  [[nodiscard]] int root_magnitude() const noexcept {
    auto limbs = limbs_;
    for (std::size_t limb = 0; limb + 1 < limbs.size(); ++limb) {
      limbs[limb + 1] += limbs[limb] >> limb_bits;
      limbs[limb] &= mask;
    }
    for (std::size_t limb = limbs.size(); limb-- > 0;) {
      if (limbs[limb] != 0) {
        const int top = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(limbs[limb]))) - 1;
        // The sum is in [2^exponent, 2^(exponent + 1)).
        const int exponent = static_cast<int>(limb) * limb_bits + top + lowest;
        return (exponent >> 1) + 1;
      }
    }
    return 0;
  }

 private:
  static constexpr int limb_bits = 32;
  static constexpr std::int64_t mask = (std::int64_t{1} << limb_bits) - 1;
  /// The exponent of the square of the smallest float.
  static constexpr int lowest = -298;

  void add_term(float value, std::int64_t sign) noexcept {
    int exponent = 0;
    constexpr int digits = 24;
    const auto mantissa = static_cast<std::int64_t>(std::ldexp(std::frexp(value, &exponent), digits));
    if (mantissa == 0) {
      return;
    }
    // Subnormal mantissas end in zeros, so that the exponent may lie below the lowest.
    int place = 2 * (exponent - digits) - lowest;
    auto square = static_cast<std::uint64_t>(mantissa * mantissa);
    if (place < 0) {
      square >>= static_cast<unsigned>(-place);
      place = 0;
    }
    const auto limb = static_cast<std::size_t>(place / limb_bits);
    const auto shift = static_cast<unsigned>(place % limb_bits);
    const std::uint64_t low = square << shift;
    const std::uint64_t high = shift == 0 ? 0 : square >> (64U - shift);
    limbs_[limb] += sign * static_cast<std::int64_t>(low & static_cast<std::uint64_t>(mask));
    limbs_[limb + 1] += sign * static_cast<std::int64_t>(low >> static_cast<unsigned>(limb_bits));
    limbs_[limb + 2] += sign * static_cast<std::int64_t>(high);
  }

  std::array<std::int64_t, 20> limbs_{};
};

}  // namespace recocore::detail
