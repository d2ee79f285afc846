/// Filters over the rows of a table: dense loops, a term at a time.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <recocore/core/bit_set.hpp>
#include <recocore/impl/rank/where_values.hpp>

namespace recocore::detail {

/// Of two values of which neither is missing.
template <class T>
[[nodiscard]] bool holds(WhereCompare compare, const T& a, const T& b) {
  switch (compare) {
    case WhereCompare::equal:
      return a == b;
    case WhereCompare::unequal:
      return a != b;
    case WhereCompare::less:
      return a < b;
    case WhereCompare::at_most:
      return a <= b;
    case WhereCompare::above:
      return a > b;
    case WhereCompare::at_least:
      break;
  }
  return a >= b;
}

/// Of a time and a range of times.
[[nodiscard]] inline bool holds(WhereCompare compare, WhereTime a, WhereTime b) {
  const bool equal = a.first <= b.last && b.first <= a.last;
  switch (compare) {
    case WhereCompare::equal:
      return equal;
    case WhereCompare::unequal:
      return !equal;
    case WhereCompare::less:
      return a.last < b.first;
    case WhereCompare::at_most:
      return a.first <= b.last;
    case WhereCompare::above:
      return a.first > b.last;
    case WhereCompare::at_least:
      break;
  }
  return a.last >= b.first;
}

class WhereEvaluator {
  /// A function of rows: 1, 0, or -1 where it is missing.
  [[nodiscard]] auto flags(const WhereValue& value) const {
    const std::int8_t* values = nullptr;
    std::int8_t single = value.boolean ? 1 : 0;
    if (const auto* column = column_of(value, rows_); column != nullptr) {
      values = std::get<FlagColumn>(*column).values.data();
      if (!is_per_row(value)) {
        single = values[row_of(value, rows_)];
        values = nullptr;
      }
    }
    return [values, single](std::size_t row) { return values == nullptr ? single : values[row]; };
  }

  /// A function of rows.
  [[nodiscard]] auto times(const WhereValue& value) const {
    const std::int64_t* values = nullptr;
    WhereTime single{};
    if (value.kind == WhereValue::Kind::text) {
      single = time_range(value.text);
    } else {
      values = std::get<DateColumn>(*column_of(value, rows_)).values.data();
      if (!is_per_row(value)) {
        single = {values[row_of(value, rows_)], values[row_of(value, rows_)]};
        values = nullptr;
      }
    }
    return
        [values, single](std::size_t row) { return values == nullptr ? single : WhereTime{values[row], values[row]}; };
  }

 public:
  /// @param sets what is known already of single nodes; may be empty.
  WhereEvaluator(const WhereRows& rows, std::span<const BitSet> sets)
      : rows_(rows), sets_(sets), size_(rows.table->size()) {}

  [[nodiscard]] BitSet evaluate(const WhereNode& node) const {
    if (node.prepared < sets_.size()) {
      return sets_[node.prepared];
    }
    switch (node.kind) {
      case WhereNode::Kind::all:
      case WhereNode::Kind::any:
        return joined(node);
      case WhereNode::Kind::compare:
        return comparison(node);
      case WhereNode::Kind::in_list:
        return one_of(node.values[0], std::span(node.values).subspan(1), node.negated);
      case WhereNode::Kind::in_value:
        return membership(node);
      case WhereNode::Kind::is_missing:
        return missing(node);
      case WhereNode::Kind::flag:
        break;
    }
    const auto read = flags(node.values.front());
    return rows_where([&](std::size_t row) { return read(row) == (node.negated ? 0 : 1); });
  }

 private:
  template <class Holds>
  [[nodiscard]] BitSet rows_where(const Holds& is_true) const {
    BitSet result(size_);
    for (std::size_t row = 0; row < size_; ++row) {
      if (is_true(row)) {
        result.set(row);
      }
    }
    return result;
  }

  [[nodiscard]] BitSet joined(const WhereNode& node) const {
    const bool all = node.kind == WhereNode::Kind::all;
    BitSet result = evaluate(node.parts.front());
    for (std::size_t i = 1; i < node.parts.size(); ++i) {
      const auto next = evaluate(node.parts[i]);
      if (all) {
        result &= next;
      } else {
        result |= next;
      }
    }
    return result;
  }

  [[nodiscard]] BitSet missing(const WhereNode& node) const {
    const auto& value = node.values.front();
    const auto& column = *column_of(value, rows_);
    if (!is_per_row(value)) {
      return BitSet(size_, is_missing(column, row_of(value, rows_)) != node.negated);
    }
    return rows_where([&](std::size_t row) { return is_missing(column, row) != node.negated; });
  }

  template <class T>
  [[nodiscard]] bool is(const WhereValue& value) const {
    const auto* column = column_of(value, rows_);
    return column != nullptr && std::holds_alternative<T>(*column);
  }

