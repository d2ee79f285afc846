/// Whether events may be used, from a column of an Arrow table.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/impl/core/text.hpp>
#include <recocore/impl/io/arrow_column.hpp>
#include <recocore/impl/io/arrow_ids.hpp>

namespace recocore::detail {

/// Reads flags, or with `purposes` text that must be one of them. What is missing is no consent.
class ArrowConsent {
 public:
  ArrowConsent(ArrowColumn column, const std::set<std::string, std::less<>>& purposes)
      : column_(std::move(column)), purposes_(purposes) {}

  /// Appends 1 for the events that may be used and 0 for the others. @throws InvalidData values of another type.
  void append(std::vector<std::uint8_t>& keep, std::size_t first_row) const {
    const auto allowed = purposes_.empty() ? flags(column_, first_row) : matches(column_);
    keep.insert(keep.end(), allowed.begin(), allowed.end());
  }

 private:
  using Marks = std::vector<std::uint8_t>;

  /// `is_allowed(row)` where there is a value.
  template <class IsAllowed>
  [[nodiscard]] static Marks each(const ArrowColumn& column, const IsAllowed& is_allowed) {
    Marks marks(column.size(), 0);
    for (std::size_t row = 0; row < column.size(); ++row) {
      marks[row] = !column.is_null(row) && is_allowed(row) ? 1 : 0;
    }
    return marks;
  }

  [[nodiscard]] static Marks flags(const ArrowColumn& column, std::size_t first_row) {
    Marks marks;
    if (column.format() == "n" || column.size() == 0) {
      return Marks(column.size(), 0);
    }
    if (!column.has_dictionary() && column.format() == "b") {
      return each(column, [&](std::size_t row) { return column.bit(row); });
    }
    const auto read = [&](const auto& values) {
      marks = each(column, [&](std::size_t row) {
        const auto value = static_cast<double>(values[row]);
        if (value != 0.0 && value != 1.0 && !std::isnan(value)) {
          throw InvalidData("row " + std::to_string(first_row + row) + ", column " + to_display(column.name()) +
                            ": the consent is " + number_text(value) + "; it must be 0 or 1, false or true");
        }
        return value == 1.0;
      });
    };
    const bool is_number = !column.has_dictionary() && (visit_integers(column, read) || visit_floats(column, read));
    if (!is_number) {
      throw InvalidData("the column " + to_display(column.name()) + " has values of the type " +
                        arrow_type_name(column) +
                        ", but consent is true or false; for a column of purposes, say which are allowed");
    }
    return marks;
  }

  [[nodiscard]] Marks matches(const ArrowColumn& column) const {
    if (column.size() == 0 || column.format() == "n") {
      return Marks(column.size(), 0);
    }
    if (column.has_dictionary()) {
      const auto of_code = matches(column.dictionary());
      Marks marks;
      const bool is_integer = visit_integers(column, [&](const auto& codes) {
        marks = each(column, [&](std::size_t row) {
          const auto code = static_cast<std::size_t>(codes[row]);
          if (code >= of_code.size()) {
            throw InvalidData(
                "the column " + to_display(column.name()) + " of this Arrow table is malformed: its dictionary has " +
                std::to_string(of_code.size()) + " entries, but entry " + std::to_string(codes[row]) + " is named");
          }
          return of_code[code] != 0;
        });
      });
      if (is_integer) {
        return marks;
      }
    } else if (column.format() == "u") {
      return packed_matches<std::int32_t>(column);
    } else if (column.format() == "U") {
      return packed_matches<std::int64_t>(column);
    } else if (column.format() == "vu") {
      return each(column, [&](std::size_t row) { return purposes_.contains(text_view_at(column, row)); });
    }
    throw InvalidData("the column " + to_display(column.name()) + " has values of the type " + arrow_type_name(column) +
                      ", but a purpose is text; convert the column to it");
  }

  template <class Offset>
  [[nodiscard]] Marks packed_matches(const ArrowColumn& column) const {
    const PackedText<Offset> texts{column.offsets<Offset>(), column.buffer<char>(2)};
    return each(column, [&](std::size_t row) { return purposes_.contains(texts[row]); });
  }

  ArrowColumn column_;
  const std::set<std::string, std::less<>>& purposes_;
};

}  // namespace recocore::detail
