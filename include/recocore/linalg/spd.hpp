/// Symmetric positive definite matrices: inverses of large ones, in place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <recocore/core/run_options.hpp>

namespace recocore {

/// Replaces a symmetric positive definite matrix by its inverse.
///
/// In place, in single precision: n^3 operations in tiles that threads take one by one, so the bytes do not depend on
/// the number of threads. They do depend, by rounding, on the instruction set, which is chosen at run time.
/// @param matrix n rows of n numbers. Only the lower triangle is read; the whole inverse is written.
/// @throws InvalidParameter a size that is not n x n; NotPositiveDefinite, also for NaN; Cancelled, DeadlineExceeded,
///         all with the matrix left in between.
void invert_positive_definite(std::span<float> matrix, std::size_t n, const RunOptions& options = {});

/// The memory in bytes that `invert_positive_definite` takes beside the matrix.
[[nodiscard]] std::uint64_t estimate_inverse_memory(std::size_t n, const RunOptions& options = {});

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/linalg/spd_inl.hpp>
#endif
