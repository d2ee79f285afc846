/// The frozen encoders of columns, one type for each way of being alike.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <recocore/content/content_features.hpp>
#include <recocore/content/text_terms.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/data/attribute_table.hpp>
#include <recocore/impl/core/hash_slots.hpp>
#include <recocore/impl/linalg/panel_kernels.hpp>

namespace recocore::detail {

inline constexpr double earth_radius_km = 6371.0088;

/// ln(1 + N / max(1, n)).
[[nodiscard]] inline double idf(std::uint64_t rows, std::uint64_t holders) noexcept {
  return std::log1p(static_cast<double>(rows) / static_cast<double>(std::max<std::uint64_t>(1, holders)));
}

/// What equality is worth: idf, scaled so that a value of one row has 1.
[[nodiscard]] inline float worth(std::uint64_t rows, std::uint64_t holders) noexcept {
  return rows == 0 ? 1.0F : static_cast<float>(idf(rows, holders) / idf(rows, 1));
}

/// Values of a column as numbers that do not depend on the table: those that are not of the base by their hash.
class ValueCodes {
 public:
  static constexpr std::uint32_t unknown_bit = 0x8000'0000;

  explicit ValueCodes(IdMap values = {}) : values_(std::move(values)) {}

  [[nodiscard]] const IdMap& values() const noexcept { return values_; }

  [[nodiscard]] std::uint32_t of(const IdView& value) const {
    if (const auto code = values_.find(value)) {
      return *code;
    }
    const auto hash = std::visit([](const auto& id) { return stable_hash(id); }, value);
    return unknown_bit | static_cast<std::uint32_t>(hash >> 34U);
  }

 private:
  static std::uint64_t stable_hash(std::int64_t id) noexcept { return hash_key(id); }
  static std::uint64_t stable_hash(std::string_view id) noexcept {
    std::uint64_t hash = 0xCBF29CE484222325ULL;
    for (const char byte : id) {
      hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3ULL;
    }
    return mix_bits(hash);
  }

  IdMap values_;
};

struct CategoryEncoder {
  using Column = CategoryColumn;
  ValueCodes codes{};
  std::vector<float> worths{};

  [[nodiscard]] static CategoryEncoder fit(const CategoryColumn& column) {
    std::vector<std::uint64_t> holders(column.values.size(), 0);
    std::uint64_t rows = 0;
    for (const auto code : column.codes) {
      if (code != CategoryColumn::missing) {
        ++holders[code];
        ++rows;
      }
    }
    CategoryEncoder encoder{.codes = ValueCodes(column.values)};
    for (const auto count : holders) {
      encoder.worths.push_back(worth(rows, count));
    }
    return encoder;
  }

  void encode(const CategoryColumn& column, std::size_t row, FeatureRow::Cell& cell) const {
    const auto code = column.codes[row];
    if (code != CategoryColumn::missing) {
      cell.present = true;
      cell.code = codes.of(column.values.at(code));
      cell.x = cell.code < worths.size() ? worths[cell.code] : 1.0F;
    }
  }
};

struct FlagEncoder {
  using Column = FlagColumn;
  std::array<float, 2> worths{};

  [[nodiscard]] static FlagEncoder fit(const FlagColumn& column) {
    const auto count = [&](std::int8_t value) {
      return static_cast<std::uint64_t>(std::count(column.values.begin(), column.values.end(), value));
    };
    const auto no = count(0);
    const auto yes = count(1);
    return {.worths = {worth(no + yes, no), worth(no + yes, yes)}};
  }

  void encode(const FlagColumn& column, std::size_t row, FeatureRow::Cell& cell) const {
    if (const auto value = column.values[row]; value >= 0) {
      cell.present = true;
      cell.code = value > 0 ? 1 : 0;
      cell.x = worths[cell.code];
    }
  }
};

struct LabelsEncoder {
  using Column = LabelsColumn;
  ValueCodes codes{};
  std::vector<double> idfs{};
  double idf_of_unknown = 1.0;

