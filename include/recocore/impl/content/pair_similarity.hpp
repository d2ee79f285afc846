/// sim_c of two values: what the scans of the index compute for many rows at once, step by step the same.
#pragma once

#include <cstddef>
#include <span>

#include <recocore/content/content_features.hpp>
#include <recocore/impl/linalg/panel_kernels.hpp>

namespace recocore::detail {

/// 0 also where the argument is not a number.
[[nodiscard]] inline float at_least_zero(float value) noexcept { return value > 0.0F ? value : 0.0F; }

[[nodiscard]] inline float near_similarity(float a, float b) noexcept {
  const float difference = a - b;
  const float kept = at_least_zero(1.0F - (difference < 0.0F ? -difference : difference));
  const float square = kept * kept;
  return square * square;
}

[[nodiscard]] inline float place_similarity(float ax, float ay, float az, float bx, float by, float bz) noexcept {
  const float x = ax - bx;
  const float y = ay - by;
  const float z = az - bz;
  return at_least_zero(1.0F / (1.0F + (x * x + y * y + z * z)));
}

/// Calls `visitor(value of a, value of b)` for each feature both have, ascending.
template <class Visitor>
void for_each_common(std::span<const FeatureRow::Feature> a, std::span<const FeatureRow::Feature> b,
                     const Visitor& visitor) {
  for (std::size_t at = 0, bt = 0; at < a.size() && bt < b.size();) {
    if (a[at].id == b[bt].id) {
      visitor(a[at++].value, b[bt++].value);
    } else if (a[at].id < b[bt].id) {
      ++at;
    } else {
      ++bt;
    }
  }
}

}  // namespace recocore::detail
