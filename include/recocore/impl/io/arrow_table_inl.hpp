#pragma once

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/index.hpp>
#include <recocore/impl/io/arrow_column.hpp>
#include <recocore/impl/io/arrow_ids.hpp>
#include <recocore/impl/io/arrow_stream.hpp>
#include <recocore/impl/io/make_table.hpp>
#include <recocore/impl/io/raw_column.hpp>
#include <recocore/io/arrow_table.hpp>

namespace recocore {

namespace detail {

/// Appends the values of an Arrow column to a column of ours.
class RawAppender {
 public:
  RawAppender(RawColumn& to, const ArrowColumn& from) : to_(to), from_(from) {}

  void run() {
    const auto format = from_.format();
    if (from_.has_dictionary()) {
      add_coded();
    } else if (format == "n") {
      for (std::size_t row = 0; row < from_.size(); ++row) {
        to_.add_missing();
      }
    } else if (format == "b") {
      each([this](std::size_t row) { to_.add_flag(from_.bit(row)); });
    } else if (format == "u") {
      add_texts<std::int32_t>();
    } else if (format == "U") {
      add_texts<std::int64_t>();
    } else if (format == "vu") {
      each([this](std::size_t row) { to_.add_text(text_view_at(from_, row)); });
    } else if (format == "+l") {
      add_lists<std::int32_t>();
    } else if (format == "+L") {
      add_lists<std::int64_t>();
    } else if (format.starts_with("+w:")) {
      add_vectors(format.substr(3));
    } else if (format == "tdD") {
      add_times(from_.values<std::int32_t>(), microseconds_per_day, 1);
    } else if (format == "tdm" || format.starts_with("ts")) {
      add_timestamps(format == "tdm" ? 'm' : format[2]);
    } else if (!add_numbers()) {
      throw InvalidData("column " + to_display(from_.name()) + " has values of the type " + arrow_type_name(from_) +
                        ", which no kind of column holds; convert it, or leave it out with the kind 'ignore'");
    }
  }

 private:
  /// Calls `add(row)` for the rows that have a value.
  template <class Add>
  void each(const Add& add) {
    for (std::size_t row = 0; row < from_.size(); ++row) {
      if (from_.is_null(row)) {
        to_.add_missing();
      } else {
        add(row);
      }
    }
  }

  template <class Offset>
  void add_texts() {
    const PackedText<Offset> texts{from_.offsets<Offset>(), from_.buffer<char>(2)};
    each([&](std::size_t row) { to_.add_text(texts[row]); });
  }

  [[nodiscard]] bool add_numbers() {
    return visit_floats(from_,
                        [this](const auto& values) {
                          each([&](std::size_t row) { to_.add_real(static_cast<double>(values[row])); });
                        }) ||
           visit_integers(from_,
                          [this](const auto& values) {
                            each([&](std::size_t row) {
                              if (std::cmp_greater(values[row], std::numeric_limits<std::int64_t>::max())) {
                                to_.add_real(static_cast<double>(values[row]));
                              } else {
                                to_.add_integer(static_cast<std::int64_t>(values[row]));
                              }
                            });
                          }) ||
           visit_decimals(from_, [this](const auto& values, double divisor) {
             each([&](std::size_t row) { to_.add_real(values[row].to_double() / divisor); });
           });
  }

  template <class Values>
  void add_times(const Values& values, std::int64_t multiplier, std::int64_t divisor) {
    each([&](std::size_t row) {
      const auto amount = static_cast<std::int64_t>(values[row]);
      const auto limit = std::numeric_limits<std::int64_t>::max() / multiplier;
      if (amount == std::numeric_limits<std::int64_t>::min()) {
        to_.add_missing();
      } else if (amount > limit || amount < -limit) {
        throw InvalidData("row " + std::to_string(to_.size()) + ", column " + to_display(from_.name()) +
                          ": the time does not fit 64 bits of microseconds; is its unit another one?");
      } else {
        // Rounds towards the past, so that times of one second stay in it.
        const auto time = amount * multiplier;
        to_.add_time(time / divisor - (time % divisor < 0 ? 1 : 0));
      }
    });
  }

  void add_timestamps(char unit) {
    const auto values = from_.values<std::int64_t>();
    add_times(values, unit == 's' ? microseconds_per_second : unit == 'm' ? 1'000 : 1, unit == 'n' ? 1'000 : 1);
  }

  /// Elements [begin, begin + count), of which lists are parts.
  [[nodiscard]] RawColumn elements(std::size_t begin, std::size_t count) const {
    RawColumn result(from_.name(), true);
    const auto child = from_.child(begin, count);
    if (child.format().starts_with('+')) {
      throw InvalidData("column " + to_display(from_.name()) + " has lists within lists; a row may have one list");
    }
    RawAppender(result, child).run();
    return result;
  }

