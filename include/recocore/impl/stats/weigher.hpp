/// Weighted values, and their fixed-point form.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <recocore/core/parallel.hpp>
#include <recocore/core/raw_vector.hpp>
#include <recocore/data/sparse_rows.hpp>
#include <recocore/impl/stats/exact_squares.hpp>
#include <recocore/stats/weighting.hpp>

namespace recocore::detail {

[[nodiscard]] inline double value_at(std::span<const float> values, std::size_t entry) noexcept {
  return values.empty() ? 1.0 : static_cast<double>(values[entry]);
}

/// value -> weighted value, with all that depends on a row or a column alone computed once.
class Weigher {
 public:
  template <class Row, class Col>
  Weigher(const SparseRows<Row, Col>& rows, const SparseRows<Col, Row>& columns, const WeightingConfig& config)
      : config_(config) {
    if (config.weighting == Weighting::none) {
      return;
    }
    const auto all = static_cast<double>(rows.rows());
    column_factor_.resize(columns.rows());
    for (std::size_t u = 0; u < columns.rows(); ++u) {
      const auto n = static_cast<double>(columns.row_size(Col(u)));
      column_factor_[u] = config.weighting == Weighting::tf_idf ? std::log((1.0 + all) / (1.0 + n)) + 1.0
                                                                : std::log1p((all - n + 0.5) / (n + 0.5));
    }
    if (config.weighting == Weighting::bm25) {
      set_length_norms(rows);
    }
  }

  [[nodiscard]] bool is_weighting() const noexcept { return config_.weighting != Weighting::none; }

  [[nodiscard]] double operator()(std::size_t row, std::size_t column, double value) const noexcept {
    switch (config_.weighting) {
      case Weighting::tf_idf:
        return std::sqrt(value) * column_factor_[column];
      case Weighting::bm25:
        return value == 0.0 ? 0.0 : value * (config_.bm25_k1 + 1.0) / (value + row_norm_[row]) * column_factor_[column];
      case Weighting::none:
        break;
    }
    return value;
  }

  /// The weighted value in a row that is not of the matrix and whose values sum to `length`.
  [[nodiscard]] double in_new_row(double length, std::size_t column, double value) const noexcept {
    switch (config_.weighting) {
      case Weighting::tf_idf:
        return std::sqrt(value) * column_factor_[column];
      case Weighting::bm25:
        return value == 0.0 ? 0.0
                            : value * (config_.bm25_k1 + 1.0) / (value + length_norm(length)) * column_factor_[column];
      case Weighting::none:
        break;
    }
    return value;
  }

  [[nodiscard]] std::uint64_t bytes() const noexcept {
    return (column_factor_.capacity() + row_norm_.capacity()) * sizeof(double);
  }

  /// The weighted value of an entry of 1 is row_factor(row) * column_factor(column).
  [[nodiscard]] double row_factor(std::size_t row) const noexcept {
    return config_.weighting == Weighting::bm25 ? (config_.bm25_k1 + 1.0) / (1.0 + row_norm_[row]) : 1.0;
  }
  [[nodiscard]] double column_factor(std::size_t column) const noexcept {
    return config_.weighting == Weighting::none ? 1.0 : column_factor_[column];
  }

 private:
  template <class Row, class Col>
  void set_length_norms(const SparseRows<Row, Col>& rows) {
    row_norm_.resize(rows.rows());
    double total = 0.0;
    for (std::size_t i = 0; i < rows.rows(); ++i) {
      double length = rows.is_binary() ? static_cast<double>(rows.row_size(Row(i))) : 0.0;
      for (const float value : rows.row_values(Row(i))) {
        length += static_cast<double>(value);
      }
      row_norm_[i] = length;
      total += length;
    }
    // All values 0: then no length counts.
    mean_length_ = total > 0.0 ? total / static_cast<double>(rows.rows()) : 1.0;
    for (auto& norm : row_norm_) {
      norm = length_norm(norm);
    }
  }

  [[nodiscard]] double length_norm(double length) const noexcept {
    return config_.bm25_k1 * (1.0 - config_.bm25_b + config_.bm25_b * length / mean_length_);
  }

  WeightingConfig config_;
  std::vector<double> column_factor_{};
  std::vector<double> row_norm_{};
  double mean_length_ = 1.0;
};

/// Weighted values as integers: each row has a power of two of its own, the one that brings its norm between 2^29 and
/// 2^30.
///
/// The squares of a row then sum to less than 2^61, so by Cauchy-Schwarz no dot product of two rows overflows 64 bits,
/// sums of products are exact in any order, and a cosine is off by less than 2^-29 sqrt(length of the longer row) from
/// the one of the unrounded values. Integers are exact in rows whose norm is below 2^30, halves below 2^29.
struct FixedPointScale {
  RawVector<double> factor{};  ///< of each row: a power of two

  [[nodiscard]] std::int32_t to_fixed(std::size_t row, double value) const noexcept {
    return static_cast<std::int32_t>(std::llrint(value * factor[row]));
  }
  /// What 1 stands for in a row.
  [[nodiscard]] double unit(std::size_t row) const noexcept { return 1.0 / factor[row]; }
};

/// |x| < 2^magnitude, so that |x| 2^exponent < 2^30; rounding adds at most half a square root of the length.
[[nodiscard]] inline double fixed_point_factor(int magnitude) noexcept { return std::ldexp(1.0, 30 - magnitude); }

/// O(entries). @throws Cancelled.
template <class Row, class Col>
[[nodiscard]] FixedPointScale fixed_point_scale(const SparseRows<Row, Col>& rows, const Weigher& weigher,
                                                const RunOptions& options) {
  FixedPointScale result;
  result.factor.resize(rows.rows());
  constexpr std::size_t grain = 256;
  parallel_for(rows.rows(), grain, options, "weights", [&](std::size_t begin, std::size_t end, unsigned /*slot*/) {
    for (std::size_t i = begin; i < end; ++i) {
      if (!weigher.is_weighting()) {
        // Without rounding, so that an update that adds and removes values finds the same.
        ExactSquares squares;
        for (auto e = rows.offsets[i]; e < rows.offsets[i + 1]; ++e) {
          squares.add(rows.is_binary() ? 1.0F : rows.values[e]);
        }
        result.factor[i] = fixed_point_factor(squares.root_magnitude());
        continue;
      }
      double squares = 0.0;
      for (auto e = rows.offsets[i]; e < rows.offsets[i + 1]; ++e) {
        const double value = weigher(i, rows.indices[e].value, value_at(rows.values, e));
        squares += value * value;
      }
      int magnitude = 0;
      static_cast<void>(std::frexp(std::sqrt(squares), &magnitude));
      result.factor[i] = fixed_point_factor(magnitude);
    }
  });
  return result;
}

}  // namespace recocore::detail
