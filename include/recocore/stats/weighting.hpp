/// Weights that make rare evidence count more.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <recocore/core/index.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/data/sparse_rows.hpp>

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

/// The values of rows and of their transpose as integers: entry e of row i stands for values[e] * scale[i].
///
/// Each row has a power of two of its own, the one that brings its norm between 2^29 and 2^30. The squares of a row
/// then sum to less than 2^61, so by Cauchy-Schwarz no dot product of two rows overflows 64 bits, sums of products are
/// exact in any order, and a cosine is off by less than 2^-29 sqrt(length of the longer row) from the one of the
/// unrounded values. Integers are exact in rows whose norm is below 2^30, halves below 2^29.
template <class Row>
struct FixedPointRows {
  std::vector<std::int32_t> by_row{};     ///< parallel to the indices of the rows
  std::vector<std::int32_t> by_column{};  ///< parallel to the indices of the transpose
  std::vector<double> scale{};            ///< a power of two for each row
};

/// Weighted values in fixed point. O(entries). Defined for items by users and users by items.
/// @throws InvalidData for negative values when the weighting forbids them; Cancelled.
template <class Row, class Col>
[[nodiscard]] FixedPointRows<Row> weigh(const SparseRows<Row, Col>& rows, const SparseRows<Col, Row>& columns,
                                        const WeightingConfig& config, const RunOptions& options = {});

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/stats/weighting_inl.hpp>
#endif
