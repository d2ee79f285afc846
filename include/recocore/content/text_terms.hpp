/// What a text says, as terms, in any language.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace recocore {

/// The tokens of a text: normalised by NFKC and case folded, without the accents of Latin and Greek letters.
///
/// Where words are divided by spaces, a token is a run of letters, digits and their marks. In scripts that do not
/// divide words (Chinese, Japanese, Thai, Lao, Khmer, Myanmar) it is one character. A symbol, an emoji for instance, is
/// a token of its own. A character is what a reader takes for one (an extended grapheme cluster, UAX #29): marks and
/// modifiers stay with their letter. All else divides tokens; so do bytes that are not UTF-8.
struct TextTokens {
  struct Token {
    std::uint32_t first = 0;  ///< its first character
    std::uint32_t last = 0;   ///< behind its last one
    std::uint32_t run = 0;    ///< tokens of one run follow each other without a gap, in a script without spaces
    bool divided = true;      ///< of a script that divides words by spaces, or a symbol
  };

  std::string bytes{};
  /// Character c is bytes[characters[c] .. characters[c + 1]).
  std::vector<std::uint32_t> characters{};
  std::vector<Token> tokens{};
  /// Memory of `tokenise`.
  std::vector<std::int32_t> code_points{};
  std::string repaired{};

  [[nodiscard]] std::string_view text(std::size_t first, std::size_t last) const noexcept {
    return std::string_view(bytes).substr(characters[first], characters[last] - characters[first]);
  }
  [[nodiscard]] std::string_view text(const Token& token) const noexcept { return text(token.first, token.last); }
};

/// Replaces what is in `tokens`. @throws CapacityExceeded for a text of more than a gigabyte.
void tokenise(std::string_view text, TextTokens& tokens);

enum class TermKind : std::uint8_t {
  word,  ///< a word, a symbol; two characters that follow each other in a script without spaces, or a single one
  pair,  ///< two words that follow each other
  gram,  ///< 3, 4 or 5 characters of a word and its two ends; 1 or 3 in a script without spaces
};
inline constexpr std::size_t term_kinds = 3;

struct Term {
  TermKind kind = TermKind::word;
  std::uint64_t hash = 0;

  friend bool operator==(const Term&, const Term&) = default;
};

/// The terms of a text, as often as they occur, by hashes that are the same on every machine.
void terms_of(const TextTokens& tokens, std::vector<Term>& terms);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/content/text_terms_inl.hpp>
#endif
