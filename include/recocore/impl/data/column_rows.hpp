/// Columns of attributes: their promises, and rows taken out of them.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/core/time.hpp>
#include <recocore/data/attribute_table.hpp>
#include <recocore/impl/core/text.hpp>

namespace recocore::detail {

inline constexpr std::array<std::string_view, 8> column_kind_names{"category", "labels", "number", "flag",
                                                                   "text",     "date",   "point",  "embedding"};
static_assert(std::variant_size_v<Column> == column_kind_names.size());

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

/// Stands for a row that is not there.
inline constexpr std::uint32_t no_row = std::numeric_limits<std::uint32_t>::max();

inline constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// Where a value is, for messages: row, id and column.
struct CellName {
  std::function<IdView(std::size_t)> id_at{};
  std::string_view column{};

  [[nodiscard]] std::string operator()(std::size_t row) const {
    return "row " + std::to_string(row) + " (id " + to_display(id_at(row)) + "), column " + to_display(column);
  }
};

/// Whether bytes are UTF-8: no overlong forms, surrogates or code points above U+10FFFF.
[[nodiscard]] inline bool is_utf8(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&text](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
    const unsigned first = byte(i);
    if (first < 0x80) {
      ++i;
      continue;
    }
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    const unsigned lowest = first == 0xE0 ? 0xA0U : first == 0xF0 ? 0x90U : 0x80U;
    const unsigned highest = first == 0xED ? 0x9FU : first == 0xF4 ? 0x8FU : 0xBFU;
    if (first < 0xC2 || first > 0xF4 || byte(i + 1) < lowest || byte(i + 1) > highest) {
      return false;
    }
    for (std::size_t next = 2; next < length; ++next) {
      if ((byte(i + next) & 0xC0U) != 0x80U) {
        return false;
      }
    }
    i += length;
  }
  return true;
}

/// @throws InvalidData offsets that do not ascend from 0 to `end`.
inline void check_offsets(const std::vector<std::uint64_t>& offsets, std::size_t end, std::string_view column) {
  if (offsets.empty() || offsets.front() != 0 || offsets.back() != end ||
      !std::is_sorted(offsets.begin(), offsets.end())) {
    throw InvalidData("column " + to_display(column) + ": its offsets must ascend from 0 to the number of values (" +
                      std::to_string(end) + ")");
  }
}

[[noreturn]] inline void throw_code(const CellName& cell, std::size_t row, std::uint32_t code, std::size_t values) {
  throw InvalidData(cell(row) + ": value " + std::to_string(code) + " is named, but the column has " +
                    std::to_string(values) + " different values");
}

inline void check_values(const CategoryColumn& column, const CellName& cell) {
  for (std::size_t row = 0; row < column.codes.size(); ++row) {
    if (column.codes[row] != CategoryColumn::missing && column.codes[row] >= column.values.size()) {
      throw_code(cell, row, column.codes[row], column.values.size());
    }
  }
}

inline void check_values(const LabelsColumn& column, const CellName& cell) {
  for (std::size_t row = 0; row + 1 < column.offsets.size(); ++row) {
    const auto codes = column.of(row);
    if (std::adjacent_find(codes.begin(), codes.end(), std::greater_equal<>{}) != codes.end()) {
      throw InvalidData(cell(row) + ": the positions of its labels must ascend without duplicates");
    }
    if (!codes.empty() && codes.back() >= column.values.size()) {
      throw_code(cell, row, codes.back(), column.values.size());
    }
  }
}

inline void check_values(const NumberColumn& column, const CellName& cell) {
  for (std::size_t row = 0; row < column.values.size(); ++row) {
    if (std::isinf(column.values[row])) {
      throw InvalidData(cell(row) + ": the number is infinite; use a finite one, or NaN where it is missing");
    }
  }
}

inline void check_values(const FlagColumn& column, const CellName& cell) {
  for (std::size_t row = 0; row < column.values.size(); ++row) {
    if (column.values[row] < -1 || column.values[row] > 1) {
      throw InvalidData(cell(row) + ": a flag is 1, 0 or, where it is missing, -1; got " +
                        std::to_string(column.values[row]));
    }
  }
}

inline void check_values(const TextColumn& column, const CellName& cell) {
  for (std::size_t row = 0; row + 1 < column.offsets.size(); ++row) {
    if (!is_utf8(column.of(row))) {
      throw InvalidData(cell(row) + ": the text is not UTF-8; is it in another encoding, such as Latin-1?");
    }
  }
}

inline void check_values(const DateColumn& column, const CellName& cell) {
  for (std::size_t row = 0; row < column.values.size(); ++row) {
    const auto time = column.values[row];
    if (time != DateColumn::missing && (time < earliest_time || time > latest_time)) {
      throw InvalidData(cell(row) + ": the date is " + std::to_string(time / microseconds_per_second) +
                        " seconds from 1970, outside the years 1 to 9999; is its unit another one?");
    }
  }
}

inline void check_values(const PointColumn& column, const CellName& cell) {
  for (std::size_t row = 0; row < column.latitude.size(); ++row) {
    const double latitude = column.latitude[row];
    const double longitude = column.longitude[row];
    if (std::isnan(latitude) != std::isnan(longitude)) {
      throw InvalidData(cell(row) + ": a point needs both its latitude and its longitude, or neither");
    }
    if (std::abs(latitude) > 90.0 || std::abs(longitude) > 180.0) {
      throw InvalidData(cell(row) + ": latitude " + number_text(latitude) + ", longitude " + number_text(longitude) +
                        " is no place on earth; latitudes are -90 to 90 degrees, longitudes -180 to 180");
    }
  }
}

