/// A column of one kind as one of another, where nothing is lost.
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/data/attribute_table.hpp>
#include <recocore/impl/core/text.hpp>
#include <recocore/impl/data/column_rows.hpp>

namespace recocore::detail {

/// An integer as it is written: "7" and "-12", not "007" or "+7".
[[nodiscard]] inline std::optional<std::int64_t> written_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || std::to_string(value) != text) {
    return std::nullopt;
  }
  return value;
}

/// A number that is an integer of 64 bits, exactly.
[[nodiscard]] inline std::optional<std::int64_t> exact_integer(double number) {
  if (!(std::abs(number) <= 0x1p53) || number != std::floor(number)) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(number);
}

/// What a dictionary holds; none as long as it is empty, when it may become either.
using DictionaryKind = std::optional<IdKind>;

[[nodiscard]] inline const IdMap* dictionary_of(const Column& column) noexcept {
  if (const auto* category = std::get_if<CategoryColumn>(&column)) {
    return &category->values;
  }
  const auto* labels = std::get_if<LabelsColumn>(&column);
  return labels != nullptr ? &labels->values : nullptr;
}

[[nodiscard]] inline DictionaryKind dictionary_kind(const Column& column) noexcept {
  const auto* dictionary = dictionary_of(column);
  return dictionary != nullptr && dictionary->size() > 0 ? DictionaryKind(dictionary->kind()) : std::nullopt;
}

/// Enters values into a dictionary of one kind.
class DictionaryBuilder {
 public:
  explicit DictionaryBuilder(DictionaryKind kind) : kind_(kind) {}

  /// None for a text that is no integer where all others are.
  [[nodiscard]] std::optional<std::uint32_t> encode(const IdView& value) {
    if (!kind_) {
      kind_ = kind_of(value);
    }
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
      return *kind_ == IdKind::integer ? encoder_.encode(*integer)
                                       : encoder_.encode(std::string_view(std::to_string(*integer)));
    }
    const auto text = std::get<std::string_view>(value);
    if (*kind_ == IdKind::text) {
      return encoder_.encode(text);
    }
    const auto integer = written_integer(text);
    return integer ? std::optional(encoder_.encode(*integer)) : std::nullopt;
  }

  [[nodiscard]] IdEncoder::Result finish() { return encoder_.finish(); }

 private:
  DictionaryKind kind_;
  IdEncoder encoder_{"value"};
};

/// Codes in the order values came, as positions of the finished dictionary; each row of labels ascends again.
inline void to_positions(CategoryColumn& column, DictionaryBuilder& builder) {
  auto [values, position_of_code] = builder.finish();
  for (auto& code : column.codes) {
    code = code == CategoryColumn::missing ? code : position_of_code[code];
  }
  column.values = std::move(values);
}

inline void to_positions(LabelsColumn& column, DictionaryBuilder& builder) {
  auto [values, position_of_code] = builder.finish();
  std::vector<std::uint32_t> codes;
  codes.reserve(column.codes.size());
  std::uint64_t begin = 0;
  for (std::size_t row = 0; row + 1 < column.offsets.size(); ++row) {
    const auto end = column.offsets[row + 1];
    const auto first = codes.size();
    for (auto entry = begin; entry < end; ++entry) {
      codes.push_back(position_of_code[column.codes[entry]]);
    }
    std::sort(codes.begin() + static_cast<std::ptrdiff_t>(first), codes.end());
    codes.erase(std::unique(codes.begin() + static_cast<std::ptrdiff_t>(first), codes.end()), codes.end());
    begin = end;
    column.offsets[row + 1] = codes.size();
  }
  column.codes = std::move(codes);
  column.values = std::move(values);
}

/// What is known of the column that values are converted for.
struct ColumnLike {
  ColumnKind kind{};
  DictionaryKind dictionary{};
  /// Of embeddings.
  std::size_t dimensions = 0;
};

