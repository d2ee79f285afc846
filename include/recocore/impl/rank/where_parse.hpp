/// From text to a tree: conditions and values are told apart, `not` is pushed down to the terms.
#pragma once

#include <charconv>
#include <cmath>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <recocore/impl/rank/where_ast.hpp>
#include <recocore/impl/rank/where_grammar.hpp>

namespace recocore::detail {

class WhereBuilder {
 public:
  using Node = tao::pegtl::parse_tree::node;

  explicit WhereBuilder(std::string_view text) : text_(text) {}

  [[nodiscard]] WhereNode condition(const Node& node, bool negated) const {
    namespace g = where_grammar;
    if (node.is_type<g::Any>() || node.is_type<g::All>()) {
      WhereNode result{.kind = node.is_type<g::Any>() != negated ? WhereNode::Kind::any : WhereNode::Kind::all,
                       .at = position(node)};
      for (const auto& child : node.children) {
        result.parts.push_back(condition(*child, negated));
      }
      return result;
    }
    if (node.is_type<g::NotTerm>()) {
      return condition(*node.children.front(), !negated);
    }
    if (node.is_type<g::Comparison>()) {
      return comparison(node, negated);
    }
    if (node.is_type<g::Column>() || node.is_type<g::Boolean>()) {
      return {.kind = WhereNode::Kind::flag, .negated = negated, .at = position(node), .values = {value(node)}};
    }
    throw_where(text_, position(node), "this is a value; a condition is needed here, such as price < 80");
  }

 private:
  [[nodiscard]] static std::size_t position(const Node& node) { return node.begin().byte; }

  [[nodiscard]] WhereNode comparison(const Node& node, bool negated) const {
    namespace g = where_grammar;
    WhereNode chain{.kind = negated ? WhereNode::Kind::any : WhereNode::Kind::all, .at = position(node)};
    const Node* left = node.children.front().get();
    for (std::size_t i = 1; i < node.children.size(); ++i) {
      const Node& tail = *node.children[i];
      if (tail.is_type<g::CompareTail>()) {
        const Node& right = *tail.children.back();
        const auto compare = comparator(*tail.children.front());
        chain.parts.push_back({.kind = WhereNode::Kind::compare,
                               .compare = negated ? opposite(compare) : compare,
                               .at = position(tail),
                               .values = {value(*left), value(right)}});
        left = &right;
        continue;
      }
      if (node.children.size() > 2) {
        throw_where(text_, position(tail), "this does not go together with another comparison; join them by 'and'");
      }
      chain.parts.push_back(tail.is_type<g::IsTail>() ? is_missing(*left, tail, negated)
                                                      : membership(*left, tail, negated));
    }
    if (chain.parts.size() == 1) {
      return std::move(chain.parts.front());
    }
    return chain;
  }

  [[nodiscard]] WhereNode is_missing(const Node& left, const Node& tail, bool negated) const {
    const bool inverted = !tail.children.empty();
    WhereNode result{.kind = WhereNode::Kind::is_missing,
                     .negated = negated != inverted,
                     .at = position(tail),
                     .values = {value(left)}};
    if (result.values.front().kind != WhereValue::Kind::column) {
      throw_where(text_, position(left), "only a column can be missing");
    }
    return result;
  }

  [[nodiscard]] WhereNode membership(const Node& left, const Node& tail, bool negated) const {
    namespace g = where_grammar;
    const bool inverted = tail.children.front()->is_type<g::NotIn>();
    const Node& target = *tail.children.back();
    WhereNode result{.kind = WhereNode::Kind::in_value,
                     .negated = negated != inverted,
                     .at = position(tail),
                     .values = {value(left)}};
    if (target.is_type<g::List>()) {
      result.kind = WhereNode::Kind::in_list;
      for (const auto& child : target.children) {
        result.values.push_back(value(*child));
      }
    } else {
      result.values.push_back(value(target));
    }
    return result;
  }

  [[nodiscard]] static WhereCompare comparator(const Node& node) {
    namespace g = where_grammar;
    if (node.is_type<g::Equal>()) {
      return WhereCompare::equal;
    }
    if (node.is_type<g::Unequal>()) {
      return WhereCompare::unequal;
    }
    if (node.is_type<g::AtMost>()) {
      return WhereCompare::at_most;
    }
    if (node.is_type<g::AtLeast>()) {
      return WhereCompare::at_least;
    }
    return node.is_type<g::Less>() ? WhereCompare::less : WhereCompare::above;
  }

