/// What makes two items alike, column by column.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <recocore/core/run_options.hpp>
#include <recocore/data/attribute_table.hpp>

namespace recocore {

/// A row of a table as the encoders see it. A column that the table does not have is missing, as a value may be.
struct FeatureRow {
  /// What of it is used depends on the kind of the column.
  struct Cell {
    bool present = false;
    std::uint32_t code = 0;  ///< category, flag: which value
    float x = 0.0F;          ///< category, flag: what equality is worth. Number, date: rank. Point: on the sphere
    float y = 0.0F;
    float z = 0.0F;
    std::uint32_t begin = 0;  ///< labels, text: first place in `sparse`. Embedding: in `dense`
    std::uint32_t end = 0;
  };
  struct Feature {
    std::uint32_t id = 0;
    float value = 0.0F;
  };

  std::vector<Cell> cells{};      ///< one for each column
  std::vector<Feature> sparse{};  ///< ascending ids in each cell
  std::vector<float> dense{};     ///< of length 1, padded with zeros

  [[nodiscard]] std::span<const Feature> sparse_of(const Cell& cell) const noexcept {
    return std::span(sparse).subspan(cell.begin, cell.end - cell.begin);
  }
  [[nodiscard]] std::span<const float> dense_of(const Cell& cell) const noexcept {
    return std::span(dense).subspan(cell.begin, cell.end - cell.begin);
  }
};

/// Memory that encoding keeps from row to row.
class EncodeScratch {
 public:
  EncodeScratch();
  ~EncodeScratch();
  EncodeScratch(EncodeScratch&&) noexcept;
  EncodeScratch& operator=(EncodeScratch&&) noexcept;
  EncodeScratch(const EncodeScratch&) = delete;
  EncodeScratch& operator=(const EncodeScratch&) = delete;

  struct Parts;
  [[nodiscard]] Parts& parts() noexcept { return *parts_; }

 private:
  std::unique_ptr<Parts> parts_;
};

/// One encoder for each column of a table, frozen: rows that come later are encoded as if they had been there, but for
/// the counts. Immutable; copies share everything.
///
/// sim_c(a, b), in [0, 1]; 0 where either is missing. N rows of the table have a value, n_v of them the value v, and
/// idf(v) = ln(1 + N / max(1, n_v)):
///   category, flag  idf(v) / ln(1 + N) where both are v, else 0: a rare value in common says more
///   labels          cosine of the vectors of idf(v) over the labels
///   number, date    (1 - |r_a - r_b|)^4, where r is the share of the N values that are below, half of the equal ones
///                   counted in: no unit and no outlier matters
///   point           1 / (1 + (d / s)^2) with the distance d; s is a quarter of the median distance of two rows
///   text            cosine of TF-IDF vectors over terms (`TermKind`); see the page on content
///   embedding       cosine, 0 where negative
class ContentFeatures {
 public:
  /// No columns.
  ContentFeatures();

  /// Encoders of all columns. O(values), for text O(bytes).
  /// @throws InvalidData an embedding without dimensions; Cancelled, DeadlineExceeded.
  [[nodiscard]] static ContentFeatures fit(const AttributeTable& base, const RunOptions& options = {});

  struct ColumnInfo {
    std::string name{};
    ColumnKind kind{};
    double coverage = 0.0;  ///< share of the rows that have a value
  };
  [[nodiscard]] std::span<const ColumnInfo> columns() const noexcept;

  /// Row `row` of a table that has some of the columns, of the same kinds; further ones are not looked at.
  /// @throws InvalidData a column of another kind, an embedding of other dimensions.
  void encode(const AttributeTable& table, std::size_t row, EncodeScratch& scratch, FeatureRow& encoded) const;
  [[nodiscard]] FeatureRow encode(const AttributeTable& table, std::size_t row) const;
  /// All rows of a table. @throws as `encode`; Cancelled, DeadlineExceeded.
  [[nodiscard]] std::vector<FeatureRow> encode_all(const AttributeTable& table, const RunOptions& options = {}) const;

  /// sim_c(a, b) of column `column`.
  [[nodiscard]] double similarity(std::size_t column, const FeatureRow& a, const FeatureRow& b) const;

  /// The scale s of a column of points, in km; 0 for any other.
  [[nodiscard]] double point_scale_km(std::size_t column) const noexcept;

  /// The largest memory in bytes that `fit` and `encode_all` of the same table will use, results included.
  [[nodiscard]] static std::uint64_t estimate_memory(const AttributeTable& base);

  struct Storage;
  [[nodiscard]] const Storage& storage() const noexcept { return *storage_; }

 private:
  explicit ContentFeatures(std::shared_ptr<const Storage> storage) noexcept;

  std::shared_ptr<const Storage> storage_;
};

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/content/content_features_inl.hpp>
#endif