/// A column of `rows` missing values.
[[nodiscard]] inline Column missing_column(const ColumnLike& like, std::size_t rows) {
  switch (like.kind) {
    case ColumnKind::category:
      return CategoryColumn{.codes = std::vector<std::uint32_t>(rows, CategoryColumn::missing)};
    case ColumnKind::labels:
      return LabelsColumn{.offsets = std::vector<std::uint64_t>(rows + 1)};
    case ColumnKind::number:
      return NumberColumn{std::vector<double>(rows, not_a_number)};
    case ColumnKind::flag:
      return FlagColumn{std::vector<std::int8_t>(rows, -1)};
    case ColumnKind::text:
      return TextColumn{.offsets = std::vector<std::uint64_t>(rows + 1)};
    case ColumnKind::date:
      return DateColumn{std::vector<std::int64_t>(rows, DateColumn::missing)};
    case ColumnKind::point:
      return PointColumn{std::vector<double>(rows, not_a_number), std::vector<double>(rows, not_a_number)};
    case ColumnKind::embedding:
      break;
  }
  return EmbeddingColumn{.dimensions = like.dimensions,
                         .values = std::vector<float>(rows * like.dimensions, std::numeric_limits<float>::quiet_NaN())};
}

/// Converts the values of a column one by one. They are few: those of changes.
class ColumnConverter {
 public:
  ColumnConverter(const NamedColumn& from, const IdMap& ids, const ColumnLike& like)
      : from_(from), ids_(ids), like_(like), rows_(rows_of(from.column)), dictionary_(like.dictionary) {}

  [[nodiscard]] Column run() {
    const auto kind = kind_of(from_.column);
    if (kind == like_.kind &&
        (like_.dictionary == dictionary_kind(from_.column) || !like_.dictionary || !dictionary_kind(from_.column))) {
      check_dimensions();
      return from_.column;
    }
    auto result = missing_column(like_, rows_);
    bool is_possible = true;
    for (std::size_t row = 0; row < rows_ && is_possible; ++row) {
      const bool is_there = !is_missing(from_.column, row);
      is_possible = !is_there || is_scalar(kind) || (kind == ColumnKind::labels && like_.kind == kind);
      if (is_possible && is_there) {
        enter(result, row);
      } else if (auto* labels = std::get_if<LabelsColumn>(&result)) {
        labels->offsets[row + 1] = labels->codes.size();
      } else if (auto* text = std::get_if<TextColumn>(&result)) {
        text->offsets[row + 1] = text->bytes.size();
      }
    }
    if (!is_possible) {
      throw_kinds();
    }
    if (auto* category = std::get_if<CategoryColumn>(&result)) {
      to_positions(*category, dictionary_);
    } else if (auto* labels = std::get_if<LabelsColumn>(&result)) {
      to_positions(*labels, dictionary_);
    }
    return result;
  }

 private:
  [[nodiscard]] static bool is_scalar(ColumnKind kind) noexcept {
    return kind == ColumnKind::category || kind == ColumnKind::number || kind == ColumnKind::flag ||
           kind == ColumnKind::text;
  }

  void check_dimensions() const {
    const auto* embedding = std::get_if<EmbeddingColumn>(&from_.column);
    if (embedding != nullptr && embedding->dimensions != like_.dimensions) {
      throw InvalidData("column " + to_display(from_.name) + " has vectors of " +
                        std::to_string(embedding->dimensions) + " dimensions, but those of the catalogue have " +
                        std::to_string(like_.dimensions));
    }
  }

  [[noreturn]] void throw_kinds() const {
    throw InvalidData("column " + to_display(from_.name) + " is of the kind '" +
                      std::string(to_string(kind_of(from_.column))) + "', but in the catalogue it is of the kind '" +
                      std::string(to_string(like_.kind)) + "'; give it as that kind");
  }

