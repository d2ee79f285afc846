#pragma once

#include <recocore/core/config.hpp>
#include <recocore/impl/index/scan_kernels-simd.hpp>
#include <recocore/impl/index/scan_kernels.hpp>

#if defined(RECOCORE_HEADER_ONLY)
#define RECOCORE_DISPATCH(function) HWY_STATIC_DISPATCH(function)
#else
#define RECOCORE_DISPATCH(function) HWY_DYNAMIC_DISPATCH(function)
#endif

namespace recocore::detail {

#if !defined(RECOCORE_HEADER_ONLY)
HWY_EXPORT(scan_dot_of);
HWY_EXPORT(scan_l2_of);
HWY_EXPORT(scan_at_least_of);
#endif

RECOCORE_INLINE void scan_dot(const float* block, std::size_t dimensions, const float* queries, std::size_t count,
                              float* scores) {
  RECOCORE_DISPATCH(scan_dot_of)(block, dimensions, queries, count, scores);
}

RECOCORE_INLINE void scan_l2(const float* block, std::size_t dimensions, const float* queries, std::size_t count,
                             float* scores) {
  RECOCORE_DISPATCH(scan_l2_of)(block, dimensions, queries, count, scores);
}

RECOCORE_INLINE std::uint64_t scan_at_least(const float* scores, float least) {
  return RECOCORE_DISPATCH(scan_at_least_of)(scores, least);
}

}  // namespace recocore::detail

#undef RECOCORE_DISPATCH
