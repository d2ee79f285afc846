#pragma once

#include <recocore/core/config.hpp>
#include <recocore/impl/stats/vector_kernels-simd.hpp>
#include <recocore/impl/stats/vector_kernels.hpp>

#if defined(RECOCORE_HEADER_ONLY)
#define RECOCORE_DISPATCH(function) HWY_STATIC_DISPATCH(function)
#else
#define RECOCORE_DISPATCH(function) HWY_DYNAMIC_DISPATCH(function)
#endif

namespace recocore::detail {

#if !defined(RECOCORE_HEADER_ONLY)
HWY_EXPORT(find_at_least_8);
HWY_EXPORT(find_at_least_16);
HWY_EXPORT(find_at_least_32);
HWY_EXPORT(find_at_least_64);
HWY_EXPORT(count_common_bits_of);
#endif

RECOCORE_INLINE std::size_t find_at_least(const std::uint8_t* values, std::size_t begin, std::size_t end,
                                          std::uint8_t least, std::uint32_t* found) {
  return RECOCORE_DISPATCH(find_at_least_8)(values, begin, end, least, found);
}
RECOCORE_INLINE std::size_t find_at_least(const std::uint16_t* values, std::size_t begin, std::size_t end,
                                          std::uint16_t least, std::uint32_t* found) {
  return RECOCORE_DISPATCH(find_at_least_16)(values, begin, end, least, found);
}
RECOCORE_INLINE std::size_t find_at_least(const std::uint32_t* values, std::size_t begin, std::size_t end,
                                          std::uint32_t least, std::uint32_t* found) {
  return RECOCORE_DISPATCH(find_at_least_32)(values, begin, end, least, found);
}
RECOCORE_INLINE std::size_t find_at_least(const std::int64_t* values, std::size_t begin, std::size_t end,
                                          std::int64_t least, std::uint32_t* found) {
  return RECOCORE_DISPATCH(find_at_least_64)(values, begin, end, least, found);
}

RECOCORE_INLINE void count_common_bits(const std::uint64_t* a, std::size_t a_rows, const std::uint64_t* b,
                                       std::size_t b_rows, std::size_t words, std::uint32_t* out, std::size_t stride) {
  RECOCORE_DISPATCH(count_common_bits_of)(a, a_rows, b, b_rows, words, out, stride);
}

RECOCORE_INLINE bool counts_bits_fast() {
#if defined(RECOCORE_HEADER_ONLY)
  return HWY_ARCH_X86 != 0 && HWY_STATIC_TARGET <= HWY_AVX3_DL;
#else
  return (hwy::SupportedTargets() & HWY_AVX3_DL) != 0;
#endif
}

}  // namespace recocore::detail

#undef RECOCORE_DISPATCH
