#pragma once

#include <string>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/impl/linalg/dense_kernels.hpp>
#include <recocore/impl/linalg/tiled_inverse.hpp>
#include <recocore/linalg/spd.hpp>

namespace recocore {

RECOCORE_INLINE void invert_positive_definite(std::span<float> matrix, std::size_t n, const RunOptions& options) {
  if (n > 0xFFFF'FFFF || matrix.size() != n * n) {
    throw InvalidParameter("a matrix of " + std::to_string(n) + " rows and columns does not have " +
                           std::to_string(matrix.size()) + " numbers");
  }
  if (n > 0) {
    detail::TiledInverse(matrix.data(), n, detail::dense_kernels(), options).run();
  }
}

RECOCORE_INLINE std::uint64_t estimate_inverse_memory(std::size_t n, const RunOptions& options) {
  return detail::TiledInverse::memory(n, options);
}

}  // namespace recocore