  [[nodiscard]] static LabelsEncoder fit(const LabelsColumn& column) {
    std::vector<std::uint64_t> holders(column.values.size(), 0);
    for (const auto code : column.codes) {
      ++holders[code];
    }
    std::uint64_t rows = 0;
    for (std::size_t row = 0; row + 1 < column.offsets.size(); ++row) {
      rows += column.of(row).empty() ? 0U : 1U;
    }
    LabelsEncoder encoder{.codes = ValueCodes(column.values), .idf_of_unknown = rows > 0 ? idf(rows, 1) : 1.0};
    for (const auto count : holders) {
      encoder.idfs.push_back(idf(rows, count));
    }
    return encoder;
  }

  void encode(const LabelsColumn& column, std::size_t row, FeatureRow::Cell& cell, FeatureRow& encoded) const {
    cell.begin = static_cast<std::uint32_t>(encoded.sparse.size());
    double squares = 0.0;
    for (const auto code : column.of(row)) {
      const auto id = codes.of(column.values.at(code));
      const double value = id < idfs.size() ? idfs[id] : idf_of_unknown;
      squares += value * value;
      encoded.sparse.push_back({id, static_cast<float>(value)});
    }
    cell.end = static_cast<std::uint32_t>(encoded.sparse.size());
    cell.present = cell.end > cell.begin;
    const auto own = std::span(encoded.sparse).subspan(cell.begin);
    std::sort(own.begin(), own.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    const auto norm = static_cast<float>(std::sqrt(squares));
    for (auto& feature : own) {
      feature.value /= norm;
    }
  }
};

/// Numbers to shares of the base: linear between at most `most` of its values.
class RankScale {
 public:
  static constexpr std::size_t most = 1025;

  [[nodiscard]] static RankScale fit(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    RankScale scale;
    std::vector<double> ranks;
    for (std::size_t begin = 0; begin < values.size();) {
      std::size_t end = begin + 1;
      while (end < values.size() && values[end] == values[begin]) {
        ++end;
      }
      scale.values_.push_back(values[begin]);
      ranks.push_back(static_cast<double>(begin + end) / (2.0 * static_cast<double>(values.size())));
      begin = end;
    }
    if (scale.values_.size() > most) {
      const std::size_t last = scale.values_.size() - 1;
      for (std::size_t knot = 0; knot < most; ++knot) {
        const std::size_t from = knot * last / (most - 1);
        scale.values_[knot] = scale.values_[from];
        ranks[knot] = ranks[from];
      }
      scale.values_.resize(most);
      ranks.resize(most);
    }
    scale.ranks_ = std::move(ranks);
    return scale;
  }

  [[nodiscard]] float of(double value) const noexcept {
    if (values_.empty()) {
      return 0.5F;
    }
    const auto above = std::upper_bound(values_.begin(), values_.end(), value);
    if (above == values_.begin()) {
      return static_cast<float>(ranks_.front());
    }
    const auto at = static_cast<std::size_t>(above - values_.begin()) - 1;
    if (above == values_.end()) {
      return static_cast<float>(ranks_.back());
    }
    const double share = (value - values_[at]) / (values_[at + 1] - values_[at]);
    return static_cast<float>(ranks_[at] + share * (ranks_[at + 1] - ranks_[at]));
  }

 private:
  std::vector<double> values_{};
  std::vector<double> ranks_{};
};

struct NumberEncoder {
  using Column = NumberColumn;
  RankScale scale{};

  [[nodiscard]] static NumberEncoder fit(const NumberColumn& column) {
    std::vector<double> values;
    std::copy_if(column.values.begin(), column.values.end(), std::back_inserter(values),
                 [](double value) { return !std::isnan(value); });
    return {.scale = RankScale::fit(std::move(values))};
  }

  void encode(const NumberColumn& column, std::size_t row, FeatureRow::Cell& cell) const {
    if (const double value = column.values[row]; !std::isnan(value)) {
      cell.present = true;
      cell.x = scale.of(value);
    }
  }
};

struct DateEncoder {
  using Column = DateColumn;
  RankScale scale{};

