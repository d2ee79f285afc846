// NOLINTBEGIN(readability-identifier-naming,bugprone-macro-parentheses,cppcoreguidelines-macro-usage)
#define EIGEN_MPL2_ONLY
#define EIGEN_DONT_PARALLELIZE
#define Eigen EigenBaseline
#define RECOCORE_OWN_EIGEN
#define RECOCORE_DENSE_KERNELS dense_baseline
// NOLINTEND(readability-identifier-naming,bugprone-macro-parentheses,cppcoreguidelines-macro-usage)
#include <recocore/impl/linalg/dense_kernels_eigen.hpp>

namespace recocore::detail {

const DenseKernels& dense_kernels_baseline();
const DenseKernels& dense_kernels_baseline() {
  static const DenseKernels kernels = dense_baseline::make_kernels("baseline");
  return kernels;
}

}  // namespace recocore::detail