  [[nodiscard]] bool is_flag(const WhereValue& value) const {
    return value.kind == WhereValue::Kind::boolean || is<FlagColumn>(value);
  }
  [[nodiscard]] bool is_worded(const WhereValue& value) const {
    return value.kind == WhereValue::Kind::text || is<TextColumn>(value) || is<LabelsColumn>(value) ||
           is<CategoryColumn>(value);
  }
  /// Not a category of whole numbers, which is both.
  [[nodiscard]] bool is_number(const WhereValue& value) const {
    return !is_flag(value) && !is_worded(value) && !is<DateColumn>(value);
  }

  [[nodiscard]] BitSet comparison(const WhereNode& node) const {
    const auto& a = node.values[0];
    const auto& b = node.values[1];
    const auto compare = node.compare;
    if (is<DateColumn>(a) || is<DateColumn>(b)) {
      const auto read_a = times(a);
      const auto read_b = times(b);
      return rows_where([&](std::size_t row) {
        const auto time_a = read_a(row);
        const auto time_b = read_b(row);
        return time_a.first != DateColumn::missing && time_b.first != DateColumn::missing &&
               holds(compare, time_a, time_b);
      });
    }
    if (is_flag(a)) {
      const auto read_a = flags(a);
      const auto read_b = flags(b);
      return rows_where([&](std::size_t row) {
        return read_a(row) >= 0 && read_b(row) >= 0 && holds(compare, read_a(row), read_b(row));
      });
    }
    const bool in_order = is_order(compare) && is<CategoryColumn>(a) && is<CategoryColumn>(b);
    if (is<LabelsColumn>(a) || is<LabelsColumn>(b) || !(is_number(a) || is_number(b) || in_order)) {
      return words(compare, a, b);
    }
    switch (compare) {
      case WhereCompare::equal:
        return numbers_where(a, b, [](double x, double y) { return x == y; });
      case WhereCompare::unequal:
        return numbers_where(a, b, [](double x, double y) { return x < y || x > y; });
      case WhereCompare::less:
        return numbers_where(a, b, [](double x, double y) { return x < y; });
      case WhereCompare::at_most:
        return numbers_where(a, b, [](double x, double y) { return x <= y; });
      case WhereCompare::above:
        return numbers_where(a, b, [](double x, double y) { return x > y; });
      case WhereCompare::at_least:
        break;
    }
    return numbers_where(a, b, [](double x, double y) { return x >= y; });
  }

  /// What compares with NaN is false, for all that are asked.
  template <class Holds>
  [[nodiscard]] BitSet numbers_where(const WhereValue& a, const WhereValue& b, const Holds& is_true) const {
    BitSet result(size_);
    WhereBlock left{};
    WhereBlock right{};
    for (std::size_t begin = 0; begin < size_; begin += where_block) {
      const std::size_t count = std::min(where_block, size_ - begin);
      numbers(a, rows_, begin, count, left);
      numbers(b, rows_, begin, count, right);
      for (std::size_t word = 0; word < count; word += BitSet::bits_per_word) {
        std::uint64_t bits = 0;
        const std::size_t end = std::min(count, word + BitSet::bits_per_word);
        for (std::size_t i = word; i < end; ++i) {
          bits |= static_cast<std::uint64_t>(is_true(left[i], right[i])) << (i - word);
        }
        result.set_word((begin + word) / BitSet::bits_per_word, bits);
      }
    }
    return result;
  }

  /// Of text, categories and labels.
  [[nodiscard]] BitSet words(WhereCompare compare, const WhereValue& a, const WhereValue& b) const {
    if (!is_per_row(a) && is_per_row(b)) {
      return words(mirrored(compare), b, a);
    }
    if (is_per_row(a) && is_per_row(b)) {
      return rows_where([&](std::size_t row) { return shares(compare, at(a, row), at(b, row)); });
    }
    const auto ids = ids_of(b, rows_);
    if (is_per_row(a)) {
      return is_order(compare) ? ordered(compare, a, ids) : having(a, ids, compare == WhereCompare::unequal);
    }
    return BitSet(size_, shares(compare, ids_of(a, rows_), ids));
  }

  [[nodiscard]] std::vector<IdView> at(const WhereValue& value, std::size_t row) const {
    WhereRows here = rows_;
    here.item = {rows_.table, row};
    WhereValue single{.kind = WhereValue::Kind::column, .scope = WhereScope::item, .text = value.text};
    return ids_of(single, here);
  }

  /// Equal: have one in common.
  [[nodiscard]] static bool shares(WhereCompare compare, const std::vector<IdView>& a, const std::vector<IdView>& b) {
    if (a.empty() || b.empty()) {
      return false;
    }
    const bool common = std::any_of(a.begin(), a.end(),
                                    [&b](const IdView& id) { return std::find(b.begin(), b.end(), id) != b.end(); });
    return common == (compare == WhereCompare::equal);
  }