  [[nodiscard]] static DateEncoder fit(const DateColumn& column) {
    std::vector<double> values;
    for (const auto value : column.values) {
      if (value != DateColumn::missing) {
        values.push_back(static_cast<double>(value));
      }
    }
    return {.scale = RankScale::fit(std::move(values))};
  }

  void encode(const DateColumn& column, std::size_t row, FeatureRow::Cell& cell) const {
    if (const auto value = column.values[row]; value != DateColumn::missing) {
      cell.present = true;
      cell.x = scale.of(static_cast<double>(value));
    }
  }
};

/// On the sphere of radius 1.
[[nodiscard]] inline std::array<double, 3> on_sphere(double latitude, double longitude) noexcept {
  constexpr double radians = std::numbers::pi / 180.0;
  const double cosine = std::cos(latitude * radians);
  return {cosine * std::cos(longitude * radians), cosine * std::sin(longitude * radians), std::sin(latitude * radians)};
}

/// In km along a straight line, which for what is near is the distance.
[[nodiscard]] inline double chord_km(const std::array<double, 3>& a, const std::array<double, 3>& b) noexcept {
  return earth_radius_km * std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

struct PointEncoder {
  using Column = PointColumn;
  double scale_km = 1.0;

  [[nodiscard]] static PointEncoder fit(const PointColumn& column) {
    constexpr std::size_t pairs = 4096;
    constexpr double least_km = 0.01;
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < column.latitude.size(); ++row) {
      if (!std::isnan(column.latitude[row])) {
        rows.push_back(row);
      }
    }
    std::vector<double> distances;
    Random random(0);
    for (std::size_t pair = 0; rows.size() > 1 && pair < pairs; ++pair) {
      const std::size_t a = rows[random.below(rows.size())];
      const std::size_t b = rows[random.below(rows.size())];
      const double distance = chord_km(on_sphere(column.latitude[a], column.longitude[a]),
                                       on_sphere(column.latitude[b], column.longitude[b]));
      if (distance > 0.0) {
        distances.push_back(distance);
      }
    }
    if (distances.empty()) {
      return {};
    }
    const auto middle = distances.begin() + static_cast<std::ptrdiff_t>(distances.size() / 2);
    std::nth_element(distances.begin(), middle, distances.end());
    return {.scale_km = std::max(least_km, *middle / 4.0)};
  }

  void encode(const PointColumn& column, std::size_t row, FeatureRow::Cell& cell) const {
    if (std::isnan(column.latitude[row])) {
      return;
    }
    const auto place = on_sphere(column.latitude[row], column.longitude[row]);
    const double unit = earth_radius_km / scale_km;
    cell.present = true;
    cell.x = static_cast<float>(place[0] * unit);
    cell.y = static_cast<float>(place[1] * unit);
    cell.z = static_cast<float>(place[2] * unit);
  }
};

struct EmbeddingEncoder {
  using Column = EmbeddingColumn;
  std::size_t dimensions = 0;

  void encode(const EmbeddingColumn& column, std::size_t row, const std::string& name, FeatureRow::Cell& cell,
              FeatureRow& encoded) const {
    if (column.dimensions != dimensions) {
      throw InvalidData("the column '" + name + "' has embeddings of " + std::to_string(column.dimensions) +
                        " dimensions, but the model knows them with " + std::to_string(dimensions));
    }
    const auto vector = column.of(row);
    if (std::isnan(vector.front())) {
      return;
    }
    double squares = 0.0;
    for (const float value : vector) {
      squares += static_cast<double>(value) * static_cast<double>(value);
    }
    if (squares <= 0.0) {
      return;
    }
    const double norm = std::sqrt(squares);
    cell.present = true;
    cell.begin = static_cast<std::uint32_t>(encoded.dense.size());
    for (const float value : vector) {
      encoded.dense.push_back(static_cast<float>(static_cast<double>(value) / norm));
    }
    encoded.dense.resize(cell.begin + round_up(dimensions, dot_step), 0.0F);
    cell.end = static_cast<std::uint32_t>(encoded.dense.size());
  }
};

}  // namespace recocore::detail
