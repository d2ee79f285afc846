#pragma once

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <utf8proc.h>

#include <recocore/content/text_terms.hpp>
#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/impl/core/hash_slots.hpp>

namespace recocore {

namespace detail {

/// Every byte that does not belong to a character becomes a space.
inline void repair_utf8(std::string_view text, std::string& repaired) {
  repaired.assign(text);
  for (std::size_t at = 0; at < text.size();) {
    utf8proc_int32_t code_point = 0;
    const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                                       static_cast<utf8proc_ssize_t>(text.size() - at), &code_point);
    if (size <= 0) {
      repaired[at++] = ' ';
    } else {
      at += static_cast<std::size_t>(size);
    }
  }
}

/// NFKD, case folded, without what is ignorable; false when the bytes are not UTF-8.
[[nodiscard]] inline bool decompose(std::string_view text, std::vector<std::int32_t>& code_points) {
  constexpr auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE |
                                                          UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
  code_points.resize(text.size() + 16);
  for (;;) {
    const auto size = utf8proc_decompose(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                         static_cast<utf8proc_ssize_t>(text.size()), code_points.data(),
                                         static_cast<utf8proc_ssize_t>(code_points.size()), options);
    if (size < 0) {
      return false;
    }
    const bool all = static_cast<std::size_t>(size) <= code_points.size();
    code_points.resize(static_cast<std::size_t>(size));
    if (all) {
      return true;
    }
  }
}

/// Takes the accents from Latin and Greek letters, which people leave out; in other scripts marks tell words apart.
inline void drop_accents(std::vector<std::int32_t>& code_points) {
  constexpr std::int32_t first_mark = 0x300;
  constexpr std::int32_t last_mark = 0x36F;
  constexpr std::int32_t behind_greek = 0x400;
  std::int32_t letter = 0;
  std::erase_if(code_points, [&letter](std::int32_t code_point) {
    if (code_point >= first_mark && code_point <= last_mark) {
      return letter < behind_greek;
    }
    letter = code_point;
    return false;
  });
}

/// Scripts that do not divide words, by blocks of Unicode.
[[nodiscard]] inline bool is_undivided(std::int32_t code_point) noexcept {
  static constexpr std::array<std::pair<std::int32_t, std::int32_t>, 10> blocks{{
      {0x0E00, 0x0EFF},    // Thai, Lao
      {0x1000, 0x109F},    // Myanmar
      {0x1780, 0x17FF},    // Khmer
      {0x2E80, 0x2FDF},    // radicals
      {0x3005, 0x3007},    // ideographic iteration mark and zero
      {0x3040, 0x30FF},    // Hiragana, Katakana
      {0x31F0, 0x31FF},    // Katakana, phonetic extensions
      {0x3400, 0x9FFF},    // Han
      {0xF900, 0xFAFF},    // Han, compatibility
      {0x20000, 0x3FFFF},  // Han, further planes
  }};
  return std::any_of(blocks.begin(), blocks.end(), [code_point](const auto& block) {
    return code_point >= block.first && code_point <= block.second;
  });
}

enum class CharacterClass : std::uint8_t { gap, divided, undivided, symbol };

[[nodiscard]] inline CharacterClass class_of(std::int32_t code_point) noexcept {
  switch (utf8proc_category(code_point)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return is_undivided(code_point) ? CharacterClass::undivided : CharacterClass::divided;
    case UTF8PROC_CATEGORY_SO:
      return CharacterClass::symbol;
    default:
      return CharacterClass::gap;
  }
}

inline void append_utf8(std::int32_t code_point, std::string& bytes) {
  std::array<utf8proc_uint8_t, 4> encoded{};
  const auto size = utf8proc_encode_char(code_point, encoded.data());
  bytes.append(reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(size));
}

[[nodiscard]] constexpr std::uint64_t start_hash(TermKind kind) noexcept {
  return 0xCBF29CE484222325ULL ^ (static_cast<std::uint64_t>(kind) + 1);
}

/// FNV-1a, byte by byte.
[[nodiscard]] inline std::uint64_t add_to_hash(std::uint64_t hash, std::string_view bytes) noexcept {
  for (const char byte : bytes) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3ULL;
  }
  return hash;
}

/// No text has this byte.
inline constexpr std::string_view word_end = "\xFF";

