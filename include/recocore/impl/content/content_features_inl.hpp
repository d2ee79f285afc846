#pragma once

#include <algorithm>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include <recocore/content/content_features.hpp>
#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/impl/content/encoders.hpp>
#include <recocore/impl/content/pair_similarity.hpp>
#include <recocore/impl/content/text_encoder.hpp>

namespace recocore {

struct EncodeScratch::Parts {
  detail::TextScratch text{};
};

RECOCORE_INLINE EncodeScratch::EncodeScratch() : parts_(std::make_unique<Parts>()) {}
RECOCORE_INLINE EncodeScratch::~EncodeScratch() = default;
RECOCORE_INLINE EncodeScratch::EncodeScratch(EncodeScratch&&) noexcept = default;
RECOCORE_INLINE EncodeScratch& EncodeScratch::operator=(EncodeScratch&&) noexcept = default;

namespace detail {

/// In the order of the alternatives of `Column`.
using Encoder = std::variant<CategoryEncoder, LabelsEncoder, NumberEncoder, FlagEncoder, TextEncoder, DateEncoder,
                             PointEncoder, EmbeddingEncoder>;

[[nodiscard]] inline Encoder fit_encoder(const NamedColumn& named, const RunOptions& options) {
  return std::visit(
      [&]<class C>(const C& column) -> Encoder {
        if constexpr (std::is_same_v<C, CategoryColumn>) {
          return CategoryEncoder::fit(column);
        } else if constexpr (std::is_same_v<C, LabelsColumn>) {
          return LabelsEncoder::fit(column);
        } else if constexpr (std::is_same_v<C, NumberColumn>) {
          return NumberEncoder::fit(column);
        } else if constexpr (std::is_same_v<C, FlagColumn>) {
          return FlagEncoder::fit(column);
        } else if constexpr (std::is_same_v<C, TextColumn>) {
          return TextEncoder::fit(column, options);
        } else if constexpr (std::is_same_v<C, DateColumn>) {
          return DateEncoder::fit(column);
        } else if constexpr (std::is_same_v<C, PointColumn>) {
          return PointEncoder::fit(column);
        } else {
          if (column.dimensions == 0) {
            throw InvalidData("the column '" + named.name + "' has embeddings without dimensions");
          }
          return EmbeddingEncoder{.dimensions = column.dimensions};
        }
      },
      named.column);
}

}  // namespace detail

struct ContentFeatures::Storage {
  std::vector<ColumnInfo> columns{};
  std::vector<detail::Encoder> encoders{};
};

RECOCORE_INLINE ContentFeatures::ContentFeatures() : storage_(std::make_shared<const Storage>()) {}
RECOCORE_INLINE ContentFeatures::ContentFeatures(std::shared_ptr<const Storage> storage) noexcept
    : storage_(std::move(storage)) {}

RECOCORE_INLINE ContentFeatures ContentFeatures::fit(const AttributeTable& base, const RunOptions& options) {
  auto storage = std::make_shared<Storage>();
  for (const auto& named : base.columns()) {
    throw_if_stopped(options);
    storage->encoders.push_back(detail::fit_encoder(named, options));
    std::size_t present = 0;
    for (std::size_t row = 0; row < base.size(); ++row) {
      present += is_missing(named.column, row) ? 0U : 1U;
    }
    storage->columns.push_back(
        {.name = named.name,
         .kind = recocore::kind_of(named.column),
         .coverage = base.size() == 0 ? 0.0 : static_cast<double>(present) / static_cast<double>(base.size())});
  }
  return ContentFeatures(std::move(storage));
}

RECOCORE_INLINE std::span<const ContentFeatures::ColumnInfo> ContentFeatures::columns() const noexcept {
  return storage_->columns;
}

RECOCORE_INLINE void ContentFeatures::encode(const AttributeTable& table, std::size_t row, EncodeScratch& scratch,
                                             FeatureRow& encoded) const {
  const auto& columns = storage_->columns;
  encoded.cells.assign(columns.size(), {});
  encoded.sparse.clear();
  encoded.dense.clear();
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const auto& name = columns[c].name;
    const Column* const any = table.find(name);
    if (any == nullptr) {
      continue;
    }
    if (recocore::kind_of(*any) != columns[c].kind) {
      throw InvalidData("the column '" + name + "' is of the kind " + std::string(to_string(recocore::kind_of(*any))) +
                        ", but the model knows it as " + std::string(to_string(columns[c].kind)));
    }
    auto& cell = encoded.cells[c];
    std::visit(
        [&]<class E>(const E& encoder) {
          const auto& column = std::get<typename E::Column>(*any);
          if constexpr (std::is_same_v<E, detail::LabelsEncoder>) {
            encoder.encode(column, row, cell, encoded);
          } else if constexpr (std::is_same_v<E, detail::TextEncoder>) {
            encoder.encode(column, row, scratch.parts().text, cell, encoded);
          } else if constexpr (std::is_same_v<E, detail::EmbeddingEncoder>) {
            encoder.encode(column, row, name, cell, encoded);
          } else {
            encoder.encode(column, row, cell);
          }
        },
        storage_->encoders[c]);
  }
}

