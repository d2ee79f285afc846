/// Values as they came, as a column of a kind.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/core/time.hpp>
#include <recocore/data/attribute_table.hpp>
#include <recocore/impl/data/column_rows.hpp>
#include <recocore/impl/data/convert_column.hpp>
#include <recocore/impl/io/list_text.hpp>
#include <recocore/impl/io/raw_column.hpp>

namespace recocore::detail {

/// Makes a column of one kind; its ids are for messages.
class KindConverter {
 public:
  KindConverter(const RawColumn& from, const RawColumn& ids, ColumnKind kind) : from_(from), ids_(ids), kind_(kind) {}

  /// @param dimensions of vectors, where none of the rows has one.
  [[nodiscard]] Column run(std::size_t dimensions = 0) {
    switch (kind_) {
      case ColumnKind::category:
        return category();
      case ColumnKind::labels:
        return labels();
      case ColumnKind::number:
        return numbers();
      case ColumnKind::flag:
        return flags();
      case ColumnKind::text:
        return texts();
      case ColumnKind::date:
        return dates();
      case ColumnKind::point:
        return points();
      case ColumnKind::embedding:
        break;
    }
    return embedding(dimensions);
  }

  [[nodiscard]] std::string where(std::size_t row) const {
    return "row " + std::to_string(row) + " (id " + ids_.shown(row) + "), column " + to_display(from_.name());
  }

 private:
  [[noreturn]] void fail(std::size_t row, std::string_view wanted) const {
    throw InvalidData(where(row) + ": " + from_.shown(row) + " is not " + std::string(wanted) +
                      "; mend it, or read the column as another kind than '" + std::string(to_string(kind_)) + "'");
  }

  [[nodiscard]] bool is_missing(std::size_t row) const {
    return from_.is_missing(row) || (from_.type() == RawType::text && from_.text(row).empty());
  }
  /// Where only certain texts are values, "null" is none.
  [[nodiscard]] bool is_no_value(std::size_t row) const {
    return is_missing(row) || (from_.type() == RawType::text && means_missing(from_.text(row)));
  }

  /// Whether all texts are integers as they are written; only asked of text files, where nothing else tells.
  [[nodiscard]] DictionaryKind kind_of_values() const {
    if (from_.type() != RawType::text) {
      return std::nullopt;
    }
    for (std::size_t row = 0; from_.is_untyped() && row < from_.size(); ++row) {
      if (!is_missing(row) && !written_integer(from_.text(row))) {
        return IdKind::text;
      }
    }
    return from_.is_untyped() ? IdKind::integer : IdKind::text;
  }

  [[nodiscard]] std::uint32_t encode(DictionaryBuilder& dictionary, const RawColumn& values, std::size_t at,
                                     std::size_t row) const {
    std::optional<std::uint32_t> code;
    if (values.type() == RawType::text) {
      code = dictionary.encode(IdView(values.text(at)));
    } else if (values.type() == RawType::flag) {
      code = dictionary.encode(IdView(std::string_view(values.integer(at) != 0 ? "True" : "False")));
    } else if (values.type() == RawType::integer) {
      code = dictionary.encode(IdView(values.integer(at)));
    } else if (values.type() == RawType::real) {
      if (const auto integer = exact_integer(values.number(at))) {
        code = dictionary.encode(IdView(*integer));
      }
    }
    if (!code) {
      fail(row, "a whole number or text");
    }
    return *code;
  }

  [[nodiscard]] Column category() const {
    CategoryColumn column{.codes = std::vector<std::uint32_t>(from_.size(), CategoryColumn::missing)};
    DictionaryBuilder dictionary(kind_of_values());
    for (std::size_t row = 0; row < from_.size(); ++row) {
      if (!is_missing(row)) {
        column.codes[row] = encode(dictionary, from_, row, row);
      }
    }
    to_positions(column, dictionary);
    return column;
  }

  /// The first of these that occurs in a column of text separates its labels.
  [[nodiscard]] char separator() const {
    constexpr std::array separators{'|', ';', ','};
    const auto occurs = [this](char separator) {
      for (std::size_t row = 0; row < from_.size(); ++row) {
        if (!from_.is_missing(row) && from_.text(row).find(separator) != std::string_view::npos) {
          return true;
        }
      }
      return false;
    };
    const auto* const found = std::find_if(separators.begin(), separators.end(), occurs);
    return found == separators.end() ? separators.front() : *found;
  }

