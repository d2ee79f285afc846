/// A column of an Arrow table, seen with bounds and offsets worked out.
#pragma once

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include <recocore/core/error.hpp>
#include <recocore/core/id.hpp>
#include <recocore/io/arrow_abi.hpp>

namespace recocore::detail {

/// Rows [offset, offset + length) of an array, whose offset is added to that of the batch it belongs to.
class ArrowColumn {
 public:
  ArrowColumn(std::string name, const ArrowSchema& schema, const ArrowArray& array, std::size_t offset,
              std::size_t length)
      : name_(std::move(name)),
        schema_(&schema),
        array_(&array),
        offset_(static_cast<std::size_t>(array.offset) + offset),
        length_(length) {
    if (array.offset < 0 || array.length < 0 || offset + length > static_cast<std::size_t>(array.length) ||
        (schema.dictionary == nullptr) != (array.dictionary == nullptr)) {
      throw InvalidData("the column " + to_display(name_) + " of this Arrow table is malformed: it has " +
                        std::to_string(array.length) + " rows where " + std::to_string(offset + length) +
                        " are needed");
    }
  }

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] std::string_view format() const noexcept { return schema_->format; }
  [[nodiscard]] std::size_t size() const noexcept { return length_; }
  [[nodiscard]] bool has_dictionary() const noexcept { return schema_->dictionary != nullptr; }
  [[nodiscard]] ArrowColumn dictionary() const {
    return {name_, *schema_->dictionary, *array_->dictionary, 0, static_cast<std::size_t>(array_->dictionary->length)};
  }

  [[nodiscard]] ArrowColumn block(std::size_t begin, std::size_t count) const {
    auto result = *this;
    result.offset_ += begin;
    result.length_ = count;
    return result;
  }

  /// A value of a column of booleans, which are bits.
  [[nodiscard]] bool bit(std::size_t row) const noexcept {
    const auto at = offset_ + row;
    const unsigned bits = buffer<std::uint8_t>(1)[at / 8];
    return ((bits >> (at % 8)) & 1U) != 0;
  }

  /// The number of the first row in its buffers.
  [[nodiscard]] std::size_t offset() const noexcept { return offset_; }
  /// Rows [begin, begin + count) of the elements of a column of lists.
  [[nodiscard]] ArrowColumn child(std::size_t begin, std::size_t count) const {
    if (schema_->n_children != 1 || array_->n_children != 1) {
      throw InvalidData("the column " + to_display(name_) +
                        " of this Arrow table is malformed: its lists have no values");
    }
    return {name_, *schema_->children[0], *array_->children[0], begin, count};
  }

  [[nodiscard]] bool may_have_nulls() const noexcept {
    return format() == "n" || (array_->null_count != 0 && array_->n_buffers > 0 && array_->buffers[0] != nullptr);
  }
  [[nodiscard]] bool is_null(std::size_t row) const noexcept {
    if (!may_have_nulls()) {
      return false;
    }
    if (format() == "n") {
      return true;
    }
    const auto bit = offset_ + row;
    return ((static_cast<const std::uint8_t*>(array_->buffers[0])[bit / 8] >> (bit % 8)) & 1U) == 0;
  }

  /// The values of a column of fixed width, in place. Only for arrays of that type.
  template <class T>
  [[nodiscard]] std::span<const T> values() const {
    return length_ == 0 ? std::span<const T>{} : std::span(buffer<T>(1) + offset_, length_);
  }
  /// The size + 1 offsets of a column of packed text.
  template <class Offset>
  [[nodiscard]] std::span<const Offset> offsets() const {
    return length_ == 0 ? std::span<const Offset>{} : std::span(buffer<Offset>(1) + offset_, length_ + 1);
  }
  template <class T>
  [[nodiscard]] const T* buffer(std::size_t index) const noexcept {
    return static_cast<const T*>(array_->buffers[index]);
  }

 private:
  std::string name_;
  const ArrowSchema* schema_;
  const ArrowArray* array_;
  std::size_t offset_;
  std::size_t length_;
};