RECOCORE_INLINE FeatureRow ContentFeatures::encode(const AttributeTable& table, std::size_t row) const {
  EncodeScratch scratch;
  FeatureRow encoded;
  encode(table, row, scratch, encoded);
  return encoded;
}

RECOCORE_INLINE std::vector<FeatureRow> ContentFeatures::encode_all(const AttributeTable& table,
                                                                    const RunOptions& options) const {
  std::vector<FeatureRow> rows(table.size());
  std::vector<EncodeScratch> scratches(parallel_slots(options));
  parallel_for(rows.size(), 128, options, "encoding", [&](std::size_t begin, std::size_t end, unsigned slot) {
    FeatureRow encoded;
    for (std::size_t row = begin; row < end; ++row) {
      encode(table, row, scratches[slot], encoded);
      rows[row] = encoded;  // a copy takes no more memory than it needs
    }
  });
  return rows;
}

RECOCORE_INLINE double ContentFeatures::similarity(std::size_t column, const FeatureRow& a, const FeatureRow& b) const {
  const auto& in_a = a.cells[column];
  const auto& in_b = b.cells[column];
  if (!in_a.present || !in_b.present) {
    return 0.0;
  }
  double sum = 0.0;
  switch (storage_->columns[column].kind) {
    case ColumnKind::category:
    case ColumnKind::flag:
      return in_a.code == in_b.code ? static_cast<double>(in_a.x) : 0.0;
    case ColumnKind::number:
    case ColumnKind::date:
      return static_cast<double>(detail::near_similarity(in_a.x, in_b.x));
    case ColumnKind::point:
      return static_cast<double>(detail::place_similarity(in_a.x, in_a.y, in_a.z, in_b.x, in_b.y, in_b.z));
    case ColumnKind::labels:
    case ColumnKind::text:
      detail::for_each_common(a.sparse_of(in_a), b.sparse_of(in_b),
                              [&sum](float x, float y) { sum += static_cast<double>(x) * static_cast<double>(y); });
      return std::min(1.0, sum);
    case ColumnKind::embedding: {
      const auto x = a.dense_of(in_a);
      const auto y = b.dense_of(in_b);
      for (std::size_t d = 0; d < x.size(); ++d) {
        sum += static_cast<double>(x[d]) * static_cast<double>(y[d]);
      }
      return std::clamp(sum, 0.0, 1.0);
    }
  }
  return 0.0;
}

RECOCORE_INLINE std::uint64_t ContentFeatures::estimate_memory(const AttributeTable& base) {
  const std::uint64_t rows = base.size();
  const std::uint64_t columns = base.columns().size();
  std::uint64_t bytes = rows * (sizeof(FeatureRow) + columns * sizeof(FeatureRow::Cell));
  for (const auto& named : base.columns()) {
    if (const auto* labels = std::get_if<LabelsColumn>(&named.column)) {
      bytes += labels->codes.size() * sizeof(FeatureRow::Feature) + labels->values.size() * 32;
    } else if (const auto* embedding = std::get_if<EmbeddingColumn>(&named.column)) {
      bytes += rows * detail::round_up(embedding->dimensions, detail::dot_step) * sizeof(float);
    } else if (const auto* text = std::get_if<TextColumn>(&named.column)) {
      for (std::size_t row = 0; row < rows; ++row) {
        bytes += detail::TextEncoder::most_features(text->of(row).size()) * sizeof(FeatureRow::Feature);
      }
      // Counts of the encoder and of up to a few threads, places of the lists and where the next entry goes.
      bytes += (term_kinds << detail::TextEncoder::bits_for(text->bytes.size())) * 24;
    } else if (const auto* category = std::get_if<CategoryColumn>(&named.column)) {
      bytes += category->values.size() * 16;
    } else {
      bytes += rows * 3 * sizeof(double);  // values that are sorted, points
    }
  }
  return bytes;
}

RECOCORE_INLINE double ContentFeatures::point_scale_km(std::size_t column) const noexcept {
  const auto* encoder = std::get_if<detail::PointEncoder>(&storage_->encoders[column]);
  return encoder == nullptr ? 0.0 : encoder->scale_km;
}

}  // namespace recocore
