/// What is summed over the columns two rows share, in exact integers.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <recocore/core/parallel.hpp>
#include <recocore/core/raw_vector.hpp>
#include <recocore/data/sparse_rows.hpp>
#include <recocore/impl/stats/weigher.hpp>
#include <recocore/stats/similar_rows.hpp>
#include <recocore/stats/weighting.hpp>

namespace recocore::detail {

enum class Summand : std::uint8_t {
  one,         ///< each common column counts 1
  column,      ///< the value of an entry is a factor of its row times one of its column, whose square is summed
  two_values,  ///< the product of two values
};

/// Whether counts of common columns are needed beside sums of products.
[[nodiscard]] inline bool counts_besides(const SimilarityConfig& config) noexcept {
  return config.shrinkage > 0.0 || config.min_common > 1;
}

/// Decides the summand of a matrix and a configuration, and holds its numbers.
template <class Row, class Col>
class Summands {
 public:
  Summands(const SparseRows<Row, Col>& rows, const SparseRows<Col, Row>& columns, const SimilarRowsConfig& config,
           const RunOptions& options)
      : rows_(rows), columns_(columns), weigher_(rows, columns, config.weighting) {
    const bool is_weighted = config.weighting.weighting != Weighting::none;
    if (!reads_values(config.similarity.similarity) || (rows.is_binary() && !is_weighted)) {
      return;
    }
    if (rows.is_binary() && pack_columns(counts_besides(config.similarity))) {
      kind_ = Summand::column;
      return;
    }
    kind_ = Summand::two_values;
    values_.emplace(fixed_point_scale(rows, weigher_, options));
  }

  [[nodiscard]] Summand kind() const noexcept { return kind_; }

  /// `column`: what a common column adds, its square above a count of 1 where counts are needed. Above 0; sums stay
  /// below 2^62.
  [[nodiscard]] std::int64_t packed(Col u) const noexcept { return packed_[u.value]; }
  /// `column`: bits of the count; none where no counts are needed.
  [[nodiscard]] unsigned count_bits() const noexcept { return count_bits_; }

  /// `two_values`: the value of an entry, in units of `unit(row)`.
  [[nodiscard]] std::int32_t value(Row i, Col u, double value) const noexcept {
    return values_->to_fixed(i.value, weigher_(i.value, u.value, value));
  }

  /// A sum times the units of its two rows is their dot product.
  [[nodiscard]] double unit(Row i) const noexcept {
    switch (kind_) {
      case Summand::one:
        break;
      case Summand::column:
        return weigher_.row_factor(i.value) * column_unit_;
      case Summand::two_values:
        return values_->unit(i.value);
    }
    return 1.0;
  }

  [[nodiscard]] std::uint64_t bytes() const noexcept {
    return weigher_.bytes() + packed_.capacity() * sizeof(std::int64_t) +
           (values_ ? values_->factor.capacity() * sizeof(double) : 0);
  }

  /// |x_i|^2 of each row, of the values as they are summed.
  [[nodiscard]] RawVector<double> squared_norms(const RunOptions& options) const {
    RawVector<double> norms(rows_.rows());
    constexpr std::size_t grain = 256;
    parallel_for(norms.size(), grain, options, "norms", [&](std::size_t begin, std::size_t end, unsigned /*slot*/) {
      for (std::size_t i = begin; i < end; ++i) {
        norms[i] = squared_norm(Row(i));
      }
    });
    return norms;
  }

 private:
  [[nodiscard]] double squared_norm(Row i) const noexcept {
    std::int64_t sum = 0;
    switch (kind_) {
      case Summand::one:
        return static_cast<double>(rows_.row_size(i));
      case Summand::column:
        for (const Col u : rows_.row(i)) {
          sum += packed_[u.value] >> count_bits_;
        }
        break;
      case Summand::two_values:
        for (auto e = rows_.offsets[i.value]; e < rows_.offsets[i.value + 1]; ++e) {
          const auto x = static_cast<std::int64_t>(value(i, rows_.indices[e], value_at(rows_.values, e)));
          sum += x * x;
        }
        break;
    }
    return static_cast<double>(sum) * unit(i) * unit(i);
  }

  /// False when some square would keep fewer than 25 bits beside the sum of the longest row.
  bool pack_columns(bool counting) {
    std::uint64_t longest = 0;
    double largest = 0.0;
    for (std::size_t i = 0; i < rows_.rows(); ++i) {
      double sum = 0.0;
      for (const Col u : rows_.row(Row(i))) {
        sum += square(u);
      }
      largest = std::max(largest, sum);
      longest = std::max<std::uint64_t>(longest, rows_.row_size(Row(i)));
    }
    count_bits_ = counting ? static_cast<unsigned>(std::bit_width(longest)) : 0;
    // No sum of a row reaches 2^62 with the count below; rounding adds at most half a unit for each entry.
    int magnitude = 0;
    static_cast<void>(std::frexp(largest, &magnitude));
    const int exponent = 61 - static_cast<int>(count_bits_) - magnitude;
    const int even = exponent - std::abs(exponent % 2);  // so that the root of the unit is exact
    column_unit_ = std::ldexp(1.0, -even / 2);
    packed_.resize(columns_.rows());
    for (std::size_t u = 0; u < columns_.rows(); ++u) {
      if (columns_.row_size(Col(u)) == 0) {
        packed_[u] = 0;
        continue;
      }
      const auto fixed = static_cast<std::int64_t>(std::llrint(std::ldexp(square(Col(u)), even)));
      constexpr std::int64_t least = std::int64_t{1} << 24U;
      if (fixed < least) {
        packed_.clear();
        return false;
      }
      packed_[u] = fixed * (std::int64_t{1} << count_bits_) + (counting ? 1 : 0);
    }
    return true;
  }

  [[nodiscard]] double square(Col u) const noexcept {
    return weigher_.column_factor(u.value) * weigher_.column_factor(u.value);
  }

  const SparseRows<Row, Col>& rows_;
  const SparseRows<Col, Row>& columns_;
  Weigher weigher_;
  Summand kind_ = Summand::one;
  unsigned count_bits_ = 0;
  double column_unit_ = 1.0;
  RawVector<std::int64_t> packed_{};
  std::optional<FixedPointScale> values_{};
};

}  // namespace recocore::detail
