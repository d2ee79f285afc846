#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/impl/core/names.hpp>
#include <recocore/stats/weighting.hpp>

namespace recocore {

namespace detail {

inline constexpr std::array<std::string_view, 3> weighting_names{"none", "tf_idf", "bm25"};

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

  [[nodiscard]] double operator()(std::size_t row, std::size_t column, double value) const noexcept {
    switch (config_.weighting) {
      case Weighting::tf_idf:
        return std::sqrt(value) * column_factor_[column];
      case Weighting::bm25:
        return value * (config_.bm25_k1 + 1.0) / (value + row_norm_[row]) * column_factor_[column];
      case Weighting::none:
        break;
    }
    return value;
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
    const double mean = total / static_cast<double>(std::max<std::size_t>(1, rows.rows()));
    for (auto& norm : row_norm_) {
      norm = config_.bm25_k1 * (1.0 - config_.bm25_b + config_.bm25_b * norm / mean);
    }
  }

  WeightingConfig config_;
  std::vector<double> column_factor_{};
  std::vector<double> row_norm_{};
};

[[nodiscard]] inline double value_at(std::span<const float> values, std::size_t entry) noexcept {
  return values.empty() ? 1.0 : static_cast<double>(values[entry]);
}

}  // namespace detail

RECOCORE_INLINE std::span<const std::string_view> weighting_names() noexcept { return detail::weighting_names; }

RECOCORE_INLINE std::string_view to_string(Weighting weighting) noexcept {
  return detail::weighting_names[static_cast<std::size_t>(weighting)];
}

RECOCORE_INLINE Weighting parse_weighting(std::string_view name) {
  return detail::parse_name<Weighting>("weighting", name, detail::weighting_names);
}

RECOCORE_INLINE void WeightingConfig::validate() const {
  if (!std::isfinite(bm25_k1) || bm25_k1 <= 0.0) {
    throw InvalidParameter("bm25_k1 must be a number above 0; got " + std::to_string(bm25_k1));
  }
  if (!(bm25_b >= 0.0 && bm25_b <= 1.0)) {
    throw InvalidParameter("bm25_b must be from 0 to 1; got " + std::to_string(bm25_b));
  }
}

template <class Row, class Col>
FixedPointRows<Row> weigh(const SparseRows<Row, Col>& rows, const SparseRows<Col, Row>& columns,
                          const WeightingConfig& config, const RunOptions& options) {
  config.validate();
  if (config.weighting != Weighting::none) {
    const auto negative = std::find_if(rows.values.begin(), rows.values.end(), [](float v) { return v < 0.0F; });
    if (negative != rows.values.end()) {
      throw InvalidData("weighting '" + std::string(to_string(config.weighting)) +
                        "' needs weights from 0 up, but there is a weight of " + std::to_string(*negative));
    }
  }

  const detail::Weigher weigher(rows, columns, config);
  FixedPointRows<Row> result;
  result.by_row.resize(rows.entries());
  result.by_column.resize(rows.entries());
  result.scale.resize(rows.rows());
  std::vector<int> exponent(rows.rows());
  const auto to_fixed = [&](std::size_t row, double value) {
    return static_cast<std::int32_t>(std::llrint(std::ldexp(value, exponent[row])));
  };

  std::vector<double> weighted;
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    throw_if_stopped(options);
    const auto users = rows.row(Row(i));
    const auto values = rows.row_values(Row(i));
    weighted.resize(users.size());
    double squares = 0.0;
    for (std::size_t e = 0; e < users.size(); ++e) {
      weighted[e] = weigher(i, users[e].value, detail::value_at(values, e));
      squares += weighted[e] * weighted[e];
    }
    // |x| < 2^magnitude, so that |x| 2^exponent < 2^30; rounding adds at most half a square root of the length.
    int magnitude = 0;
    static_cast<void>(std::frexp(std::sqrt(squares), &magnitude));
    exponent[i] = 30 - magnitude;
    result.scale[i] = std::ldexp(1.0, -exponent[i]);
    const auto first = result.by_row.begin() + static_cast<std::ptrdiff_t>(rows.offsets[i]);
    std::transform(weighted.begin(), weighted.end(), first, [&](double value) { return to_fixed(i, value); });
  }
  for (std::size_t u = 0; u < columns.rows(); ++u) {
    throw_if_stopped(options);
    const auto items = columns.row(Col(u));
    const auto values = columns.row_values(Col(u));
    for (std::size_t e = 0; e < items.size(); ++e) {
      const std::size_t i = items[e].value;
      result.by_column[columns.offsets[u] + e] = to_fixed(i, weigher(i, u, detail::value_at(values, e)));
    }
  }
  return result;
}

}  // namespace recocore
