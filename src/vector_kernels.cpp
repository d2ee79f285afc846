// The inner loops for every instruction set, and the choice of one at run time.
// NOLINTBEGIN(readability-identifier-naming,bugprone-macro-parentheses): names of Highway's
#define HWY_WANT_AVX3_DL  // where counting bits is one instruction
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE <recocore/impl/stats/vector_kernels-simd.hpp>
// NOLINTEND(readability-identifier-naming,bugprone-macro-parentheses)
#include <hwy/foreach_target.h>
// That included the file once for each instruction set but one; here it is included for that one.
#include <recocore/impl/stats/vector_kernels_inl.hpp>