  [[nodiscard]] RawColumn split_texts() const {
    const char between = separator();
    RawColumn lists(from_.name());
    for (std::size_t row = 0; row < from_.size(); ++row) {
      RawColumn elements(from_.name(), true);
      auto rest = is_missing(row) ? std::string_view{} : from_.text(row);
      while (!rest.empty()) {
        const auto end = std::min(rest.find(between), rest.size());
        elements.add_text(trimmed(rest.substr(0, end)));
        rest.remove_prefix(std::min(end + 1, rest.size()));
      }
      lists.add_list(elements, 0, elements.size());
    }
    return lists;
  }

  [[nodiscard]] Column labels() const {
    if (from_.type() == RawType::text) {
      const auto lists = lists_of_texts(from_);
      return lists ? labels_of(*lists) : labels_of(split_texts());
    }
    return labels_of(from_);
  }

  [[nodiscard]] Column labels_of(const RawColumn& lists) const {
    LabelsColumn column;
    column.offsets.reserve(lists.size() + 1);
    DictionaryBuilder dictionary(std::nullopt);
    const auto enter = [&](const RawColumn& values, std::size_t at, std::size_t row) {
      const bool is_empty = values.type() == RawType::text && values.text(at).empty();
      if (!values.is_missing(at) && !is_empty) {
        column.codes.push_back(encode(dictionary, values, at, row));
      }
    };
    for (std::size_t row = 0; row < lists.size(); ++row) {
      if (lists.type() != RawType::list) {
        enter(lists, row, row);
      } else if (!lists.is_missing(row)) {
        for (auto at = lists.list_begin(row); at < lists.list_end(row); ++at) {
          enter(lists.elements(), at, row);
        }
      }
      column.offsets.push_back(column.codes.size());
    }
    to_positions(column, dictionary);
    return column;
  }

  [[nodiscard]] Column numbers() const {
    NumberColumn column{std::vector<double>(from_.size(), not_a_number)};
    for (std::size_t row = 0; row < from_.size(); ++row) {
      if (!is_no_value(row)) {
        column.values[row] = number_at(row);
      }
    }
    return column;
  }

  [[nodiscard]] double number_at(std::size_t row) const {
    switch (from_.type()) {
      case RawType::flag:
      case RawType::integer:
      case RawType::real:
        return from_.number(row);
      case RawType::text:
        if (const auto number = written_number(trimmed(from_.text(row)))) {
          return *number;
        }
        break;
      case RawType::time:
      case RawType::list:
      case RawType::nothing:
        break;
    }
    fail(row, "a number");
  }

  [[nodiscard]] Column flags() const {
    FlagColumn column{std::vector<std::int8_t>(from_.size(), -1)};
    for (std::size_t row = 0; row < from_.size(); ++row) {
      if (!is_no_value(row)) {
        column.values[row] = flag_at(row) ? 1 : 0;
      }
    }
    return column;
  }

  [[nodiscard]] bool flag_at(std::size_t row) const {
    if (from_.type() == RawType::text) {
      const auto word = trimmed(from_.text(row));
      const auto is_one_of = [word](const auto& words) {
        return std::any_of(words.begin(), words.end(),
                           [word](std::string_view known) { return same_word(word, known); });
      };
      if (is_one_of(std::array<std::string_view, 5>{"true", "yes", "1", "t", "y"})) {
        return true;
      }
      if (is_one_of(std::array<std::string_view, 5>{"false", "no", "0", "f", "n"})) {
        return false;
      }
    } else if (from_.type() != RawType::time && from_.type() != RawType::list) {
      const double number = from_.number(row);
      if (number == 0.0 || number == 1.0) {
        return number != 0.0;
      }
    }
    fail(row, "yes or no (true, false, 1 or 0)");
  }

  [[nodiscard]] Column texts() const {
    TextColumn column;
    column.offsets.reserve(from_.size() + 1);
    for (std::size_t row = 0; row < from_.size(); ++row) {
      if (!is_missing(row)) {
        append_text(column.bytes, row);
      }
      column.offsets.push_back(column.bytes.size());
    }
    return column;
  }

  void append_text(std::string& bytes, std::size_t row) const {
    const auto append = [&bytes](const RawColumn& values, std::size_t at) {
      if (values.type() == RawType::text) {
        bytes += values.text(at);
      } else if (values.type() == RawType::time) {
        bytes += format_time(values.integer(at));
      } else {
        bytes += values.shown(at);
      }
    };
    if (from_.type() != RawType::list) {
      append(from_, row);
      return;
    }
    for (auto at = from_.list_begin(row); at < from_.list_end(row); ++at) {
      bytes += at == from_.list_begin(row) ? "" : ", ";
      append(from_.elements(), at);
    }
  }

  [[nodiscard]] Column dates() const {
    DateColumn column{std::vector<std::int64_t>(from_.size(), DateColumn::missing)};
    for (std::size_t row = 0; row < from_.size(); ++row) {
      if (!is_no_value(row)) {
        column.values[row] = date_at(row);
      }
    }
    return column;
  }

