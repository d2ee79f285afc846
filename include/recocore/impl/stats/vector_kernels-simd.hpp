// Compiled once for each instruction set: no ordinary include guard (see hwy/foreach_target.h).
#if defined(RECOCORE_IMPL_STATS_VECTOR_KERNELS_SIMD_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef RECOCORE_IMPL_STATS_VECTOR_KERNELS_SIMD_HPP
#undef RECOCORE_IMPL_STATS_VECTOR_KERNELS_SIMD_HPP
#else
#define RECOCORE_IMPL_STATS_VECTOR_KERNELS_SIMD_HPP
#endif

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace recocore::detail {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// bits[x / 8] has bit x % 8 set where values[x] >= least, for x < count, a multiple of 64.
template <class T>
HWY_INLINE void compare_at_least(const T* HWY_RESTRICT values, std::size_t count, T least,
                                 std::uint8_t* HWY_RESTRICT bits) {
  const hn::CappedTag<T, 64> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto bound = hn::Set(d, least);
  if (lanes >= 8) {
    for (std::size_t x = 0; x < count; x += lanes) {
      hn::StoreMaskBits(d, hn::Not(hn::Lt(hn::LoadU(d, values + x), bound)), bits + x / 8);
    }
    return;
  }
  for (std::size_t x = 0; x < count; x += 8) {
    unsigned byte = 0;
    for (std::size_t lane = 0; lane < 8; lane += lanes) {
      std::uint8_t some[8] = {};
      hn::StoreMaskBits(d, hn::Not(hn::Lt(hn::LoadU(d, values + x + lane), bound)), some);
      byte |= static_cast<unsigned>(some[0]) << lane;
    }
    bits[x / 8] = static_cast<std::uint8_t>(byte);
  }
}

static_assert(std::endian::native == std::endian::little, "a word of bits is read from the bytes of a mask");

// Whether there is something among 64 values is as good as random, and so is how much: nothing here branches on either,
// but for more than four.
template <class T>
std::size_t find_at_least_of(const T* HWY_RESTRICT values, std::size_t begin, std::size_t end, T least,
                             std::uint32_t* HWY_RESTRICT found) {
  constexpr std::size_t step = 64;
  constexpr std::size_t most_steps = 64;
  std::uint32_t* out = found;
  for (std::size_t from = begin; from < end; from += most_steps * step) {
    const std::size_t steps = HWY_MIN(most_steps, (end - from) / step);
    HWY_ALIGN std::uint8_t bytes[most_steps * step / 8 + 8];
    compare_at_least(values + from, steps * step, least, bytes);

    std::uint64_t words[most_steps];
    std::uint32_t first[most_steps];
    std::size_t filled = 0;
    for (std::size_t s = 0; s < steps; ++s) {
      std::memcpy(&words[filled], bytes + s * sizeof(std::uint64_t), sizeof(std::uint64_t));
      first[filled] = static_cast<std::uint32_t>(from + s * step);
      filled += words[filled] != 0 ? 1 : 0;
    }
    for (std::size_t w = 0; w < filled; ++w) {
      std::uint64_t bits = words[w];
      const auto count = static_cast<std::size_t>(std::popcount(bits));
      for (std::size_t done = 0; done < count; done += 4) {
        for (std::size_t e = 0; e < 4; ++e) {
          out[done + e] = first[w] + static_cast<std::uint32_t>(std::countr_zero(bits));
          bits &= bits - 1;
        }
      }
      out += count;
    }
  }
  return static_cast<std::size_t>(out - found);
}

inline std::size_t find_at_least_8(const std::uint8_t* values, std::size_t begin, std::size_t end, std::uint8_t least,
                                   std::uint32_t* found) {
  return find_at_least_of(values, begin, end, least, found);
}
inline std::size_t find_at_least_16(const std::uint16_t* values, std::size_t begin, std::size_t end,
                                    std::uint16_t least, std::uint32_t* found) {
  return find_at_least_of(values, begin, end, least, found);
}
inline std::size_t find_at_least_32(const std::uint32_t* values, std::size_t begin, std::size_t end,
                                    std::uint32_t least, std::uint32_t* found) {
  return find_at_least_of(values, begin, end, least, found);
}
inline std::size_t find_at_least_64(const std::int64_t* values, std::size_t begin, std::size_t end, std::int64_t least,
                                    std::uint32_t* found) {
  return find_at_least_of(values, begin, end, least, found);
}

inline std::uint32_t count_pair(const std::uint64_t* HWY_RESTRICT a, const std::uint64_t* HWY_RESTRICT b,
                                std::size_t words) {
  const hn::CappedTag<std::uint64_t, 8> d;
  auto sum = hn::Zero(d);
  for (std::size_t w = 0; w < words; w += hn::Lanes(d)) {
    sum = hn::Add(sum, hn::PopulationCount(hn::And(hn::LoadU(d, a + w), hn::LoadU(d, b + w))));
  }
  return static_cast<std::uint32_t>(hn::GetLane(hn::SumOfLanes(d, sum)));
}

#if HWY_HAVE_SCALABLE

// Vectors of unknown size cannot lie in arrays: pair by pair.
inline void count_common_bits_of(const std::uint64_t* a, std::size_t a_rows, const std::uint64_t* b, std::size_t b_rows,
                                 std::size_t words, std::uint32_t* out, std::size_t stride) {
  for (std::size_t y = 0; y < b_rows; ++y) {
    for (std::size_t x = 0; x < a_rows; ++x) {
      out[x * stride + y] = count_pair(a + x * words, b + y * words, words);
    }
  }
}

#else

/// A rows x B rows at once, so that each word that is loaded is used several times.
template <std::size_t A, std::size_t B>
HWY_INLINE void count_tile(const std::uint64_t* HWY_RESTRICT a, const std::uint64_t* HWY_RESTRICT b, std::size_t words,
                           std::uint32_t* HWY_RESTRICT out, std::size_t stride) {
  const hn::CappedTag<std::uint64_t, 8> d;
  using V = hn::Vec<decltype(d)>;
  const std::size_t lanes = hn::Lanes(d);
  V sums[A][B];
  for (std::size_t x = 0; x < A; ++x) {
    for (std::size_t y = 0; y < B; ++y) {
      sums[x][y] = hn::Zero(d);
    }
  }
  for (std::size_t w = 0; w < words; w += lanes) {
    V columns[B];
    for (std::size_t y = 0; y < B; ++y) {
      columns[y] = hn::LoadU(d, b + y * words + w);
    }
    for (std::size_t x = 0; x < A; ++x) {
      const V row = hn::LoadU(d, a + x * words + w);
      for (std::size_t y = 0; y < B; ++y) {
        sums[x][y] = hn::Add(sums[x][y], hn::PopulationCount(hn::And(row, columns[y])));
      }
    }
  }
  for (std::size_t x = 0; x < A; ++x) {
    for (std::size_t y = 0; y < B; ++y) {
      out[x * stride + y] = static_cast<std::uint32_t>(hn::GetLane(hn::SumOfLanes(d, sums[x][y])));
    }
  }
}

inline void count_common_bits_of(const std::uint64_t* a, std::size_t a_rows, const std::uint64_t* b, std::size_t b_rows,
                                 std::size_t words, std::uint32_t* out, std::size_t stride) {
  // As many accumulators as fit the registers.
  constexpr std::size_t some_a = 4;
  constexpr std::size_t some_b = HWY_MAX_BYTES >= 64 ? 4 : 2;
  for (std::size_t y = 0; y < b_rows;) {
    const bool wide = y + some_b <= b_rows;
    for (std::size_t x = 0; x < a_rows;) {
      const std::uint64_t* const row = a + x * words;
      const std::uint64_t* const column = b + y * words;
      std::uint32_t* const to = out + x * stride + y;
      if (wide && x + some_a <= a_rows) {
        count_tile<some_a, some_b>(row, column, words, to, stride);
        x += some_a;
      } else if (wide) {
        count_tile<1, some_b>(row, column, words, to, stride);
        x += 1;
      } else {
        *to = count_pair(row, column, words);
        x += 1;
      }
    }
    y += wide ? some_b : 1;
  }
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace recocore::detail
HWY_AFTER_NAMESPACE();

#endif
