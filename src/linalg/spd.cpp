#include <recocore/impl/linalg/dense_kernels_inl.hpp>
#include <recocore/impl/linalg/spd_inl.hpp>