inline void add_grams(const TextTokens& tokens, const TextTokens::Token& word, std::vector<Term>& terms) {
  constexpr std::size_t shortest = 3;
  constexpr std::size_t longest = 5;
  // Places 0 and size - 1 are the ends of the word.
  const std::size_t size = word.last - word.first + 2;
  for (std::size_t begin = 0; begin + shortest <= size; ++begin) {
    auto hash = start_hash(TermKind::gram);
    for (std::size_t place = begin; place < std::min(begin + longest, size); ++place) {
      const bool is_end = place == 0 || place + 1 == size;
      const std::size_t character = word.first + place - 1;
      hash = add_to_hash(hash, is_end ? word_end : tokens.text(character, character + 1));
      if (place + 1 - begin >= shortest) {
        terms.push_back({TermKind::gram, mix_bits(hash)});
      }
    }
  }
}

/// Characters of a script without spaces: `count` of them, beginning with that of a token.
inline void add_characters(const TextTokens& tokens, std::size_t token, std::size_t count, TermKind kind,
                           std::vector<Term>& terms) {
  const auto& all = tokens.tokens;
  if (token + count <= all.size() && all[token + count - 1].run == all[token].run) {
    terms.push_back(
        {kind, mix_bits(add_to_hash(start_hash(kind), tokens.text(all[token].first, all[token + count - 1].last)))});
  }
}

}  // namespace detail

RECOCORE_INLINE void tokenise(std::string_view text, TextTokens& tokens) {
  constexpr std::size_t longest_text = std::size_t{1} << 30U;
  if (text.size() > longest_text) {
    throw CapacityExceeded("a text has " + std::to_string(text.size()) + " bytes, but at most " +
                           std::to_string(longest_text) + " are read");
  }
  tokens.bytes.clear();
  tokens.characters.assign(1, 0);
  tokens.tokens.clear();
  auto& points = tokens.code_points;
  if (!detail::decompose(text, points)) {
    detail::repair_utf8(text, tokens.repaired);
    if (!detail::decompose(tokens.repaired, points)) {
      throw InvalidData("a text could not be read as UTF-8");
    }
  }
  detail::drop_accents(points);
  const auto composed = utf8proc_normalize_utf32(points.data(), static_cast<utf8proc_ssize_t>(points.size()),
                                                 static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  points.resize(static_cast<std::size_t>(std::max<utf8proc_ssize_t>(composed, 0)));

  using detail::CharacterClass;
  auto before = CharacterClass::gap;
  std::uint32_t run = 0;
  for (std::size_t at = 0; at < points.size();) {
    const auto kind = detail::class_of(points[at]);
    const std::size_t begin = at;
    utf8proc_int32_t state = 0;
    do {
      ++at;
    } while (at < points.size() && !utf8proc_grapheme_break_stateful(points[at - 1], points[at], &state));
    if (kind != CharacterClass::gap) {
      const auto character = static_cast<std::uint32_t>(tokens.characters.size() - 1);
      for (std::size_t point = begin; point < at; ++point) {
        detail::append_utf8(points[point], tokens.bytes);
      }
      tokens.characters.push_back(static_cast<std::uint32_t>(tokens.bytes.size()));
      const bool goes_on = kind == before && kind != CharacterClass::symbol;
      run += goes_on ? 0 : 1;
      if (goes_on && kind == CharacterClass::divided) {
        tokens.tokens.back().last = character + 1;
      } else {
        tokens.tokens.push_back({character, character + 1, run, kind != CharacterClass::undivided});
      }
    }
    before = kind;
  }
}

RECOCORE_INLINE void terms_of(const TextTokens& tokens, std::vector<Term>& terms) {
  using detail::add_characters;
  using detail::add_to_hash;
  using detail::start_hash;
  terms.clear();
  const auto& all = tokens.tokens;
  for (std::size_t t = 0; t < all.size(); ++t) {
    const auto& token = all[t];
    if (!token.divided) {
      const bool alone =
          (t == 0 || all[t - 1].run != token.run) && (t + 1 == all.size() || all[t + 1].run != token.run);
      add_characters(tokens, t, alone ? 1 : 2, TermKind::word, terms);
      add_characters(tokens, t, 1, TermKind::gram, terms);
      add_characters(tokens, t, 3, TermKind::gram, terms);
      continue;
    }
    terms.push_back({TermKind::word, detail::mix_bits(add_to_hash(start_hash(TermKind::word), tokens.text(token)))});
    if (t + 1 < all.size() && all[t + 1].divided) {
      const auto hash = add_to_hash(add_to_hash(start_hash(TermKind::pair), tokens.text(token)), detail::word_end);
      terms.push_back({TermKind::pair, detail::mix_bits(add_to_hash(hash, tokens.text(all[t + 1])))});
    }
    detail::add_grams(tokens, token, terms);
  }
}

}  // namespace recocore