  [[noreturn]] void throw_value(std::size_t row, const std::string& value, std::string_view wanted) const {
    throw InvalidData("row " + std::to_string(row) + " (id " + to_display(ids_.at(row)) + "), column " +
                      to_display(from_.name) + ": " + value + " is no " + std::string(wanted) +
                      ", but in the catalogue the column is of the kind '" + std::string(to_string(like_.kind)) + "'");
  }

  /// A value as what a dictionary holds.
  [[nodiscard]] IdView id_at(std::size_t row) {
    if (const auto* category = std::get_if<CategoryColumn>(&from_.column)) {
      return category->values.at(category->codes[row]);
    }
    if (const auto* text = std::get_if<TextColumn>(&from_.column)) {
      return text->of(row);
    }
    const double number = number_at(row);
    if (const auto integer = exact_integer(number)) {
      return *integer;
    }
    throw_value(row, number_text(number), "whole number");
  }

  [[nodiscard]] double number_at(std::size_t row) const {
    if (const auto* number = std::get_if<NumberColumn>(&from_.column)) {
      return number->values[row];
    }
    if (const auto* flag = std::get_if<FlagColumn>(&from_.column)) {
      return static_cast<double>(flag->values[row]);
    }
    if (const auto* category = std::get_if<CategoryColumn>(&from_.column)) {
      const auto value = category->values.at(category->codes[row]);
      if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        return static_cast<double>(*integer);
      }
    }
    throw_kinds();
  }

  [[nodiscard]] std::uint32_t encode(const IdView& value, std::size_t row) {
    const auto code = dictionary_.encode(value);
    if (!code) {
      throw_value(row, to_display(value), "integer, as the values of this column are");
    }
    return *code;
  }

  void enter(Column& result, std::size_t row) {
    std::visit(Overloaded{[&](CategoryColumn& c) { c.codes[row] = encode(dictionary_value(row), row); },
                          [&](LabelsColumn& c) {
                            if (const auto* labels = std::get_if<LabelsColumn>(&from_.column)) {
                              for (const auto code : labels->of(row)) {
                                c.codes.push_back(encode(labels->values.at(code), row));
                              }
                            } else {
                              c.codes.push_back(encode(dictionary_value(row), row));
                            }
                            c.offsets[row + 1] = c.codes.size();
                          },
                          [&](NumberColumn& c) { c.values[row] = number_at(row); },
                          [&](FlagColumn& c) {
                            const double number = number_at(row);
                            if (number != 0.0 && number != 1.0) {
                              throw_value(row, number_text(number), "flag (0 or 1)");
                            }
                            c.values[row] = number == 0.0 ? 0 : 1;
                          },
                          [&](TextColumn& c) {
                            c.bytes += text_at(row);
                            c.offsets[row + 1] = c.bytes.size();
                          },
                          [&](auto& /*others*/) { throw_kinds(); }},
               result);
  }

  [[nodiscard]] IdView dictionary_value(std::size_t row) {
    if (kind_of(from_.column) == ColumnKind::flag) {
      throw_kinds();
    }
    return id_at(row);
  }

  [[nodiscard]] std::string text_at(std::size_t row) {
    if (const auto* number = std::get_if<NumberColumn>(&from_.column)) {
      return number_text(number->values[row]);
    }
    const auto value = dictionary_value(row);
    const auto* integer = std::get_if<std::int64_t>(&value);
    return integer != nullptr ? std::to_string(*integer) : std::string(std::get<std::string_view>(value));
  }

  const NamedColumn& from_;
  const IdMap& ids_;
  ColumnLike like_;
  std::size_t rows_;
  DictionaryBuilder dictionary_;
};

/// @throws InvalidData when the kinds do not fit, with both; or a value does not, with its row and id.
[[nodiscard]] inline Column convert_column(const NamedColumn& from, const IdMap& ids, const ColumnLike& like) {
  return ColumnConverter(from, ids, like).run();
}

}  // namespace recocore::detail
