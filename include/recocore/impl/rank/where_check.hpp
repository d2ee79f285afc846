/// What the values of a filter are, and whether they go together.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <recocore/core/time.hpp>
#include <recocore/data/catalogue.hpp>
#include <recocore/impl/core/nearest_name.hpp>
#include <recocore/impl/rank/where_ast.hpp>

namespace recocore::detail {

/// Those of columns are in the order of `ColumnKind`.
enum class WhereKind : std::uint8_t {
  category,
  labels,
  number,
  flag,
  text,
  date,
  point,
  embedding,
  quoted,   ///< text in the expression
  boolean,  ///< true or false in the expression
};

inline constexpr std::array<std::string_view, 10> where_kind_names{
    "a category", "labels",       "a number", "a flag, true or false", "text", "a date",
    "a place",    "an embedding", "text",     "true or false"};

/// Ids that are numbers, if there are any.
[[nodiscard]] inline bool has_integers(const IdMap& values) {
  return values.size() > 0 && values.kind() == IdKind::integer;
}

class WhereChecker {
 public:
  WhereChecker(std::string_view text, const Catalogue& catalogue, const Catalogue* users)
      : text_(text), catalogue_(catalogue), users_(users) {}

  /// @throws InvalidParameter
  void check(const WhereNode& node) const {
    switch (node.kind) {
      case WhereNode::Kind::all:
      case WhereNode::Kind::any:
        for (const auto& part : node.parts) {
          check(part);
        }
        return;
      case WhereNode::Kind::compare:
        comparison(node, node.values[0], node.values[1], is_order(node.compare));
        return;
      case WhereNode::Kind::in_list:
        for (std::size_t i = 1; i < node.values.size(); ++i) {
          comparison(node, node.values[0], node.values[i], false);
        }
        return;
      case WhereNode::Kind::in_value:
        membership(node);
        return;
      case WhereNode::Kind::is_missing:
        static_cast<void>(kind(node.values.front()));
        return;
      case WhereNode::Kind::flag:
        break;
    }
    const auto& value = node.values.front();
    if (const auto is = kind(value); is != WhereKind::flag && is != WhereKind::boolean) {
      fail(value.at, shown(value) + " is " + name(is) + ", not a condition; compare it with something");
    }
  }

 private:
  [[noreturn]] void fail(std::size_t at, const std::string& what) const { throw_where(text_, at, what); }

  [[nodiscard]] static std::string name(WhereKind kind) {
    return std::string(where_kind_names[static_cast<std::size_t>(kind)]);
  }

  [[nodiscard]] static std::string shown(const WhereValue& value) {
    if (value.kind != WhereValue::Kind::column) {
      return "this";
    }
    constexpr std::array<std::string_view, 3> scopes{"", "item.", "user."};
    return to_display(std::string(scopes[static_cast<std::size_t>(value.scope)]) + value.text);
  }

  [[nodiscard]] const Column& column(const WhereValue& value) const {
    const bool of_user = value.scope == WhereScope::user;
    if (of_user && users_ == nullptr) {
      fail(value.at, "nothing is known about users here: there is no table of them");
    }
    const auto& table = of_user ? *users_ : catalogue_;
    if (const auto* found = table.find(value.text); found != nullptr) {
      return *found;
    }
    std::vector<std::string> names;
    for (const auto& known : table.base().columns()) {
      names.push_back(known.name);
    }
    fail(value.at, no_such_column_text(value.text, names) + (of_user ? " (of users)" : ""));
  }

  [[nodiscard]] WhereKind kind(const WhereValue& value) const {
    switch (value.kind) {
      case WhereValue::Kind::column:
        return static_cast<WhereKind>(kind_of(column(value)));
      case WhereValue::Kind::text:
        return WhereKind::quoted;
      case WhereValue::Kind::boolean:
        return WhereKind::boolean;
      case WhereValue::Kind::distance:
        for (const auto& part : value.parts) {
          if (part.kind == WhereValue::Kind::column && kind(part) != WhereKind::point) {
            fail(part.at, shown(part) + " is " + name(kind(part)) + "; distance needs places");
          }
        }
        return WhereKind::number;
      case WhereValue::Kind::number:
      case WhereValue::Kind::place:
        return WhereKind::number;
      case WhereValue::Kind::negate:
      case WhereValue::Kind::add:
      case WhereValue::Kind::multiply:
      case WhereValue::Kind::divide:
        break;
    }
    for (const auto& part : value.parts) {
      if (const auto is = kind(part); is != WhereKind::number && !is_whole_number(part)) {
        fail(part.at, shown(part) + " is " + name(is) + "; only numbers can be reckoned with");
      }
    }
    return WhereKind::number;
  }

