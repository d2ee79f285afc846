// Compiled once for each instruction set: no ordinary include guard (see hwy/foreach_target.h).
#if defined(RECOCORE_IMPL_LINALG_PANEL_KERNELS_SIMD_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef RECOCORE_IMPL_LINALG_PANEL_KERNELS_SIMD_HPP
#undef RECOCORE_IMPL_LINALG_PANEL_KERNELS_SIMD_HPP
#else
#define RECOCORE_IMPL_LINALG_PANEL_KERNELS_SIMD_HPP
#endif

#include <cstddef>
#include <cstdint>

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <recocore/impl/linalg/panel_kernels.hpp>

HWY_BEFORE_NAMESPACE();
namespace recocore::detail {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Products are rounded before they are added, on every machine: no fused multiply-add. No sum runs across the lanes of
// a vector, whose number differs, but for the last step of `add_dot_products_of`, which is written out.

inline void multiply_sparse_of(const ScaledRows& matrix, std::size_t begin, std::size_t end,
                               const double* HWY_RESTRICT x, double* HWY_RESTRICT out) {
  const hn::CappedTag<double, 8> d;
  const std::size_t lanes = hn::Lanes(d);
  constexpr std::uint64_t ahead = 8;
  const std::uint64_t last = matrix.offsets[end] > 0 ? matrix.offsets[end] - 1 : 0;
  for (std::size_t r = begin; r < end; ++r) {
    double* const to = out + (r - begin) * panel_width;
    for (std::size_t j = 0; j < panel_width; j += 4 * lanes) {
      auto sum0 = hn::Zero(d);
      auto sum1 = hn::Zero(d);
      auto sum2 = hn::Zero(d);
      auto sum3 = hn::Zero(d);
      for (std::uint64_t e = matrix.offsets[r]; e < matrix.offsets[r + 1]; ++e) {
        const std::size_t column = matrix.columns[e];
        const double* const soon = x + std::size_t{matrix.columns[HWY_MIN(e + ahead, last)]} * panel_width + j;
        hwy::Prefetch(soon);
        hwy::Prefetch(soon + 2 * lanes);
        double weight = matrix.values == nullptr ? 1.0 : static_cast<double>(matrix.values[e]);
        if (matrix.column_scale != nullptr) {
          weight *= matrix.column_scale[column];
        }
        const auto w = hn::Set(d, weight);
        const double* const from = x + column * panel_width + j;
        sum0 = hn::Add(sum0, hn::Mul(w, hn::LoadU(d, from)));
        sum1 = hn::Add(sum1, hn::Mul(w, hn::LoadU(d, from + lanes)));
        sum2 = hn::Add(sum2, hn::Mul(w, hn::LoadU(d, from + 2 * lanes)));
        sum3 = hn::Add(sum3, hn::Mul(w, hn::LoadU(d, from + 3 * lanes)));
      }
      const auto scale = hn::Set(d, matrix.row_scale == nullptr ? 1.0 : matrix.row_scale[r]);
      hn::StoreU(hn::Mul(scale, sum0), d, to + j);
      hn::StoreU(hn::Mul(scale, sum1), d, to + j + lanes);
      hn::StoreU(hn::Mul(scale, sum2), d, to + j + 2 * lanes);
      hn::StoreU(hn::Mul(scale, sum3), d, to + j + 3 * lanes);
    }
  }
}

/// out[i][j] += sum over s of a[i * a_row + s * a_step] b[s][j], for i < 4 and all j of a panel.
inline void add_four_rows(const double* HWY_RESTRICT a, std::size_t a_row, std::size_t a_step,
                          const double* HWY_RESTRICT b, std::size_t sums, double* HWY_RESTRICT out) {
  const hn::CappedTag<double, 8> d;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t j = 0; j < panel_width; j += 2 * lanes) {
    auto sum00 = hn::Zero(d);
    auto sum01 = hn::Zero(d);
    auto sum10 = hn::Zero(d);
    auto sum11 = hn::Zero(d);
    auto sum20 = hn::Zero(d);
    auto sum21 = hn::Zero(d);
    auto sum30 = hn::Zero(d);
    auto sum31 = hn::Zero(d);
    for (std::size_t s = 0; s < sums; ++s) {
      const auto b0 = hn::LoadU(d, b + s * panel_width + j);
      const auto b1 = hn::LoadU(d, b + s * panel_width + j + lanes);
      const double* const from = a + s * a_step;
      const auto a0 = hn::Set(d, from[0]);
      sum00 = hn::Add(sum00, hn::Mul(a0, b0));
      sum01 = hn::Add(sum01, hn::Mul(a0, b1));
      const auto a1 = hn::Set(d, from[a_row]);
      sum10 = hn::Add(sum10, hn::Mul(a1, b0));
      sum11 = hn::Add(sum11, hn::Mul(a1, b1));
      const auto a2 = hn::Set(d, from[2 * a_row]);
      sum20 = hn::Add(sum20, hn::Mul(a2, b0));
      sum21 = hn::Add(sum21, hn::Mul(a2, b1));
      const auto a3 = hn::Set(d, from[3 * a_row]);
      sum30 = hn::Add(sum30, hn::Mul(a3, b0));
      sum31 = hn::Add(sum31, hn::Mul(a3, b1));
    }
    const auto add_to = [&](std::size_t row, auto low, auto high) {
      double* const to = out + row * panel_width + j;
      hn::StoreU(hn::Add(hn::LoadU(d, to), low), d, to);
      hn::StoreU(hn::Add(hn::LoadU(d, to + lanes), high), d, to + lanes);
    };
    add_to(0, sum00, sum01);
    add_to(1, sum10, sum11);
    add_to(2, sum20, sum21);
    add_to(3, sum30, sum31);
  }
}