/// Calls `visitor` with the values, if they are integers; false if they are not.
template <class Visitor>
bool visit_integers(const ArrowColumn& column, const Visitor& visitor) {
  if (column.format().size() != 1) {
    return false;
  }
  switch (column.format().front()) {
    case 'c':
      visitor(column.values<std::int8_t>());
      return true;
    case 'C':
      visitor(column.values<std::uint8_t>());
      return true;
    case 's':
      visitor(column.values<std::int16_t>());
      return true;
    case 'S':
      visitor(column.values<std::uint16_t>());
      return true;
    case 'i':
      visitor(column.values<std::int32_t>());
      return true;
    case 'I':
      visitor(column.values<std::uint32_t>());
      return true;
    case 'l':
      visitor(column.values<std::int64_t>());
      return true;
    case 'L':
      visitor(column.values<std::uint64_t>());
      return true;
    default:
      return false;
  }
}

/// Calls `visitor` with the values, if they are floating-point numbers; false if they are not.
template <class Visitor>
bool visit_floats(const ArrowColumn& column, const Visitor& visitor) {
  if (column.format() == "f") {
    visitor(column.values<float>());
    return true;
  }
  if (column.format() == "g") {
    visitor(column.values<double>());
    return true;
  }
  return false;
}

/// A 128-bit integer in two's complement, as Arrow lays it out.
struct Decimal128 {
  std::uint64_t low;
  std::uint64_t high;

  [[nodiscard]] double to_double() const noexcept {
    // By its magnitude: the halves of a small negative number would cancel.
    const bool is_negative = (high >> 63U) != 0;
    const std::uint64_t small = is_negative ? 0 - low : low;
    const std::uint64_t large = is_negative ? ~high + (low == 0 ? 1 : 0) : high;
    const double magnitude = static_cast<double>(large) * 0x1p64 + static_cast<double>(small);
    return is_negative ? -magnitude : magnitude;
  }
};

/// Calls `visitor` with the values and what they are to be divided by, if they are 128-bit decimals; false if they are
/// not. The format is "d:precision,scale".
template <class Visitor>
bool visit_decimals(const ArrowColumn& column, const Visitor& visitor) {
  const auto format = column.format();
  const auto comma = format.find(',');
  int scale = 0;
  if (format.substr(0, 2) != "d:" || comma == std::string_view::npos ||
      std::from_chars(format.data() + comma + 1, format.data() + format.size(), scale).ptr !=
          format.data() + format.size()) {
    return false;
  }
  visitor(column.values<Decimal128>(), std::pow(10.0, scale));
  return true;
}

/// What an Arrow type is called.
[[nodiscard]] inline std::string arrow_type_name(const ArrowColumn& column) {
  const auto format = column.format();
  const auto starts = [format](std::string_view prefix) { return format.substr(0, prefix.size()) == prefix; };
  if (column.has_dictionary()) {
    return "dictionary of " + arrow_type_name(column.dictionary());
  }
  if (format == "b") {
    return "boolean";
  }
  if (format == "e" || format == "f" || format == "g") {
    return "floating point";
  }
  if (format == "u" || format == "U" || format == "vu") {
    return "text";
  }
  if (format == "z" || format == "Z" || format == "vz" || starts("w:")) {
    return "bytes";
  }
  if (starts("d:")) {
    return "decimal";
  }
  if (starts("ts") || starts("td")) {
    return "time";
  }
  if (starts("+")) {
    return "nested";
  }
  const bool is_integer = visit_integers(column, [](const auto&) {});
  return is_integer ? "integer" : "Arrow '" + std::string(format) + "'";
}

/// The first row without a value, if there is one: a null, or NaN among floating-point numbers.
[[nodiscard]] inline std::optional<std::size_t> first_missing(const ArrowColumn& column) {
  if (column.may_have_nulls()) {
    for (std::size_t row = 0; row < column.size(); ++row) {
      if (column.is_null(row)) {
        return row;
      }
    }
  }
  std::optional<std::size_t> missing;
  visit_floats(column, [&missing](const auto& values) {
    for (std::size_t row = 0; row < values.size() && !missing; ++row) {
      if (std::isnan(values[row])) {
        missing = row;
      }
    }
  });
  return missing;
}

/// @param first_row the number of the block's first row in the table.
[[nodiscard]] inline std::string row_text(const ArrowColumn& column, std::size_t first_row, std::size_t row) {
  return "row " + std::to_string(first_row + row) + ", column " + to_display(column.name());
}

}  // namespace recocore::detail
