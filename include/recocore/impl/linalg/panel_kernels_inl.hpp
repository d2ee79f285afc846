#pragma once

#include <recocore/core/config.hpp>
#include <recocore/impl/linalg/panel_kernels-simd.hpp>
#include <recocore/impl/linalg/panel_kernels.hpp>

#if defined(RECOCORE_HEADER_ONLY)
#define RECOCORE_DISPATCH(function) HWY_STATIC_DISPATCH(function)
#else
#define RECOCORE_DISPATCH(function) HWY_DYNAMIC_DISPATCH(function)
#endif

namespace recocore::detail {

#if !defined(RECOCORE_HEADER_ONLY)
HWY_EXPORT(multiply_sparse_of);
HWY_EXPORT(add_transposed_product_of);
HWY_EXPORT(add_product_of);
HWY_EXPORT(combine_of);
HWY_EXPORT(add_dot_products_of);
#endif

RECOCORE_INLINE void multiply_sparse(const ScaledRows& matrix, std::size_t begin, std::size_t end, const double* x,
                                     double* out) {
  RECOCORE_DISPATCH(multiply_sparse_of)(matrix, begin, end, x, out);
}

RECOCORE_INLINE void add_transposed_product(const double* a, const double* b, std::size_t rows, double* out) {
  RECOCORE_DISPATCH(add_transposed_product_of)(a, b, rows, out);
}

RECOCORE_INLINE void add_product(const double* a, const double* b, std::size_t rows, double* out) {
  RECOCORE_DISPATCH(add_product_of)(a, b, rows, out);
}

RECOCORE_INLINE void combine(double alpha, const double* a, double beta, const double* b, double gamma, const double* c,
                             std::size_t size, double* out) {
  RECOCORE_DISPATCH(combine_of)(alpha, a, beta, b, gamma, c, size, out);
}

RECOCORE_INLINE void add_dot_products(const float* matrix, std::size_t rows, std::size_t width, const float* x,
                                      float* out) {
  RECOCORE_DISPATCH(add_dot_products_of)(matrix, rows, width, x, out);
}

}  // namespace recocore::detail

#undef RECOCORE_DISPATCH