inline void add_transposed_product_of(const double* a, const double* b, std::size_t rows, double* out) {
  for (std::size_t i = 0; i < panel_width; i += 4) {
    add_four_rows(a + i, 1, panel_width, b, rows, out + i * panel_width);
  }
}

inline void add_product_of(const double* a, const double* b, std::size_t rows, double* out) {
  for (std::size_t r = 0; r < rows; r += panel_rows_step) {
    add_four_rows(a + r * panel_width, panel_width, 1, b, panel_width, out + r * panel_width);
  }
}

inline void combine_of(double alpha, const double* a, double beta, const double* b, double gamma, const double* c,
                       std::size_t size, double* out) {
  const hn::CappedTag<double, 8> d;
  const auto by_a = hn::Set(d, alpha);
  const auto by_b = hn::Set(d, beta);
  const auto by_c = hn::Set(d, gamma);
  for (std::size_t x = 0; x < size; x += hn::Lanes(d)) {
    const auto first_two = hn::Add(hn::Mul(by_a, hn::LoadU(d, a + x)), hn::Mul(by_b, hn::LoadU(d, b + x)));
    hn::StoreU(hn::Add(first_two, hn::Mul(by_c, hn::LoadU(d, c + x))), d, out + x);
  }
}

inline void add_dot_products_of(const float* HWY_RESTRICT matrix, std::size_t rows, std::size_t width,
                                const float* HWY_RESTRICT x, float* HWY_RESTRICT out) {
  const hn::CappedTag<float, dot_step> d;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t r = 0; r < rows; ++r) {
    const float* const row = matrix + r * width;
    HWY_ALIGN float sums[dot_step];
    for (std::size_t part = 0; part < dot_step; part += lanes) {
      auto sum = hn::Zero(d);
      for (std::size_t c = part; c < width; c += dot_step) {
        sum = hn::Add(sum, hn::Mul(hn::LoadU(d, row + c), hn::LoadU(d, x + c)));
      }
      hn::StoreU(sum, d, sums + part);
    }
    for (std::size_t half = dot_step / 2; half > 0; half /= 2) {
      for (std::size_t lane = 0; lane < half; ++lane) {
        sums[lane] += sums[lane + half];
      }
    }
    out[r] += sums[0];
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace recocore::detail
HWY_AFTER_NAMESPACE();

#endif
