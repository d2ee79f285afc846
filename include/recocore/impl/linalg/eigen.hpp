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

// Linked, no function of Eigen is shared with a program's own, which may be compiled for other instructions.
#if !defined(RECOCORE_HEADER_ONLY) && !defined(Eigen)
#define Eigen EigenRecocore  // NOLINT(readability-identifier-naming)
#endif

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <Eigen/Eigenvalues>