  [[nodiscard]] WhereValue value(const Node& node) const {
    namespace g = where_grammar;
    WhereValue result{.at = position(node)};
    if (node.is_type<g::Number>() || node.is_type<g::SignedNumber>()) {
      result.number = number(node);
    } else if (node.is_type<g::Text>()) {
      result.kind = WhereValue::Kind::text;
      result.text = unescaped(node.string_view());
    } else if (node.is_type<g::Boolean>()) {
      result.kind = WhereValue::Kind::boolean;
      result.boolean = node.string_view().front() == 't' || node.string_view().front() == 'T';
    } else if (node.is_type<g::Column>()) {
      result.kind = WhereValue::Kind::column;
      const Node& first = *node.children.front();
      if (first.is_type<g::ItemScope>() || first.is_type<g::UserScope>()) {
        result.scope = first.is_type<g::ItemScope>() ? WhereScope::item : WhereScope::user;
      }
      result.text = node.children.back()->string();
    } else if (node.is_type<g::Negative>()) {
      result.kind = WhereValue::Kind::negate;
      result.parts.push_back(value(*node.children.front()));
    } else if (node.is_type<g::Sum>()) {
      chain<g::Minus>(node, WhereValue::Kind::add, WhereValue::Kind::negate, result);
    } else if (node.is_type<g::Product>()) {
      chain<g::Over>(node, WhereValue::Kind::multiply, WhereValue::Kind::divide, result);
    } else if (node.is_type<g::Call>()) {
      distance(node, result);
    } else {
      throw_where(text_, position(node), "this is a condition; a value is needed here");
    }
    return result;
  }

  /// Of any length without depth: what comes after `Inverse` is wrapped in `inverse`.
  template <class Inverse>
  void chain(const Node& node, WhereValue::Kind kind, WhereValue::Kind inverse, WhereValue& result) const {
    result.kind = kind;
    result.parts.push_back(value(*node.children.front()));
    for (std::size_t i = 1; i + 1 < node.children.size(); i += 2) {
      auto operand = value(*node.children[i + 1]);
      if (node.children[i]->is_type<Inverse>()) {
        WhereValue wrapped{.kind = inverse, .at = operand.at};
        wrapped.parts.push_back(std::move(operand));
        operand = std::move(wrapped);
      }
      result.parts.push_back(std::move(operand));
    }
  }

  [[nodiscard]] double number(const Node& node) const {
    const auto digits = node.string_view();
    double result = 0.0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), result);
    if (error != std::errc{} || !std::isfinite(result)) {
      throw_where(text_, position(node), "this number is beyond what a double can hold");
    }
    return result;
  }

  [[nodiscard]] static std::string unescaped(std::string_view quoted) {
    std::string result;
    for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
      i += quoted[i] == '\\' ? 1U : 0U;
      result += quoted[i];
    }
    return result;
  }

  void distance(const Node& node, WhereValue& result) const {
    const auto name = node.children.front()->string();
    if (name != "distance") {
      throw_where(text_, position(node), "there is no function " + name + "; there is distance(a, b), in km");
    }
    result.kind = WhereValue::Kind::distance;
    std::vector<WhereValue> given;
    for (std::size_t i = 1; i < node.children.size(); ++i) {
      given.push_back(value(*node.children[i]));
    }
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (given[i].kind == WhereValue::Kind::column) {
        result.parts.push_back(std::move(given[i]));
        continue;
      }
      const auto latitude = degrees(given[i]);
      if (i + 1 == given.size()) {
        throw_where(text_, given[i].at, "a place is a column, or two numbers: latitude and longitude");
      }
      const auto longitude = degrees(given[++i]);
      if (std::abs(latitude) > 90.0 || std::abs(longitude) > 180.0) {
        throw_where(text_, given[i - 1].at,
                    "a place is its latitude, -90 to 90, and its longitude, -180 to 180, in degrees");
      }
      WhereValue place{.kind = WhereValue::Kind::place, .at = given[i - 1].at};
      place.parts = {{.at = given[i - 1].at, .number = latitude}, {.at = given[i].at, .number = longitude}};
      result.parts.push_back(std::move(place));
    }
    if (result.parts.size() != 2) {
      throw_where(
          text_, result.at,
          "distance needs two places, such as distance(location, item.location) or distance(location, 48.1, 11.5)");
    }
  }

  [[nodiscard]] double degrees(const WhereValue& given) const {
    if (given.kind == WhereValue::Kind::number) {
      return given.number;
    }
    if (given.kind == WhereValue::Kind::negate && given.parts.front().kind == WhereValue::Kind::number) {
      return -given.parts.front().number;
    }
    throw_where(text_, given.at, "a place is a column, or two numbers: latitude and longitude");
  }

  std::string_view text_;
};

/// @throws InvalidParameter
[[nodiscard]] inline WhereNode parse_where(const std::string& text) {
  namespace g = where_grammar;
  tao::pegtl::memory_input<> input(text, "");
  try {
    const auto tree =
        tao::pegtl::parse_tree::parse<g::Filter, tao::pegtl::parse_tree::node, g::Kept, g::Limit, g::Control>(input);
    return WhereBuilder(text).condition(*tree->children.front(), false);
  } catch (const tao::pegtl::parse_error& error) {
    const auto at = error.positions().front().byte;
    const bool deep = error.message().find("depth") != std::string_view::npos;
    throw_where(
        text, at,
        deep ? "it is nested too deeply; at most " + std::to_string(Where::max_depth) + " parentheses may be open"
             : std::string(error.message()));
  }
}

}  // namespace recocore::detail
