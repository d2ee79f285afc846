/// The inner loops of comparing a query with all vectors.
#pragma once

#include <cstddef>
#include <cstdint>

namespace recocore::detail {

/// Vectors come in blocks of this many, dimension by dimension: number d of vector r is block[d * scan_block + r]. So a
/// lane is a vector, and no sum runs across lanes.
inline constexpr std::size_t scan_block = 64;
/// Queries that share what is loaded.
inline constexpr std::size_t scan_queries = 4;

/// scores[q * scan_block + r] = the sum over d, in order, of query q times vector r, or minus the sum of the squares of
/// their differences. Products are rounded before they are added, on every machine.
/// @param queries `count` rows, 1 to `scan_queries`, of `dimensions` numbers.
void scan_dot(const float* block, std::size_t dimensions, const float* queries, std::size_t count, float* scores);
void scan_l2(const float* block, std::size_t dimensions, const float* queries, std::size_t count, float* scores);

/// Bit r is set where scores[r] >= least, of `scan_block` scores.
[[nodiscard]] std::uint64_t scan_at_least(const float* scores, float least);

}  // namespace recocore::detail

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/index/scan_kernels_inl.hpp>
#endif
