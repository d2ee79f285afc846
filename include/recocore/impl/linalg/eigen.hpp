/// Eigen as bodies use it: the threads are ours, and only what is under the MPL2 is used.
#pragma once

// NOLINTBEGIN(readability-identifier-naming): names of Eigen's
#ifndef EIGEN_DONT_PARALLELIZE
#define EIGEN_DONT_PARALLELIZE
#endif
#ifndef EIGEN_MPL2_ONLY
#define EIGEN_MPL2_ONLY
#endif
// NOLINTEND(readability-identifier-naming)

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <Eigen/Eigenvalues>