  /// Rows that have one of the ids or, negated, something but none of them.
  [[nodiscard]] BitSet having(const WhereValue& value, const std::vector<IdView>& ids, bool negated) const {
    if (ids.empty()) {
      return BitSet(size_);
    }
    const auto& column = *column_of(value, rows_);
    if (const auto* text = std::get_if<TextColumn>(&column)) {
      return rows_where([&](std::size_t row) {
        const auto held = text->of(row);
        return !held.empty() && (std::find(ids.begin(), ids.end(), IdView(held)) != ids.end()) != negated;
      });
    }
    const auto* category = std::get_if<CategoryColumn>(&column);
    const auto& values = category != nullptr ? category->values : std::get<LabelsColumn>(column).values;
    std::vector<std::uint8_t> wanted(values.size(), 0);
    for (const auto& id : ids) {
      if (const auto code = values.find(id)) {
        wanted[*code] = 1;
      }
    }
    if (category != nullptr) {
      return coded(*category, wanted, negated);
    }
    const auto& labels = std::get<LabelsColumn>(column);
    return rows_where([&](std::size_t row) {
      const auto codes = labels.of(row);
      return !codes.empty() &&
             std::any_of(codes.begin(), codes.end(), [&](std::uint32_t code) { return wanted[code] != 0; }) != negated;
    });
  }

  [[nodiscard]] BitSet coded(const CategoryColumn& category, std::vector<std::uint8_t>& wanted, bool negated) const {
    if (negated) {
      std::transform(wanted.begin(), wanted.end(), wanted.begin(), [](std::uint8_t w) { return w ^ std::uint8_t{1}; });
    }
    wanted.push_back(0);  // of what is missing
    const std::size_t last = wanted.size() - 1;
    BitSet result(size_);
    for (std::size_t begin = 0; begin < size_; begin += BitSet::bits_per_word) {
      std::uint64_t bits = 0;
      const std::size_t end = std::min(size_, begin + BitSet::bits_per_word);
      for (std::size_t row = begin; row < end; ++row) {
        const std::size_t code = std::min<std::size_t>(category.codes[row], last);
        bits |= static_cast<std::uint64_t>(wanted[code]) << (row - begin);
      }
      result.set_word(begin / BitSet::bits_per_word, bits);
    }
    return result;
  }

  /// A category against one id, by the order of ids.
  [[nodiscard]] BitSet ordered(WhereCompare compare, const WhereValue& value, const std::vector<IdView>& ids) const {
    const auto* category = std::get_if<CategoryColumn>(column_of(value, rows_));
    if (category == nullptr || ids.size() != 1) {
      return BitSet(size_);
    }
    std::vector<std::uint8_t> wanted(category->values.size());
    for (std::size_t code = 0; code < wanted.size(); ++code) {
      wanted[code] = holds(compare, category->values.at(code), ids.front()) ? 1 : 0;
    }
    return coded(*category, wanted, false);
  }

  [[nodiscard]] BitSet one_of(const WhereValue& value, std::span<const WhereValue> list, bool negated) const {
    if (is_worded(value) && (list.front().kind == WhereValue::Kind::text || is<LabelsColumn>(value))) {
      std::vector<IdView> ids;
      for (const auto& element : list) {
        ids.push_back(ids_of(element, rows_).front());
      }
      return is_per_row(value) ? having(value, ids, negated)
                               : BitSet(size_, shares(negated ? WhereCompare::unequal : WhereCompare::equal,
                                                      ids_of(value, rows_), ids));
    }
    if (is<DateColumn>(value)) {
      const auto read = times(value);
      std::vector<WhereTime> ranges;
      for (const auto& element : list) {
        ranges.push_back(time_range(element.text));
      }
      return rows_where([&](std::size_t row) {
        const auto time = read(row);
        return time.first != DateColumn::missing && std::any_of(ranges.begin(), ranges.end(), [&](WhereTime range) {
                                                      return holds(WhereCompare::equal, time, range);
                                                    }) != negated;
      });
    }
    if (is_flag(value)) {
      const auto read = flags(value);
      return rows_where([&](std::size_t row) {
        const auto flag = read(row);
        return flag >= 0 && std::any_of(list.begin(), list.end(), [flag](const WhereValue& element) {
                              return (flag == 1) == element.boolean;
                            }) != negated;
      });
    }
    std::vector<double> wanted;
    for (const auto& element : list) {
      wanted.push_back(element.number);
    }
    std::sort(wanted.begin(), wanted.end());
    return numbers_where(value, list.front(), [&](double x, double /*unused*/) {
      return !std::isnan(x) && std::binary_search(wanted.begin(), wanted.end(), x) != negated;
    });
  }

  [[nodiscard]] BitSet membership(const WhereNode& node) const {
    const auto& left = node.values[0];
    const auto& right = node.values[1];
    if (!is<TextColumn>(right)) {
      return words(node.negated ? WhereCompare::unequal : WhereCompare::equal, left, right);
    }
    return rows_where([&](std::size_t row) {
      const auto part = is_per_row(left) ? at(left, row) : ids_of(left, rows_);
      const auto whole = is_per_row(right) ? at(right, row) : ids_of(right, rows_);
      if (part.empty() || whole.empty()) {
        return false;
      }
      const auto* text = std::get_if<std::string_view>(&part.front());
      return text != nullptr &&
             (std::get<std::string_view>(whole.front()).find(*text) != std::string_view::npos) != node.negated;
    });
  }

  WhereRows rows_;
  std::span<const BitSet> sets_;
  std::size_t size_;
};

}  // namespace recocore::detail
