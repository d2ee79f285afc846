/// The base rows of an index, column by column.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <recocore/content/content_features.hpp>
#include <recocore/impl/content/pair_similarity.hpp>
#include <recocore/impl/linalg/panel_kernels.hpp>
#include <recocore/impl/stats/vector_kernels.hpp>

namespace recocore::detail {

/// Rows scanned at a time: what they score stays in the nearest cache.
inline constexpr std::size_t scan_rows = vector_step;

[[nodiscard]] constexpr bool is_sparse(ColumnKind kind) noexcept {
  return kind == ColumnKind::labels || kind == ColumnKind::text;
}

/// One column of all rows, padded with missing ones to a multiple of `scan_rows`.
class ContentColumn {
 public:
  ContentColumn(ColumnKind kind, std::size_t column, std::span<const FeatureRow> rows) : kind_(kind) {
    if (is_sparse(kind)) {
      post(column, rows);
    } else {
      lay_out(column, rows);
    }
  }

  /// scores[r - begin] += weight * sim_c(row, r) for the rows r of [begin, begin + scan_rows). Not for sparse columns.
  void scan(const FeatureRow& row, const FeatureRow::Cell& cell, float weight, std::size_t begin,
            float* __restrict scores) const {
    switch (kind_) {
      case ColumnKind::category:
      case ColumnKind::flag: {
        const float worth = weight * cell.x;
        const std::uint32_t code = cell.code;
        const std::uint32_t* __restrict const codes = codes_.data() + begin;
        for (std::size_t r = 0; r < scan_rows; ++r) {
          scores[r] += codes[r] == code ? worth : 0.0F;
        }
        break;
      }
      case ColumnKind::number:
      case ColumnKind::date: {
        const float x = cell.x;
        const float* __restrict const xs = x_.data() + begin;
        for (std::size_t r = 0; r < scan_rows; ++r) {
          scores[r] += weight * near_similarity(x, xs[r]);
        }
        break;
      }
      case ColumnKind::point: {
        const float x = cell.x;
        const float y = cell.y;
        const float z = cell.z;
        const float* __restrict const xs = x_.data() + begin;
        const float* __restrict const ys = y_.data() + begin;
        const float* __restrict const zs = z_.data() + begin;
        for (std::size_t r = 0; r < scan_rows; ++r) {
          scores[r] += weight * place_similarity(x, y, z, xs[r], ys[r], zs[r]);
        }
        break;
      }
      default: {
        std::array<float, scan_rows> dots{};
        add_dot_products(dense_.data() + begin * width_, scan_rows, width_, row.dense.data() + cell.begin, dots.data());
        for (std::size_t r = 0; r < scan_rows; ++r) {
          scores[r] += weight * at_least_zero(dots[r]);
        }
      }
    }
  }

  /// scores[r] += weight * ((value of the row) * (value of r)), feature by feature. For sparse columns.
  void add_postings(const FeatureRow& row, const FeatureRow::Cell& cell, float weight, float* scores) const {
    for (const auto& feature : row.sparse_of(cell)) {
      if (std::size_t{feature.id} + 1 >= offsets_.size()) {
        continue;
      }
      const float value = feature.value;
      for (auto p = offsets_[feature.id]; p < offsets_[feature.id + 1]; ++p) {
        scores[postings_[p].row] += weight * (value * postings_[p].value);
      }
    }
  }

 private:
  struct Posting {
    std::uint32_t row;
    float value;
  };

  void post(std::size_t column, std::span<const FeatureRow> rows) {
    std::uint32_t features = 0;
    for (const auto& row : rows) {
      const auto own = row.sparse_of(row.cells[column]);
      features = own.empty() ? features : std::max(features, own.back().id + 1);
    }
    offsets_.assign(std::size_t{features} + 1, 0);
    for (const auto& row : rows) {
      for (const auto& feature : row.sparse_of(row.cells[column])) {
        ++offsets_[feature.id + 1];
      }
    }
    for (std::size_t feature = 0; feature < features; ++feature) {
      offsets_[feature + 1] += offsets_[feature];
    }
    postings_.resize(offsets_.back());
    auto next = offsets_;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      for (const auto& feature : rows[r].sparse_of(rows[r].cells[column])) {
        postings_[next[feature.id]++] = {static_cast<std::uint32_t>(r), feature.value};
      }
    }
  }

  void lay_out(std::size_t column, std::span<const FeatureRow> rows) {
    const std::size_t size = padded(rows.size());
    constexpr float none = std::numeric_limits<float>::quiet_NaN();
    switch (kind_) {
      case ColumnKind::category:
      case ColumnKind::flag:
        codes_.assign(size, std::numeric_limits<std::uint32_t>::max());
        break;
      case ColumnKind::point:
        y_.assign(size, none);
        z_.assign(size, none);
        [[fallthrough]];
      case ColumnKind::number:
      case ColumnKind::date:
        x_.assign(size, none);
        break;
      default:
        for (const auto& row : rows) {
          const auto& cell = row.cells[column];
          width_ = std::max<std::size_t>(width_, cell.end - cell.begin);
        }
        dense_.assign(size * width_, 0.0F);
    }
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const auto& cell = rows[r].cells[column];
      if (!cell.present) {
        continue;
      }
      if (!codes_.empty()) {
        codes_[r] = cell.code;
      } else if (width_ > 0) {
        const auto dense = rows[r].dense_of(cell);
        std::copy(dense.begin(), dense.end(), dense_.begin() + static_cast<std::ptrdiff_t>(r * width_));
      } else {
        x_[r] = cell.x;
        if (!y_.empty()) {
          y_[r] = cell.y;
          z_[r] = cell.z;
        }
      }
    }
  }

  ColumnKind kind_;
  std::vector<std::uint32_t> codes_{};
  std::vector<float> x_{};
  std::vector<float> y_{};
  std::vector<float> z_{};
  std::size_t width_ = 0;
  std::vector<float> dense_{};
  std::vector<std::uint64_t> offsets_{0};
  std::vector<Posting> postings_{};
};

}  // namespace recocore::detail
