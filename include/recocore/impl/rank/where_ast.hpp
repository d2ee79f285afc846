/// A filter expression as a tree.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <recocore/core/error.hpp>

namespace recocore::detail {

enum class WhereScope : std::uint8_t { row, item, user };

enum class WhereCompare : std::uint8_t { equal, unequal, less, at_most, above, at_least };

[[nodiscard]] constexpr WhereCompare opposite(WhereCompare compare) noexcept {
  switch (compare) {
    case WhereCompare::equal:
      return WhereCompare::unequal;
    case WhereCompare::unequal:
      return WhereCompare::equal;
    case WhereCompare::less:
      return WhereCompare::at_least;
    case WhereCompare::at_most:
      return WhereCompare::above;
    case WhereCompare::above:
      return WhereCompare::at_most;
    case WhereCompare::at_least:
      break;
  }
  return WhereCompare::less;
}

/// The same with its sides exchanged.
[[nodiscard]] constexpr WhereCompare mirrored(WhereCompare compare) noexcept {
  switch (compare) {
    case WhereCompare::less:
      return WhereCompare::above;
    case WhereCompare::at_most:
      return WhereCompare::at_least;
    case WhereCompare::above:
      return WhereCompare::less;
    case WhereCompare::at_least:
      return WhereCompare::at_most;
    case WhereCompare::equal:
    case WhereCompare::unequal:
      break;
  }
  return compare;
}

[[nodiscard]] constexpr bool is_order(WhereCompare compare) noexcept { return compare >= WhereCompare::less; }

/// A value: 80, 'Red', country, 1.1 * item.price, distance(location, item.location).
struct WhereValue {
  enum class Kind : std::uint8_t { number, text, boolean, column, negate, add, multiply, divide, distance, place };

  Kind kind = Kind::number;
  WhereScope scope = WhereScope::row;
  bool boolean = false;
  /// Where it stands in the expression, in bytes.
  std::size_t at = 0;
  double number = 0.0;
  /// Of text and of a column's name.
  std::string text{};
  /// Operands; of `distance` two places or columns; of `place` latitude and longitude.
  std::vector<WhereValue> parts{};
};

/// A condition. `not` is pushed down to the terms (de Morgan, which holds in Kleene's logic), so that each needs to
/// know only what is true of it.
struct WhereNode {
  enum class Kind : std::uint8_t { all, any, compare, in_list, in_value, is_missing, flag };

  Kind kind = Kind::all;
  WhereCompare compare = WhereCompare::equal;
  /// Of `in_list`, `in_value`, `is_missing` and `flag`.
  bool negated = false;
  bool needs_item = false;
  bool needs_user = false;
  std::size_t at = 0;
  /// The operands of a term; of `in_list` the value and then the list.
  std::vector<WhereValue> values{};
  /// Of `all` and `any`.
  std::vector<WhereNode> parts{};
  /// Which of the sets of a prepared expression has what it says; none: it depends on the context.
  std::size_t prepared = none;

  static constexpr std::size_t none = ~std::size_t{0};
};

/// Text with a caret under the character that begins at a byte. Of long text what is near.
[[nodiscard]] inline std::string with_caret(std::string_view text, std::size_t at) {
  constexpr std::size_t around = 60;
  const auto continues = [&](std::size_t byte) {
    return byte < text.size() && (static_cast<unsigned char>(text[byte]) & 0xC0U) == 0x80U;
  };
  at = std::min(at, text.size());
  while (at > 0 && continues(at)) {
    --at;
  }
  std::size_t begin = at > around ? at - around : 0;
  std::size_t end = std::min(text.size(), at + around);
  while (begin > 0 && continues(begin)) {
    --begin;
  }
  while (continues(end)) {
    ++end;
  }
  std::string line = begin > 0 ? "..." : "";
  std::string caret(line.size(), ' ');
  for (std::size_t byte = begin; byte < end; ++byte) {
    line += static_cast<unsigned char>(text[byte]) < 0x20U ? ' ' : text[byte];
    if (byte < at && !continues(byte)) {
      caret += ' ';
    }
  }
  return "  " + line + (end < text.size() ? "..." : "") + "\n  " + caret + "^";
}

[[noreturn]] inline void throw_where(std::string_view text, std::size_t at, const std::string& what) {
  throw InvalidParameter("the filter cannot be used: " + what + "\n" + with_caret(text, at));
}

}  // namespace recocore::detail