  template <class Offset>
  void add_lists() {
    const auto offsets = from_.offsets<Offset>();
    if (offsets.empty()) {
      return;
    }
    const auto first = static_cast<std::size_t>(offsets.front());
    if (!std::is_sorted(offsets.begin(), offsets.end()) || offsets.front() < 0) {
      throw InvalidData("the column " + to_display(from_.name()) +
                        " of this Arrow table is malformed: its offsets do "
                        "not ascend");
    }
    const auto values = elements(first, static_cast<std::size_t>(offsets.back()) - first);
    each([&](std::size_t row) {
      to_.add_list(values, static_cast<std::size_t>(offsets[row]) - first,
                   static_cast<std::size_t>(offsets[row + 1]) - first);
    });
  }

  void add_vectors(std::string_view digits) {
    const auto size = written_integer(digits);
    if (!size || *size < 0) {
      throw InvalidData("the column " + to_display(from_.name()) + " of this Arrow table is malformed: '" +
                        std::string(from_.format()) + "' is no format");
    }
    const auto length = static_cast<std::size_t>(*size);
    const auto values = elements(from_.offset() * length, from_.size() * length);
    each([&](std::size_t row) { to_.add_list(values, row * length, (row + 1) * length); });
  }

  void add_coded() {
    RawColumn values(from_.name());
    RawAppender(values, from_.dictionary()).run();
    to_.mark_coded();
    const bool is_integer = visit_integers(from_, [&](const auto& codes) {
      each([&](std::size_t row) {
        const auto code = static_cast<std::size_t>(codes[row]);
        if (code >= values.size()) {
          throw InvalidData("row " + std::to_string(to_.size()) + ", column " + to_display(from_.name()) +
                            ": the dictionary of the column has " + std::to_string(values.size()) +
                            " entries, but entry " + std::to_string(codes[row]) + " is named");
        }
        to_.add(values, code);
      });
    });
    if (!is_integer) {
      throw InvalidData("the column " + to_display(from_.name()) +
                        " of this Arrow table is malformed: its codes are no "
                        "integers");
    }
  }

  RawColumn& to_;
  const ArrowColumn& from_;
};

/// Collects the batches of a stream.
class ArrowRows {
 public:
  ArrowRows(const ArrowSchema& schema, const TableConfig& config) : schema_(schema) {
    if (std::string_view(schema.format) != "+s") {
      throw InvalidData("this Arrow stream is a single column; a table with named columns is needed");
    }
    for (std::int64_t i = 0; i < schema.n_children; ++i) {
      const char* name = schema.children[i]->name;
      columns_.emplace_back(name != nullptr ? name : "");
      is_ignored_.push_back(config.ignored.contains(columns_.back().name()));
    }
  }

  void add(const ArrowArray& batch, const RunOptions& options) {
    if (batch.n_children != schema_.n_children || batch.length < 0 || batch.offset < 0) {
      throw InvalidData("a batch of this Arrow stream is malformed: it has " + std::to_string(batch.n_children) +
                        " columns and " + std::to_string(batch.length) + " rows where the schema has " +
                        std::to_string(schema_.n_children) + " columns");
    }
    const auto rows = static_cast<std::size_t>(batch.length);
    const ArrowColumn all("", schema_, batch, 0, rows);
    if (const auto row = first_missing(all)) {
      throw InvalidData("row " + std::to_string(rows_ + *row) + " of the table is null as a whole; drop such rows");
    }
    for (std::size_t index = 0; index < columns_.size(); ++index) {
      throw_if_stopped(options);
      const ArrowColumn column(columns_[index].name(), *schema_.children[index], *batch.children[index],
                               static_cast<std::size_t>(batch.offset), rows);
      if (is_ignored_[index]) {
        for (std::size_t row = 0; row < rows; ++row) {
          columns_[index].add_missing();
        }
      } else {
        RawAppender(columns_[index], column).run();
      }
    }
    rows_ += rows;
  }

  [[nodiscard]] std::vector<RawColumn> take() { return std::move(columns_); }

 private:
  const ArrowSchema& schema_;
  std::vector<RawColumn> columns_{};
  std::vector<bool> is_ignored_{};
  std::size_t rows_ = 0;
};

}  // namespace detail

RECOCORE_INLINE AttributeTable read_attribute_table(ArrowArrayStream& stream, const TableConfig& config,
                                                    const RunOptions& options) {
  detail::ArrowReader reader(stream);
  detail::ArrowRows rows(reader.schema(), config);
  for (bool more = true; more;) {
    detail::ArrowOwned<ArrowArray> batch;
    more = reader.next(batch);
    if (more) {
      rows.add(*batch, options);
    }
  }
  return detail::TableMaker(rows.take(), config).run();
}

}  // namespace recocore
