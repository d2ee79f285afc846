#pragma once

#include <vector>

#include <recocore/core/config.hpp>
#include <recocore/impl/linalg/dense_kernels.hpp>

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/linalg/dense_kernels_eigen.hpp>
#endif

namespace recocore::detail {

#if defined(RECOCORE_HEADER_ONLY)

/// Only what the consumer compiles for.
inline const std::vector<const DenseKernels*>& runnable_dense_kernels() {
  static const DenseKernels compiled = dense_compiled::make_kernels("compiled");
  static const std::vector<const DenseKernels*> runnable{&compiled};
  return runnable;
}

#else

// Each in a unit of its own, with flags of its own.
[[nodiscard]] const DenseKernels& dense_kernels_baseline();
#if defined(RECOCORE_DENSE_KERNELS_X86)
[[nodiscard]] const DenseKernels& dense_kernels_avx2();
[[nodiscard]] const DenseKernels& dense_kernels_avx512();
#endif

RECOCORE_INLINE const std::vector<const DenseKernels*>& runnable_dense_kernels() {
  static const std::vector<const DenseKernels*> runnable = [] {
    std::vector<const DenseKernels*> found;
#if defined(RECOCORE_DENSE_KERNELS_X86)
    const bool has_avx2 = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
    if (has_avx2 && __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
        __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vl") != 0) {
      found.push_back(&dense_kernels_avx512());
    }
    if (has_avx2) {
      found.push_back(&dense_kernels_avx2());
    }
#endif
    found.push_back(&dense_kernels_baseline());
    return found;
  }();
  return runnable;
}

#endif

RECOCORE_INLINE const DenseKernels& dense_kernels() { return *runnable_dense_kernels().front(); }

}  // namespace recocore::detail
