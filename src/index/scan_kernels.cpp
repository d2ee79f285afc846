// The inner loops for every instruction set, and the choice of one at run time.
// NOLINTBEGIN(readability-identifier-naming,bugprone-macro-parentheses): names of Highway's
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE <recocore/impl/index/scan_kernels-simd.hpp>
// NOLINTEND(readability-identifier-naming,bugprone-macro-parentheses)
#include <hwy/foreach_target.h>
// That included the file once for each instruction set but one; here it is included for that one.
#include <recocore/impl/index/scan_kernels_inl.hpp>