  /// The dictionary of a category or of labels.
  [[nodiscard]] const IdMap* values_of(const WhereValue& value) const {
    if (value.kind == WhereValue::Kind::column) {
      const auto& found = column(value);
      if (const auto* category = std::get_if<CategoryColumn>(&found)) {
        return &category->values;
      }
      if (const auto* labels = std::get_if<LabelsColumn>(&found)) {
        return &labels->values;
      }
    }
    return nullptr;
  }

  [[nodiscard]] bool is_whole_number(const WhereValue& value) const {
    const auto* values = values_of(value);
    return values != nullptr && kind(value) == WhereKind::category && has_integers(*values);
  }

  /// Of values made of text or of whole numbers: whether one is the one and the other the other.
  [[nodiscard]] bool mixes(const WhereValue& a, const WhereValue& b) const {
    const auto* mine = values_of(a);
    const auto* others = values_of(b);
    if (mine == nullptr || mine->size() == 0) {
      return false;
    }
    if (others != nullptr) {
      return others->size() > 0 && others->kind() != mine->kind();
    }
    const auto is = kind(b);
    return (mine->kind() == IdKind::integer) != (is == WhereKind::number);
  }

  void comparison(const WhereNode& node, const WhereValue& a, const WhereValue& b, bool order) const {
    const auto kind_a = kind(a);
    const auto kind_b = kind(b);
    for (const auto* value : {&a, &b}) {
      const auto is = kind(*value);
      if (is == WhereKind::point) {
        fail(value->at, shown(*value) + " is a place; did you mean distance(" + value->text + ", ...) < 5?");
      }
      if (is == WhereKind::embedding) {
        fail(value->at, shown(*value) + " is an embedding, which cannot be compared");
      }
    }
    const auto worded = [](WhereKind is) {
      return is == WhereKind::category || is == WhereKind::labels || is == WhereKind::text || is == WhereKind::quoted;
    };
    const auto is_flag = [](WhereKind is) { return is == WhereKind::flag || is == WhereKind::boolean; };
    const auto numeric = [&](const WhereValue& value, WhereKind is) {
      return is == WhereKind::number || is_whole_number(value);
    };
    const bool both_numbers = numeric(a, kind_a) && numeric(b, kind_b);
    const bool both_dates =
        (kind_a == WhereKind::date && dated(b, kind_b)) || (kind_b == WhereKind::date && dated(a, kind_a));
    const bool label_and_number =
        (kind_a == WhereKind::labels && kind_b == WhereKind::number && b.kind == WhereValue::Kind::number) ||
        (kind_b == WhereKind::labels && kind_a == WhereKind::number && a.kind == WhereValue::Kind::number);
    const bool fits = both_numbers || both_dates || (is_flag(kind_a) && is_flag(kind_b)) ||
                      (((worded(kind_a) && worded(kind_b)) || label_and_number) && !mixes(a, b) && !mixes(b, a));
    if (!fits) {
      fail(node.at, described(a, kind_a) + " and " + described(b, kind_b) + " cannot be compared");
    }
    const bool sorted =
        both_numbers || both_dates || one_category(a, kind_a, kind_b) || one_category(b, kind_b, kind_a);
    if (order && !sorted) {
      fail(node.at,
           described(a, kind_a) + " and " + described(b, kind_b) + " have no order; compare them with == or !=");
    }
  }

  /// A category may be ordered against a single text.
  [[nodiscard]] static bool one_category(const WhereValue& value, WhereKind is, WhereKind other) {
    return is == WhereKind::category && value.scope == WhereScope::row && other == WhereKind::quoted;
  }

  [[nodiscard]] std::string described(const WhereValue& value, WhereKind is) const {
    std::string result = name(is);
    if (const auto* values = values_of(value); values != nullptr && values->size() > 0) {
      result += values->kind() == IdKind::integer ? " of whole numbers" : " of text";
    }
    return value.kind == WhereValue::Kind::column ? shown(value) + " (" + result + ")" : result;
  }

  [[nodiscard]] bool dated(const WhereValue& value, WhereKind is) const {
    if (is == WhereKind::quoted && !parse_time(value.text)) {
      fail(value.at, "this is not a date; write it as '2024-05-31' or '2024-05-31 18:30'");
    }
    return is == WhereKind::date || is == WhereKind::quoted;
  }

  void membership(const WhereNode& node) const {
    const auto& left = node.values[0];
    const auto& right = node.values[1];
    const auto is = kind(right);
    if (is == WhereKind::text) {
      if (const auto of = kind(left); of != WhereKind::quoted && of != WhereKind::text && of != WhereKind::category) {
        fail(node.at, described(left, of) + " cannot be part of a text");
      }
      return;
    }
    if (is != WhereKind::labels) {
      fail(right.at,
           described(right, is) + " is no list; 'in' needs a list such as ['a', 'b'], a column of labels or a text");
    }
    comparison(node, left, right, false);
  }

  std::string_view text_;
  const Catalogue& catalogue_;
  const Catalogue* users_;
};

}  // namespace recocore::detail
