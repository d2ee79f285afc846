/// The inner loops that vector instructions make several times faster.
///
/// The library has each compiled for several instruction sets, from the baseline up to AVX-512, and picks one when it
/// runs. In header-only mode there is the one the compiler was told to use.
#pragma once

#include <cstddef>
#include <cstdint>

namespace recocore::detail {

/// Vectors cover a multiple of this many elements: arrays are padded to it, ranges begin and end at it.
inline constexpr std::size_t vector_step = 64;

[[nodiscard]] constexpr std::size_t padded(std::size_t size) noexcept {
  return (size + vector_step - 1) / vector_step * vector_step;
}

/// Writes the positions p of [begin, end) with values[p] >= least to `found`, ascending. @return how many.
/// There must be room for 3 more than are found.
std::size_t find_at_least(const std::uint8_t* values, std::size_t begin, std::size_t end, std::uint8_t least,
                          std::uint32_t* found);
std::size_t find_at_least(const std::uint16_t* values, std::size_t begin, std::size_t end, std::uint16_t least,
                          std::uint32_t* found);
std::size_t find_at_least(const std::uint32_t* values, std::size_t begin, std::size_t end, std::uint32_t least,
                          std::uint32_t* found);
std::size_t find_at_least(const std::int64_t* values, std::size_t begin, std::size_t end, std::int64_t least,
                          std::uint32_t* found);

/// out[x * stride + y] = the number of bits that rows x of `a` and y of `b` share. Rows are `words` long, a multiple
/// of 8; stride >= b_rows.
void count_common_bits(const std::uint64_t* a, std::size_t a_rows, const std::uint64_t* b, std::size_t b_rows,
                       std::size_t words, std::uint32_t* out, std::size_t stride);

/// 512 bits at a time, one instruction for their number.
[[nodiscard]] bool counts_bits_fast();

}  // namespace recocore::detail

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/stats/vector_kernels_inl.hpp>
#endif
