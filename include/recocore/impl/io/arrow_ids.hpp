/// Ids of an Arrow column.
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/core/id_column.hpp>
#include <recocore/impl/io/arrow_column.hpp>

namespace recocore::detail {

/// One layout of text that has no packed form: 16 bytes a value, with short texts inside.
[[nodiscard]] inline std::string_view text_view_at(const ArrowColumn& column, std::size_t row) {
  struct View {
    std::int32_t length;
    char prefix[4];  // NOLINT(modernize-avoid-c-arrays)
    std::int32_t buffer;
    std::int32_t offset;
  };
  static_assert(sizeof(View) == 16);
  constexpr std::int32_t longest_inside = 12;
  const auto& view = column.values<View>()[row];
  if (view.length <= longest_inside) {
    return {view.prefix, static_cast<std::size_t>(view.length)};
  }
  // The first two buffers are the validity and the views.
  const auto* bytes = column.buffer<char>(static_cast<std::size_t>(view.buffer) + 2);
  return {bytes + view.offset, static_cast<std::size_t>(view.length)};
}

/// Reads a column of ids block by block. Without a copy where Arrow's layout is one of `IdColumn`.
class ArrowIds {
 public:
  /// @param what names the ids in messages: "user id", "event type".
  ArrowIds(ArrowColumn column, std::string what) : column_(std::move(column)), what_(std::move(what)) {
    if (column_.has_dictionary()) {
      auto dictionary = std::make_unique<ArrowIds>(column_.dictionary(), what_);
      dictionary_ids_ = dictionary->decode(dictionary->column_, 0);
      dictionary_ = std::move(dictionary);
    }
  }

  /// Rows [begin, begin + count). Valid until the next call.
  /// @param first_row the number of the column's first row in the table.
  [[nodiscard]] IdColumn block(std::size_t begin, std::size_t count, std::size_t first_row) {
    const auto rows = column_.block(begin, count);
    first_row += begin;
    if (const auto row = first_missing(rows)) {
      throw_missing(rows, first_row, *row);
    }
    return dictionary_ ? look_up(rows, first_row) : decode(rows, first_row);
  }

 private:
  [[noreturn]] void throw_missing(const ArrowColumn& rows, std::size_t first_row, std::size_t row) const {
    throw InvalidData(row_text(rows, first_row, row) + ": the " + what_ +
                      " is missing (null or NaN); every event needs one, so drop such rows or fill them in");
  }

  [[nodiscard]] IdColumn decode(const ArrowColumn& rows, std::size_t first_row) {
    const auto format = rows.format();
    if (format == "l") {
      return {rows.values<std::int64_t>()};
    }
    if (format == "u") {
      return {PackedText<std::int32_t>{rows.offsets<std::int32_t>(), rows.buffer<char>(2)}};
    }
    if (format == "U") {
      return {PackedText<std::int64_t>{rows.offsets<std::int64_t>(), rows.buffer<char>(2)}};
    }
    if (format == "vu") {
      texts_.resize(rows.size());
      for (std::size_t row = 0; row < rows.size(); ++row) {
        texts_[row] = rows.is_null(row) ? std::string_view{} : text_view_at(rows, row);
      }
      return {std::span<const std::string_view>(texts_)};
    }
    const bool is_integer = visit_integers(rows, [&](const auto& values) {
      integers_.resize(values.size());
      for (std::size_t row = 0; row < values.size(); ++row) {
        if (std::cmp_greater(values[row], std::numeric_limits<std::int64_t>::max())) {
          throw IdTypeError(row_text(rows, first_row, row) + ": the " + what_ + " " + std::to_string(values[row]) +
                            " is larger than a signed 64-bit integer holds; convert such ids to text");
        }
        integers_[row] = static_cast<std::int64_t>(values[row]);
      }
    });
    if (!is_integer) {
      throw_wrong_type(rows);
    }
    return {std::span<const std::int64_t>(integers_)};
  }

  [[noreturn]] void throw_wrong_type(const ArrowColumn& rows) const {
    const auto type = arrow_type_name(rows);
    std::string advice = "convert the column to integers or to text";
    if (type == "floating point") {
      advice =
          "if they are whole numbers that missing values made fractions, drop those rows and convert the column "
          "to integers";
    } else if (type == "bytes") {
      advice = "decode them to text";
    }
    throw IdTypeError("the column " + to_display(rows.name()) + " has values of the type " + type + ", but a " + what_ +
                      " is an integer or text; " + advice);
  }

  [[nodiscard]] IdColumn look_up(const ArrowColumn& rows, std::size_t first_row) {
    const auto entries = dictionary_ids_.size();
    const auto gather = [&](const auto& values, auto& gathered) {
      visit_integers(rows, [&](const auto& codes) {
        gathered.resize(codes.size());
        for (std::size_t row = 0; row < codes.size(); ++row) {
          const auto code = static_cast<std::size_t>(codes[row]);
          if (code >= entries) {
            throw InvalidData(row_text(rows, first_row, row) + ": the dictionary of the column has " +
                              std::to_string(entries) + " entries, but entry " + std::to_string(codes[row]) +
                              " is named");
          }
          if (dictionary_->column_.is_null(code)) {
            throw_missing(rows, first_row, row);
          }
          gathered[row] = values[code];
        }
      });
    };
    std::visit(
        [&](const auto& values) {
          if constexpr (std::is_same_v<std::decay_t<decltype(values)>, std::span<const std::int64_t>>) {
            gather(values, integers_);
          } else {
            gather(values, texts_);
          }
        },
        dictionary_ids_.layout());
    const bool are_integers = std::holds_alternative<std::span<const std::int64_t>>(dictionary_ids_.layout());
    return are_integers ? IdColumn(std::span<const std::int64_t>(integers_))
                        : IdColumn(std::span<const std::string_view>(texts_));
  }

  ArrowColumn column_;
  std::string what_;
  std::unique_ptr<ArrowIds> dictionary_{};
  IdColumn dictionary_ids_{};
  // What is not read in place.
  std::vector<std::int64_t> integers_{};
  std::vector<std::string_view> texts_{};
};

}  // namespace recocore::detail
