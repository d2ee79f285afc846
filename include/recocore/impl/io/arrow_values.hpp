/// Weights and times of Arrow columns.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/core/time.hpp>
#include <recocore/data/event_log.hpp>
#include <recocore/impl/core/text.hpp>
#include <recocore/impl/io/arrow_column.hpp>
#include <recocore/impl/io/arrow_ids.hpp>
#include <recocore/io/arrow.hpp>

namespace recocore::detail {

/// Reads a column of weights block by block; float and double in place.
class ArrowWeights {
 public:
  explicit ArrowWeights(ArrowColumn column) : column_(std::move(column)) {}

  /// Valid until the next call. NaN is left to who knows what it means.
  [[nodiscard]] WeightColumn block(std::size_t begin, std::size_t count, std::size_t first_row) {
    const auto rows = column_.block(begin, count);
    for (std::size_t row = 0; rows.may_have_nulls() && row < rows.size(); ++row) {
      if (rows.is_null(row)) {
        throw InvalidData(row_text(rows, first_row + begin, row) +
                          ": the weight is missing (null or NaN); drop such rows or fill them in");
      }
    }
    WeightColumn result;
    const bool is_number =
        !rows.has_dictionary() &&
        (visit_floats(rows, [&](const auto& values) { result = values; }) ||
         visit_integers(rows,
                        [&](const auto& values) {
                          converted_.assign(values.begin(), values.end());
                          result = std::span<const double>(converted_);
                        }) ||
         visit_decimals(rows, [&](const auto& values, double divisor) {
           converted_.resize(values.size());
           std::transform(values.begin(), values.end(), converted_.begin(),
                          [divisor](const Decimal128& value) { return value.to_double() / divisor; });
           result = std::span<const double>(converted_);
         }));
    if (!is_number) {
      throw InvalidData("the column " + to_display(rows.name()) + " has values of the type " + arrow_type_name(rows) +
                        ", but weights are numbers; convert the column to 64-bit floating point");
    }
    return result;
  }

 private:
  ArrowColumn column_;
  std::vector<double> converted_{};
};

/// Reads a column of times block by block, as microseconds since 1970.
class ArrowTimes {
 public:
  ArrowTimes(const ArrowColumn& column, TimeUnit unit) : column_(column), unit_(unit) {
    if (is_text(column)) {
      texts_ = std::make_unique<ArrowIds>(column, "timestamp");
    }
  }

  /// Valid until the next call.
  [[nodiscard]] std::span<const std::int64_t> block(std::size_t begin, std::size_t count, std::size_t first_row) {
    times_.resize(count);
    if (texts_) {
      parse(texts_->block(begin, count, first_row), first_row + begin);
      return times_;
    }
    const auto rows = column_.block(begin, count);
    first_row += begin;
    if (const auto row = first_missing(rows)) {
      throw_missing(rows, first_row, *row);
    }
    if (!convert(rows, first_row)) {
      throw InvalidData("the column " + to_display(rows.name()) + " has values of the type " + arrow_type_name(rows) +
                        ", which are not times; use timestamps, dates, numbers since 1970 or ISO 8601 text");
    }
    return times_;
  }

 private:
  /// Microseconds of a unit are amount * multiplier / divisor.
  struct Scale {
    std::int64_t multiplier = 1;
    std::int64_t divisor = 1;
  };

  [[nodiscard]] static bool is_text(const ArrowColumn& column) {
    const auto format = column.has_dictionary() ? column.dictionary().format() : column.format();
    return format == "u" || format == "U" || format == "vu";
  }

  [[noreturn]] static void throw_missing(const ArrowColumn& rows, std::size_t first_row, std::size_t row) {
    throw InvalidData(row_text(rows, first_row, row) +
                      ": the timestamp is missing (null, NaN or NaT); drop such rows or fill them in");
  }

  [[nodiscard]] static Scale scale_of(TimeUnit unit) noexcept {
    switch (unit) {
      case TimeUnit::second:
        return {.multiplier = 1'000'000};
      case TimeUnit::millisecond:
        return {.multiplier = 1'000};
      case TimeUnit::microsecond:
        return {};
      case TimeUnit::nanosecond:
        break;
    }
    return {.divisor = 1'000};
  }

  void parse(const IdColumn& texts, std::size_t first_row) {
    for (std::size_t row = 0; row < texts.size(); ++row) {
      const auto text = std::get<std::string_view>(texts[row]);
      const auto time = parse_time(text);
      if (!time) {
        throw InvalidData(row_text(column_, first_row, row) + ": " + to_display(text) +
                          " is not an ISO 8601 time such as 2021-12-31 or 2021-12-31T23:59:58Z");
      }
      times_[row] = *time;
    }
  }

  template <class Values>
  void convert_integers(const ArrowColumn& rows, const Values& values, Scale scale, std::size_t first_row) {
    for (std::size_t row = 0; row < values.size(); ++row) {
      const auto limit = std::numeric_limits<std::int64_t>::max() / scale.multiplier;
      if (std::cmp_greater(values[row], limit) || std::cmp_less(values[row], -limit)) {
        throw_out_of_range(rows, first_row, row, std::to_string(values[row]));
      }
      const auto value = static_cast<std::int64_t>(values[row]) * scale.multiplier;
      // Rounds towards the past, so that times of one second stay in it.
      times_[row] = value / scale.divisor - (value % scale.divisor < 0 ? 1 : 0);
    }
  }

  [[noreturn]] static void throw_out_of_range(const ArrowColumn& rows, std::size_t first_row, std::size_t row,
                                              const std::string& value) {
    throw InvalidData(row_text(rows, first_row, row) + ": the timestamp " + value +
                      " does not fit 64 bits of microseconds; is its unit another one?");
  }

  bool convert(const ArrowColumn& rows, std::size_t first_row) {
    const auto format = rows.format();
    if (rows.has_dictionary()) {
      return false;
    }
    if (format == "tdD") {
      convert_integers(rows, rows.values<std::int32_t>(), {.multiplier = 86'400'000'000}, first_row);
      return true;
    }
    if (format == "tdm" || format.substr(0, 2) == "ts") {
      const auto values = rows.values<std::int64_t>();
      const auto not_a_time = std::find(values.begin(), values.end(), std::numeric_limits<std::int64_t>::min());
      if (not_a_time != values.end()) {
        throw_missing(rows, first_row, static_cast<std::size_t>(not_a_time - values.begin()));
      }
      constexpr std::string_view units = "smun";
      const auto unit = format == "tdm" ? 1 : units.find(format.substr(2, 1));
      convert_integers(rows, values, scale_of(static_cast<TimeUnit>(unit)), first_row);
      return true;
    }
    const auto scale = scale_of(unit_);
    return visit_integers(rows, [&](const auto& values) { convert_integers(rows, values, scale, first_row); }) ||
           visit_floats(rows, [&](const auto& values) {
             const double factor = static_cast<double>(scale.multiplier) / static_cast<double>(scale.divisor);
             for (std::size_t row = 0; row < values.size(); ++row) {
               const double time = static_cast<double>(values[row]) * factor;
               if (!(std::abs(time) < 9.2e18)) {
                 throw_out_of_range(rows, first_row, row, number_text(static_cast<double>(values[row])));
               }
               times_[row] = std::llround(time);
             }
           });
  }

  ArrowColumn column_;
  TimeUnit unit_;
  std::unique_ptr<ArrowIds> texts_{};
  std::vector<std::int64_t> times_{};
};

}  // namespace recocore::detail
