// Compiled once for each instruction set: no ordinary include guard (see hwy/foreach_target.h).
#if defined(RECOCORE_IMPL_INDEX_SCAN_KERNELS_SIMD_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef RECOCORE_IMPL_INDEX_SCAN_KERNELS_SIMD_HPP
#undef RECOCORE_IMPL_INDEX_SCAN_KERNELS_SIMD_HPP
#else
#define RECOCORE_IMPL_INDEX_SCAN_KERNELS_SIMD_HPP
#endif

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <hwy/highway.h>

#include <recocore/impl/index/scan_kernels.hpp>

HWY_BEFORE_NAMESPACE();
namespace recocore::detail {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// No vectors in arrays: those of unknown size cannot lie there.

struct ScanProduct {
  template <class V>
  static HWY_INLINE V add(V sum, V query, V value) {
    return hn::Add(sum, hn::Mul(query, value));
  }
  template <class D, class V>
  static HWY_INLINE void store(V sum, D d, float* to) {
    hn::StoreU(sum, d, to);
  }
};

struct ScanDistance {
  template <class V>
  static HWY_INLINE V add(V sum, V query, V value) {
    const auto difference = hn::Sub(query, value);
    return hn::Add(sum, hn::Mul(difference, difference));
  }
  template <class D, class V>
  static HWY_INLINE void store(V sum, D d, float* to) {
    hn::StoreU(hn::Neg(sum), d, to);
  }
};

template <class Metric>
HWY_INLINE void scan_one(const float* HWY_RESTRICT block, std::size_t dimensions, const float* HWY_RESTRICT query,
                         float* HWY_RESTRICT scores) {
  const hn::CappedTag<float, 16> d;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t r = 0; r < scan_block; r += 4 * lanes) {
    auto sum0 = hn::Zero(d);
    auto sum1 = hn::Zero(d);
    auto sum2 = hn::Zero(d);
    auto sum3 = hn::Zero(d);
    const float* from = block + r;
    for (std::size_t x = 0; x < dimensions; ++x, from += scan_block) {
      const auto q = hn::Set(d, query[x]);
      sum0 = Metric::add(sum0, q, hn::LoadU(d, from));
      sum1 = Metric::add(sum1, q, hn::LoadU(d, from + lanes));
      sum2 = Metric::add(sum2, q, hn::LoadU(d, from + 2 * lanes));
      sum3 = Metric::add(sum3, q, hn::LoadU(d, from + 3 * lanes));
    }
    Metric::store(sum0, d, scores + r);
    Metric::store(sum1, d, scores + r + lanes);
    Metric::store(sum2, d, scores + r + 2 * lanes);
    Metric::store(sum3, d, scores + r + 3 * lanes);
  }
}

/// Four queries with two vectors of rows at a time: eight sums that do not wait for each other.
template <class Metric>
HWY_INLINE void scan_four(const float* HWY_RESTRICT block, std::size_t dimensions, const float* HWY_RESTRICT queries,
                          float* HWY_RESTRICT scores) {
  const hn::CappedTag<float, 16> d;
  const std::size_t lanes = hn::Lanes(d);
  const float* const q0 = queries;
  const float* const q1 = queries + dimensions;
  const float* const q2 = queries + 2 * dimensions;
  const float* const q3 = queries + 3 * dimensions;
  for (std::size_t r = 0; r < scan_block; r += 2 * lanes) {
    auto sum00 = hn::Zero(d);
    auto sum01 = hn::Zero(d);
    auto sum10 = hn::Zero(d);
    auto sum11 = hn::Zero(d);
    auto sum20 = hn::Zero(d);
    auto sum21 = hn::Zero(d);
    auto sum30 = hn::Zero(d);
    auto sum31 = hn::Zero(d);
    const float* from = block + r;
    for (std::size_t x = 0; x < dimensions; ++x, from += scan_block) {
      const auto low = hn::LoadU(d, from);
      const auto high = hn::LoadU(d, from + lanes);
      const auto a = hn::Set(d, q0[x]);
      sum00 = Metric::add(sum00, a, low);
      sum01 = Metric::add(sum01, a, high);
      const auto b = hn::Set(d, q1[x]);
      sum10 = Metric::add(sum10, b, low);
      sum11 = Metric::add(sum11, b, high);
      const auto c = hn::Set(d, q2[x]);
      sum20 = Metric::add(sum20, c, low);
      sum21 = Metric::add(sum21, c, high);
      const auto e = hn::Set(d, q3[x]);
      sum30 = Metric::add(sum30, e, low);
      sum31 = Metric::add(sum31, e, high);
    }
    Metric::store(sum00, d, scores + r);
    Metric::store(sum01, d, scores + r + lanes);
    Metric::store(sum10, d, scores + scan_block + r);
    Metric::store(sum11, d, scores + scan_block + r + lanes);
    Metric::store(sum20, d, scores + 2 * scan_block + r);
    Metric::store(sum21, d, scores + 2 * scan_block + r + lanes);
    Metric::store(sum30, d, scores + 3 * scan_block + r);
    Metric::store(sum31, d, scores + 3 * scan_block + r + lanes);
  }
}

template <class Metric>
HWY_INLINE void scan(const float* block, std::size_t dimensions, const float* queries, std::size_t count,
                     float* scores) {
  if (count == scan_queries) {
    scan_four<Metric>(block, dimensions, queries, scores);
    return;
  }
  for (std::size_t q = 0; q < count; ++q) {
    scan_one<Metric>(block, dimensions, queries + q * dimensions, scores + q * scan_block);
  }
}

inline void scan_dot_of(const float* block, std::size_t dimensions, const float* queries, std::size_t count,
                        float* scores) {
  scan<ScanProduct>(block, dimensions, queries, count, scores);
}

inline void scan_l2_of(const float* block, std::size_t dimensions, const float* queries, std::size_t count,
                       float* scores) {
  scan<ScanDistance>(block, dimensions, queries, count, scores);
}

static_assert(std::endian::native == std::endian::little, "a word of bits is read from the bytes of a mask");

inline std::uint64_t scan_at_least_of(const float* scores, float least) {
  const hn::CappedTag<float, 16> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto bound = hn::Set(d, least);
  std::uint64_t bits = 0;
  for (std::size_t r = 0; r < scan_block; r += lanes) {
    std::uint8_t bytes[8] = {};
    hn::StoreMaskBits(d, hn::Ge(hn::LoadU(d, scores + r), bound), bytes);
    std::uint64_t some = 0;
    std::memcpy(&some, bytes, sizeof(some));
    bits |= (some & ((std::uint64_t{1} << lanes) - 1)) << r;
  }
  return bits;
}

}  // namespace HWY_NAMESPACE
}  // namespace recocore::detail
HWY_AFTER_NAMESPACE();

#endif
