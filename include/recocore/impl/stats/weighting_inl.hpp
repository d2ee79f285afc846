#pragma once

#include <array>
#include <cmath>
#include <string>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/impl/core/names.hpp>
#include <recocore/stats/weighting.hpp>

namespace recocore {

namespace detail {

inline constexpr std::array<std::string_view, 3> weighting_names{"none", "tf_idf", "bm25"};

}  // namespace detail

RECOCORE_INLINE std::span<const std::string_view> weighting_names() noexcept { return detail::weighting_names; }

RECOCORE_INLINE std::string_view to_string(Weighting weighting) noexcept {
  return detail::weighting_names[static_cast<std::size_t>(weighting)];
}

RECOCORE_INLINE Weighting parse_weighting(std::string_view name) {
  return detail::parse_name<Weighting>("weighting", name, detail::weighting_names);
}

RECOCORE_INLINE void WeightingConfig::validate() const {
  if (!std::isfinite(bm25_k1) || bm25_k1 <= 0.0) {
    throw InvalidParameter("bm25_k1 must be a number above 0; got " + std::to_string(bm25_k1));
  }
  if (!(bm25_b >= 0.0 && bm25_b <= 1.0)) {
    throw InvalidParameter("bm25_b must be from 0 to 1; got " + std::to_string(bm25_b));
  }
}

}  // namespace recocore
