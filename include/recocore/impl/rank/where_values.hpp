/// What the values of a filter are for the rows of a table.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <numbers>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <recocore/core/time.hpp>
#include <recocore/data/catalogue.hpp>
#include <recocore/impl/rank/where_ast.hpp>

namespace recocore::detail {

/// The rows that are looked at, and those `item.` and `user.` are read from.
struct WhereRows {
  const AttributeTable* table = nullptr;
  Catalogue::Place item{};
  Catalogue::Place user{};
  /// What `user` is in when nothing is known of anybody.
  std::shared_ptr<const AttributeTable> stranger{};
};

/// Great-circle distance in km by the haversine formula (Sinnott 1984), on a sphere of the mean radius of the earth.
[[nodiscard]] inline double distance_km(double latitude_a, double longitude_a, double latitude_b, double longitude_b) {
  constexpr double radius = 6371.0088;
  constexpr double radians = std::numbers::pi / 180.0;
  const double down = std::sin((latitude_b - latitude_a) * radians / 2.0);
  const double across = std::sin((longitude_b - longitude_a) * radians / 2.0);
  const double square = down * down + std::cos(latitude_a * radians) * std::cos(latitude_b * radians) * across * across;
  return 2.0 * radius * std::asin(std::sqrt(std::min(1.0, square)));
}

/// A range of times: an instant, or a whole day where only the day is written.
struct WhereTime {
  std::int64_t first = DateColumn::missing;
  std::int64_t last = DateColumn::missing;
};

[[nodiscard]] inline WhereTime time_range(std::string_view text) {
  const auto time = parse_time(text);
  if (!time) {
    return {};
  }
  constexpr std::size_t day_length = 10;  // 2024-05-31
  return {*time, text.size() == day_length ? *time + microseconds_per_day - 1 : *time};
}

/// The column a value names; none for values that are no column.
[[nodiscard]] inline const Column* column_of(const WhereValue& value, const WhereRows& rows) {
  if (value.kind != WhereValue::Kind::column) {
    return nullptr;
  }
  const auto* table = value.scope == WhereScope::row    ? rows.table
                      : value.scope == WhereScope::item ? rows.item.table
                                                        : rows.user.table;
  return table->find(value.text);
}

[[nodiscard]] inline bool is_per_row(const WhereValue& value) {
  return value.kind == WhereValue::Kind::column && value.scope == WhereScope::row;
}

/// Where `item.` or `user.` reads.
[[nodiscard]] inline std::size_t row_of(const WhereValue& value, const WhereRows& rows) {
  return value.scope == WhereScope::item ? rows.item.row : rows.user.row;
}

/// The ids a single value has: one of a text or category, any number of labels, none of what is missing.
[[nodiscard]] inline std::vector<IdView> ids_of(const WhereValue& value, const WhereRows& rows) {
  if (value.kind == WhereValue::Kind::text) {
    return {IdView(std::string_view(value.text))};
  }
  if (value.kind == WhereValue::Kind::number) {
    constexpr double largest = 9.0e15;  // up to there a double has all whole numbers
    if (std::abs(value.number) <= largest && value.number == std::floor(value.number)) {
      return {IdView(static_cast<std::int64_t>(value.number))};
    }
    return {IdView(std::string_view())};  // known, and equal to no whole number
  }
  std::vector<IdView> ids;
  const auto* column = column_of(value, rows);
  if (column == nullptr || is_missing(*column, row_of(value, rows))) {
    return ids;
  }
  const auto row = row_of(value, rows);
  if (const auto* category = std::get_if<CategoryColumn>(column)) {
    ids.push_back(category->values.at(category->codes[row]));
  } else if (const auto* labels = std::get_if<LabelsColumn>(column)) {
    for (const auto code : labels->of(row)) {
      ids.push_back(labels->values.at(code));
    }
  } else if (const auto* text = std::get_if<TextColumn>(column)) {
    ids.emplace_back(text->of(row));
  }
  return ids;
}

/// Rows a block: what an expression of numbers is computed for at once.
inline constexpr std::size_t where_block = 256;
using WhereBlock = std::array<double, where_block>;

inline void points(const WhereValue& value, const WhereRows& rows, std::size_t begin, std::size_t count,
                   WhereBlock& latitude, WhereBlock& longitude) {
  double single_latitude = 0.0;
  double single_longitude = 0.0;
  if (value.kind == WhereValue::Kind::place) {
    single_latitude = value.parts[0].number;
    single_longitude = value.parts[1].number;
  } else {
    const auto& column = std::get<PointColumn>(*column_of(value, rows));
    if (is_per_row(value)) {
      std::copy_n(column.latitude.begin() + static_cast<std::ptrdiff_t>(begin), count, latitude.begin());
      std::copy_n(column.longitude.begin() + static_cast<std::ptrdiff_t>(begin), count, longitude.begin());
      return;
    }
    single_latitude = column.latitude[row_of(value, rows)];
    single_longitude = column.longitude[row_of(value, rows)];
  }
  std::fill_n(latitude.begin(), count, single_latitude);
  std::fill_n(longitude.begin(), count, single_longitude);
}

/// A number, or a category of whole numbers, of a column.
[[nodiscard]] inline double number_at(const Column& column, std::size_t row) {
  if (const auto* numbers = std::get_if<NumberColumn>(&column)) {
    return numbers->values[row];
  }
  const auto& category = std::get<CategoryColumn>(column);
  const auto code = category.codes[row];
  if (code == CategoryColumn::missing) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const auto id = category.values.at(code);
  const auto* integer = std::get_if<std::int64_t>(&id);
  return integer == nullptr ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(*integer);
}

/// The numbers of rows begin .. begin + count - 1; NaN where one is missing, or where there is none (1 / 0).
inline void numbers(const WhereValue& value, const WhereRows& rows, std::size_t begin, std::size_t count,
                    WhereBlock& result) {
  const auto end = result.begin() + static_cast<std::ptrdiff_t>(count);
  if (value.kind == WhereValue::Kind::number) {
    std::fill(result.begin(), end, value.number);
    return;
  }
  if (value.kind == WhereValue::Kind::column) {
    const auto& column = *column_of(value, rows);
    if (!is_per_row(value)) {
      std::fill(result.begin(), end, number_at(column, row_of(value, rows)));
    } else if (const auto* held = std::get_if<NumberColumn>(&column)) {
      std::copy_n(held->values.begin() + static_cast<std::ptrdiff_t>(begin), count, result.begin());
    } else {
      for (std::size_t i = 0; i < count; ++i) {
        result[i] = number_at(column, begin + i);
      }
    }
    return;
  }
  if (value.kind == WhereValue::Kind::distance) {
    WhereBlock latitude_a{};
    WhereBlock longitude_a{};
    WhereBlock latitude_b{};
    WhereBlock longitude_b{};
    points(value.parts[0], rows, begin, count, latitude_a, longitude_a);
    points(value.parts[1], rows, begin, count, latitude_b, longitude_b);
    for (std::size_t i = 0; i < count; ++i) {
      const bool known = !std::isnan(latitude_a[i]) && !std::isnan(latitude_b[i]);
      result[i] = known ? distance_km(latitude_a[i], longitude_a[i], latitude_b[i], longitude_b[i])
                        : std::numeric_limits<double>::quiet_NaN();
    }
    return;
  }
  numbers(value.parts.front(), rows, begin, count, result);
  if (value.kind == WhereValue::Kind::negate) {
    std::transform(result.begin(), end, result.begin(), [](double number) { return -number; });
  }
  WhereBlock other{};
  for (std::size_t p = 1; p < value.parts.size(); ++p) {
    const auto& part = value.parts[p];
    const bool inverse = part.kind == WhereValue::Kind::divide;
    numbers(inverse ? part.parts.front() : part, rows, begin, count, other);
    for (std::size_t i = 0; i < count; ++i) {
      if (value.kind == WhereValue::Kind::add) {
        result[i] += other[i];
      } else if (!inverse) {
        result[i] *= other[i];
      } else {
        result[i] = other[i] == 0.0 ? std::numeric_limits<double>::quiet_NaN() : result[i] / other[i];
      }
    }
  }
}

}  // namespace recocore::detail