inline void check_values(const EmbeddingColumn& column, const CellName& cell) {
  const std::size_t rows = column.values.size() / column.dimensions;
  for (std::size_t row = 0; row < rows; ++row) {
    const auto vector = column.of(row);
    if (!std::isnan(vector.front()) &&
        !std::all_of(vector.begin(), vector.end(), [](float x) { return std::isfinite(x); })) {
      throw InvalidData(cell(row) + ": the vector has values that are NaN or infinite; all must be finite");
    }
  }
}

/// What does not depend on a row.
inline void check_shape(const NamedColumn& named) {
  std::visit(Overloaded{[&](const LabelsColumn& c) { check_offsets(c.offsets, c.codes.size(), named.name); },
                        [&](const TextColumn& c) { check_offsets(c.offsets, c.bytes.size(), named.name); },
                        [&](const PointColumn& c) {
                          if (c.latitude.size() != c.longitude.size()) {
                            throw InvalidData("column " + to_display(named.name) + " has " +
                                              std::to_string(c.latitude.size()) + " latitudes but " +
                                              std::to_string(c.longitude.size()) + " longitudes");
                          }
                        },
                        [&](const EmbeddingColumn& c) {
                          if (c.dimensions == 0 || c.values.size() % c.dimensions != 0) {
                            throw InvalidData("column " + to_display(named.name) + " has " +
                                              std::to_string(c.values.size()) + " values for vectors of " +
                                              std::to_string(c.dimensions) +
                                              " dimensions; each row needs one value a dimension, at least one");
                          }
                        },
                        [](const auto& /*column*/) {}},
             named.column);
}

/// Checks all that a column promises. @param rows how many it must have. @param id_at the id of a row, for messages.
inline void check_column(const NamedColumn& named, std::size_t rows, std::function<IdView(std::size_t)> id_at) {
  check_shape(named);
  if (rows_of(named.column) != rows) {
    throw InvalidData("column " + to_display(named.name) + " has " + std::to_string(rows_of(named.column)) +
                      " rows, but there are " + std::to_string(rows) + " ids; each row needs one value");
  }
  const CellName cell{std::move(id_at), named.name};
  std::visit([&cell](const auto& column) { check_values(column, cell); }, named.column);
}

template <class Values, class Value>
[[nodiscard]] Values gather_values(const Values& values, std::span<const std::uint32_t> rows, Value missing) {
  Values result(rows.size(), missing);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (rows[row] != no_row) {
      result[row] = values[rows[row]];
    }
  }
  return result;
}

/// The values of `of(row)`, packed behind each other.
template <class Packed, class Append>
void gather_packed(const Packed& from, std::span<const std::uint32_t> rows, std::vector<std::uint64_t>& offsets,
                   const Append& append) {
  offsets.reserve(rows.size() + 1);
  std::uint64_t end = 0;
  for (const auto row : rows) {
    if (row != no_row) {
      const auto values = from.of(row);
      append(values);
      end += values.size();
    }
    offsets.push_back(end);
  }
}

/// The rows of a column in another order; `no_row` gives one that is missing. Dictionaries stay as they are.
[[nodiscard]] inline Column gather_rows(const Column& column, std::span<const std::uint32_t> rows) {
  return std::visit(
      Overloaded{
          [&](const CategoryColumn& c) -> Column {
            return CategoryColumn{c.values, gather_values(c.codes, rows, CategoryColumn::missing)};
          },
          [&](const LabelsColumn& c) -> Column {
            LabelsColumn result{.values = c.values};
            gather_packed(c, rows, result.offsets, [&result](std::span<const std::uint32_t> codes) {
              result.codes.insert(result.codes.end(), codes.begin(), codes.end());
            });
            return result;
          },
          [&](const NumberColumn& c) -> Column { return NumberColumn{gather_values(c.values, rows, not_a_number)}; },
          [&](const FlagColumn& c) -> Column { return FlagColumn{gather_values(c.values, rows, std::int8_t{-1})}; },
          [&](const TextColumn& c) -> Column {
            TextColumn result;
            gather_packed(c, rows, result.offsets, [&result](std::string_view text) { result.bytes.append(text); });
            return result;
          },
          [&](const DateColumn& c) -> Column { return DateColumn{gather_values(c.values, rows, DateColumn::missing)}; },
          [&](const PointColumn& c) -> Column {
            return PointColumn{gather_values(c.latitude, rows, not_a_number),
                               gather_values(c.longitude, rows, not_a_number)};
          },
          [&](const EmbeddingColumn& c) -> Column {
            EmbeddingColumn result{
                .dimensions = c.dimensions,
                .values = std::vector<float>(rows.size() * c.dimensions, static_cast<float>(not_a_number))};
            for (std::size_t row = 0; row < rows.size(); ++row) {
              if (rows[row] != no_row) {
                const auto vector = c.of(rows[row]);
                std::copy(vector.begin(), vector.end(),
                          result.values.begin() + static_cast<std::ptrdiff_t>(row * c.dimensions));
              }
            }
            return result;
          }},
      column);
}

}  // namespace recocore::detail
