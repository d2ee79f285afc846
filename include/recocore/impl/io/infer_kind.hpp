/// What kind a column is, told from its name and its values.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include <recocore/core/time.hpp>
#include <recocore/data/attribute_table.hpp>
#include <recocore/impl/io/list_text.hpp>
#include <recocore/impl/io/raw_column.hpp>

namespace recocore::detail {

/// Tables of fewer rows than this have categories as soon as one value repeats.
inline constexpr std::size_t small_table_rows = 30;

/// Whether a name says that integers are names rather than amounts: id, code, region_id, RegionID, countryCode.
[[nodiscard]] inline bool names_a_code(std::string_view name) {
  const auto ends_with = [name](std::string_view word) {
    if (name.size() < word.size() || !same_word(name.substr(name.size() - word.size()), word)) {
      return false;
    }
    if (name.size() == word.size()) {
      return true;
    }
    // A word of its own: after an underscore or the like, or by a capital after a small letter. "paid" is none.
    const auto before = static_cast<unsigned char>(name[name.size() - word.size() - 1]);
    const auto first = static_cast<unsigned char>(name[name.size() - word.size()]);
    return std::isalnum(before) == 0 || (std::isupper(first) != 0 && std::islower(before) != 0);
  };
  return ends_with("id") || ends_with("code");
}

/// Whether the values of a column of text repeat enough to be categories.
[[nodiscard]] inline bool values_repeat(const RawColumn& texts) {
  std::unordered_set<std::string_view> different;
  std::size_t present = 0;
  for (std::size_t row = 0; row < texts.size(); ++row) {
    if (!texts.is_missing(row) && !texts.text(row).empty()) {
      different.insert(texts.text(row));
      ++present;
    }
  }
  return different.size() * 2 <= present || (texts.size() < small_table_rows && different.size() < present);
}

/// Whether all values of a column of text pass a test, and there are any. In a text file "null" and the like are none.
template <class Test>
[[nodiscard]] bool all_texts(const RawColumn& texts, const Test& test) {
  bool any = false;
  for (std::size_t row = 0; row < texts.size(); ++row) {
    const bool is_there = !texts.is_missing(row) && !texts.text(row).empty();
    if (is_there && !(texts.is_untyped() && means_missing(texts.text(row)))) {
      if (!test(texts.text(row))) {
        return false;
      }
      any = true;
    }
  }
  return any;
}

/// Gives the values of a column from a text file the type they are written as.
[[nodiscard]] inline RawColumn typed_column(RawColumn texts) {
  if (!texts.is_untyped() || texts.type() != RawType::text) {
    return texts;
  }
  RawColumn typed(texts.name());
  const auto convert = [&](const auto& add) {
    for (std::size_t row = 0; row < texts.size(); ++row) {
      if (texts.is_missing(row) || means_missing(texts.text(row))) {
        typed.add_missing();
      } else {
        add(texts.text(row));
      }
    }
    return std::move(typed);
  };
  if (all_texts(texts, [](std::string_view text) { return written_integer(text).has_value(); })) {
    return convert([&](std::string_view text) { typed.add_integer(written_integer(text).value()); });
  }
  // A number with leading zeros, as in a postal code, is text.
  const auto is_number = [](std::string_view text) {
    const auto digits = text.substr(text.starts_with('-') ? 1 : 0);
    const bool has_zeros = digits.size() > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9';
    return !has_zeros && written_number(text).has_value();
  };
  if (all_texts(texts, is_number)) {
    return convert([&](std::string_view text) { typed.add_real(written_number(text).value()); });
  }
  if (all_texts(texts, [](std::string_view text) { return written_flag(text).has_value(); })) {
    return convert([&](std::string_view text) { typed.add_flag(written_flag(text).value()); });
  }
  return texts;
}

[[nodiscard]] inline ColumnKind infer_list_kind(const RawColumn& lists) {
  return lists.elements().type() == RawType::real ? ColumnKind::embedding : ColumnKind::labels;
}

/// The kind of a typed column that nobody named.
[[nodiscard]] inline ColumnKind infer_kind(const RawColumn& column) {
  switch (column.type()) {
    case RawType::flag:
      return ColumnKind::flag;
    case RawType::integer:
      return names_a_code(column.name()) || column.is_coded() ? ColumnKind::category : ColumnKind::number;
    case RawType::real:
      return ColumnKind::number;
    case RawType::time:
      return ColumnKind::date;
    case RawType::list:
      return infer_list_kind(column);
    case RawType::text:
      break;
    case RawType::nothing:
      return ColumnKind::category;
  }
  if (column.is_coded()) {
    return ColumnKind::category;
  }
  if (all_texts(column, [](std::string_view text) { return ListText(text).looks_like_list(); })) {
    if (const auto lists = lists_of_texts(column)) {
      return infer_list_kind(*lists);
    }
  }
  if (all_texts(column, [](std::string_view text) { return parse_time(text).has_value(); })) {
    return ColumnKind::date;
  }
  return values_repeat(column) ? ColumnKind::category : ColumnKind::text;
}

}  // namespace recocore::detail