  [[nodiscard]] std::int64_t date_at(std::size_t row) const {
    if (from_.type() == RawType::time) {
      return from_.integer(row);
    }
    if (from_.type() == RawType::text) {
      if (const auto time = parse_time(trimmed(from_.text(row)))) {
        return *time;
      }
    } else if (from_.type() == RawType::integer) {
      constexpr auto largest = std::numeric_limits<std::int64_t>::max() / microseconds_per_second;
      if (from_.integer(row) <= largest && from_.integer(row) >= -largest) {
        return from_.integer(row) * microseconds_per_second;
      }
    }
    fail(row, "a date: a timestamp, ISO 8601 text such as 2021-12-31, or seconds since 1970");
  }

  /// A list of numbers; written as text it may lack its brackets.
  [[nodiscard]] RawColumn vectors() const {
    RawColumn lists(from_.name());
    for (std::size_t row = 0; row < from_.size(); ++row) {
      if (is_no_value(row)) {
        lists.add_missing();
      } else if (from_.type() == RawType::list) {
        lists.add(from_, row);
      } else if (from_.type() == RawType::text) {
        RawColumn elements(from_.name(), true);
        const auto text = std::string(trimmed(from_.text(row)));
        if (!ListText(ListText(text).looks_like_list() ? text : "[" + text + "]").read(elements)) {
          fail(row, "a list of numbers");
        }
        lists.add_list(elements, 0, elements.size());
      } else {
        fail(row, "a list of numbers");
      }
    }
    if (lists.type() == RawType::list && lists.elements().size() > 0 && lists.elements().type() != RawType::real &&
        lists.elements().type() != RawType::integer) {
      throw InvalidData("column " + to_display(from_.name()) + " has lists of other values than numbers; a " +
                        std::string(to_string(kind_)) + " is made of numbers");
    }
    return lists;
  }

  [[nodiscard]] Column points() const {
    PointColumn column{std::vector<double>(from_.size(), not_a_number),
                       std::vector<double>(from_.size(), not_a_number)};
    const auto lists = vectors();
    for (std::size_t row = 0; row < lists.size(); ++row) {
      if (!lists.is_missing(row)) {
        const auto begin = lists.list_begin(row);
        if (lists.list_end(row) - begin != 2) {
          fail(row, "a point: latitude and longitude");
        }
        column.latitude[row] = element(lists, begin);
        column.longitude[row] = element(lists, begin + 1);
      }
    }
    return column;
  }

  [[nodiscard]] static double element(const RawColumn& lists, std::size_t at) {
    return lists.elements().is_missing(at) ? not_a_number : lists.elements().number(at);
  }

  [[nodiscard]] Column embedding(std::size_t dimensions) const {
    const auto lists = vectors();
    std::optional<std::size_t> first;
    for (std::size_t row = 0; row < lists.size(); ++row) {
      if (!lists.is_missing(row)) {
        const auto size = lists.list_end(row) - lists.list_begin(row);
        if (!first) {
          first = row;
          dimensions = size;
        }
        if (size != dimensions || size == 0) {
          throw InvalidData(where(row) + ": the vector has " + std::to_string(size) + " values, but that of row " +
                            std::to_string(*first) + " has " + std::to_string(dimensions) +
                            "; all need the same number, at least one. Lists that are no vectors are read as the "
                            "kind 'labels'");
        }
      }
    }
    if (dimensions == 0) {
      throw InvalidData("column " + to_display(from_.name()) +
                        " has no vector in any row, so that its number of dimensions is not known; leave it out");
    }
    EmbeddingColumn column{
        .dimensions = dimensions,
        .values = std::vector<float>(lists.size() * dimensions, std::numeric_limits<float>::quiet_NaN())};
    for (std::size_t row = 0; row < lists.size(); ++row) {
      for (std::size_t d = 0; !lists.is_missing(row) && d < dimensions; ++d) {
        const double value = element(lists, lists.list_begin(row) + d);
        if (!(std::abs(value) <= static_cast<double>(std::numeric_limits<float>::max()))) {
          throw InvalidData(where(row) + ": value " + std::to_string(d) + " of the vector is " +
                            (std::isnan(value) ? "missing" : number_text(value)) +
                            "; all must be finite 32-bit numbers, or the whole vector missing");
        }
        column.values[row * dimensions + d] = static_cast<float>(value);
      }
    }
    return column;
  }

  const RawColumn& from_;
  const RawColumn& ids_;
  ColumnKind kind_;
};

}  // namespace recocore::detail
