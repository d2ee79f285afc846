/// Lists and plain values written as text.
#pragma once

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <recocore/impl/data/convert_column.hpp>
#include <recocore/impl/io/raw_column.hpp>

namespace recocore::detail {

[[nodiscard]] inline std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view spaces = " \t\r\n";
  const auto begin = std::min(text.find_first_not_of(spaces), text.size());
  return text.substr(begin, text.find_last_not_of(spaces) + 1 - begin);
}

[[nodiscard]] inline std::optional<double> written_number(std::string_view text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

[[nodiscard]] inline bool same_word(std::string_view text, std::string_view lower) noexcept {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return static_cast<char>(std::tolower(static_cast<unsigned char>(a))) == b; });
}

/// Whether a text stands for nothing, in a file where everything is text.
[[nodiscard]] inline bool means_missing(std::string_view text) noexcept {
  return text.empty() || same_word(text, "nan") || same_word(text, "null") || same_word(text, "none") ||
         same_word(text, "na") || same_word(text, "n/a") || same_word(text, "nat");
}

/// "true" or "false", whatever the case.
[[nodiscard]] inline std::optional<bool> written_flag(std::string_view text) noexcept {
  if (same_word(text, "true")) {
    return true;
  }
  return same_word(text, "false") ? std::optional(false) : std::nullopt;
}

/// Reads lists as Python and JSON write them: ['a', "b"], [1, 2.5, null].
class ListText {
 public:
  explicit ListText(std::string_view text) : rest_(trimmed(text)) {}

  /// Whether it may be one, at a glance.
  [[nodiscard]] bool looks_like_list() const noexcept {
    return rest_.size() >= 2 &&
           ((rest_.front() == '[' && rest_.back() == ']') || (rest_.front() == '(' && rest_.back() == ')'));
  }

  /// Adds the elements to a column; false when the text is not a list, and then some may have been added.
  [[nodiscard]] bool read(RawColumn& elements) {
    if (!looks_like_list()) {
      return false;
    }
    rest_ = trimmed(rest_.substr(1, rest_.size() - 2));
    while (!rest_.empty()) {
      if (!read_element(elements)) {
        return false;
      }
      rest_ = trimmed(rest_);
      if (rest_.empty()) {
        break;
      }
      if (rest_.front() != ',') {
        return false;
      }
      rest_ = trimmed(rest_.substr(1));
    }
    return true;
  }

 private:
  [[nodiscard]] bool read_element(RawColumn& elements) {
    if (rest_.front() == '\'' || rest_.front() == '"') {
      const auto text = read_quoted();
      if (text) {
        elements.add_text(*text);
      }
      return text.has_value();
    }
    const auto end = std::min(rest_.find(','), rest_.size());
    const auto word = trimmed(rest_.substr(0, end));
    rest_.remove_prefix(end);
    if (const auto integer = written_integer(word)) {
      elements.add_integer(*integer);
    } else if (const auto number = written_number(word)) {
      elements.add_real(*number);
    } else if (same_word(word, "none") || same_word(word, "null")) {
      elements.add_missing();
    } else if (const auto flag = written_flag(word)) {
      elements.add_flag(*flag);
    } else {
      return false;
    }
    return true;
  }

  [[nodiscard]] std::optional<std::string> read_quoted() {
    const char quote = rest_.front();
    std::string text;
    std::size_t at = 1;
    while (at < rest_.size() && rest_[at] != quote) {
      if (rest_[at] != '\\') {
        text += rest_[at++];
      } else if (!read_escape(at, text)) {
        return std::nullopt;
      }
    }
    if (at >= rest_.size()) {
      return std::nullopt;
    }
    rest_.remove_prefix(at + 1);
    return text;
  }

  [[nodiscard]] bool read_escape(std::size_t& at, std::string& text) const {
    if (at + 1 >= rest_.size()) {
      return false;
    }
    const char letter = rest_[at + 1];
    at += 2;
    if (letter == 'u' || letter == 'x') {
      return read_code(at, letter == 'u' ? 4 : 2, text);
    }
    constexpr std::string_view letters = "ntrbf";
    constexpr std::string_view meanings = "\n\t\r\b\f";
    const auto known = letters.find(letter);
    text += known == std::string_view::npos ? letter : meanings[known];
    return true;
  }

  [[nodiscard]] std::optional<std::uint32_t> hexadecimal(std::size_t at, std::size_t digits) const {
    std::uint32_t code = 0;
    if (at + digits > rest_.size()) {
      return std::nullopt;
    }
    const char* begin = rest_.data() + at;
    const auto [end, error] = std::from_chars(begin, begin + digits, code, 16);
    return error == std::errc{} && end == begin + digits ? std::optional(code) : std::nullopt;
  }

  /// A code point of hexadecimal digits; JSON writes those above U+FFFF as two.
  [[nodiscard]] bool read_code(std::size_t& at, std::size_t digits, std::string& text) const {
    auto code = hexadecimal(at, digits);
    at += digits;
    if (code && *code >= 0xD800 && *code < 0xDC00 && rest_.substr(at, 2) == "\\u") {
      const auto low = hexadecimal(at + 2, 4);
      if (low && *low >= 0xDC00 && *low < 0xE000) {
        code = 0x10000 + ((*code - 0xD800) << 10U) + (*low - 0xDC00);
        at += 6;
      }
    }
    if (!code || (*code >= 0xD800 && *code < 0xE000)) {
      return false;
    }
    const auto put = [&text](std::uint32_t byte) { text += static_cast<char>(byte); };
    if (*code < 0x80) {
      put(*code);
    } else if (*code < 0x800) {
      put(0xC0 | (*code >> 6U));
      put(0x80 | (*code & 0x3FU));
    } else if (*code < 0x10000) {
      put(0xE0 | (*code >> 12U));
      put(0x80 | ((*code >> 6U) & 0x3FU));
      put(0x80 | (*code & 0x3FU));
    } else {
      put(0xF0 | (*code >> 18U));
      put(0x80 | ((*code >> 12U) & 0x3FU));
      put(0x80 | ((*code >> 6U) & 0x3FU));
      put(0x80 | (*code & 0x3FU));
    }
    return true;
  }

  std::string_view rest_;
};

/// A column of text whose values all are lists, as lists; none when one is not.
[[nodiscard]] inline std::optional<RawColumn> lists_of_texts(const RawColumn& texts) {
  RawColumn lists(texts.name());
  bool any = false;
  for (std::size_t row = 0; row < texts.size(); ++row) {
    if (texts.is_missing(row) || texts.text(row).empty()) {
      lists.add_missing();
      continue;
    }
    RawColumn elements(texts.name(), true);
    if (!ListText(texts.text(row)).read(elements)) {
      return std::nullopt;
    }
    any = true;
    lists.add_list(elements, 0, elements.size());
  }
  return any ? std::optional(std::move(lists)) : std::nullopt;
}

}  // namespace recocore::detail
