// NOLINTBEGIN(readability-identifier-naming,bugprone-macro-parentheses,cppcoreguidelines-macro-usage)
#define EIGEN_MPL2_ONLY
#define EIGEN_DONT_PARALLELIZE
#define Eigen EigenAvx2
#define RECOCORE_OWN_EIGEN
#define RECOCORE_DENSE_KERNELS dense_avx2
// NOLINTEND(readability-identifier-naming,bugprone-macro-parentheses,cppcoreguidelines-macro-usage)
#include <recocore/impl/linalg/dense_kernels_eigen.hpp>

namespace recocore::detail {

const DenseKernels& dense_kernels_avx2();
const DenseKernels& dense_kernels_avx2() {
  static const DenseKernels kernels = dense_avx2::make_kernels("avx2");
  return kernels;
}

}  // namespace recocore::detail
