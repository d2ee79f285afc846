/// Weights that make rare evidence count more.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace recocore {

/// What a row's values become before they are compared. In the language of text retrieval a row (an item) is a
/// document and a column (a user) is a term: a user with few items says more about each of them. With n_u rows that
/// have column u, N rows in all, w the value:
enum class Weighting : std::uint8_t {
  none,
  /// sqrt(w) (ln((1 + N) / (1 + n_u)) + 1). Breese, Heckerman, Kadie 1998 (inverse user frequency); smoothed so that
  /// it is never 0.
  tf_idf,
  /// ln(1 + (N - n_u + 1/2) / (n_u + 1/2)) w (k1 + 1) / (w + k1 (1 - b + b len / mean len)), len the sum of the row's
  /// values. Robertson, Zaragoza 2009, "The probabilistic relevance framework: BM25 and beyond".
  bm25,
};

[[nodiscard]] std::span<const std::string_view> weighting_names() noexcept;
[[nodiscard]] std::string_view to_string(Weighting weighting) noexcept;
/// @throws InvalidParameter for an unknown name; the message lists the known ones.
[[nodiscard]] Weighting parse_weighting(std::string_view name);

struct WeightingConfig {
  Weighting weighting = Weighting::none;
  /// Of `bm25`: how soon a larger value stops to count more (> 0), and how much long rows are damped (0 .. 1).
  double bm25_k1 = 1.2;
  double bm25_b = 0.75;

  /// @throws InvalidParameter when a field makes no sense.
  void validate() const;

  friend bool operator==(const WeightingConfig&, const WeightingConfig&) = default;
};

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/stats/weighting_inl.hpp>
#endif
