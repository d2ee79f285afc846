#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/content/text_terms.hpp>

namespace rc = recocore;

namespace {

std::vector<std::string> tokens(std::string_view text) {
  rc::TextTokens read;
  rc::tokenise(text, read);
  std::vector<std::string> found;
  for (const auto& token : read.tokens) {
    found.emplace_back(read.text(token));
  }
  return found;
}

std::vector<rc::Term> terms(std::string_view text) {
  rc::TextTokens read;
  rc::tokenise(text, read);
  std::vector<rc::Term> found;
  rc::terms_of(read, found);
  return found;
}

std::size_t count(const std::vector<rc::Term>& all, rc::TermKind kind) {
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [kind](const rc::Term& term) { return term.kind == kind; }));
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("words: case, accents, compatibility forms and punctuation make no difference") {
  CHECK(tokens("Château d'Yquem, 2015!") == Words{"chateau", "d", "yquem", "2015"});
  CHECK(tokens("CHATEAU") == tokens("cha\u0302teau"));  // the accent as a letter of its own
  CHECK(tokens("Straße") == Words{"strasse"});
  CHECK(tokens("ﬁne ＷＩＮＥ") == Words{"fine", "wine"});
  CHECK(tokens("\u0391\u0398\u0397\u039D\u0391") == tokens("αθήνα"));
  CHECK(tokens("  \t\n--- ").empty());
  CHECK(tokens("").empty());
}

TEST_CASE("words: marks that tell words apart stay in scripts other than Latin and Greek") {
  CHECK(tokens("йод") == Words{"йод"});
  CHECK(tokens("हिन्दी भाषा") == Words{"हिन्दी", "भाषा"});
  CHECK(tokens("שלום עולם") == Words{"שלום", "עולם"});
  CHECK(tokens("한국어 책") == Words{"한국어", "책"});
}

TEST_CASE("scripts without spaces are read character by character") {
  CHECK(tokens("红葡萄酒") == Words{"红", "葡", "萄", "酒"});
  CHECK(tokens("iPhone手机 pro") == Words{"iphone", "手", "机", "pro"});
  CHECK(tokens("ワイン") == Words{"ワ", "イ", "ン"});
  CHECK(tokens("ﾜｲﾝ") == tokens("ワイン"));  // narrow forms
  // The vowel above belongs to its letter.
  CHECK(tokens("ที่นี่") == Words{"ที่", "นี่"});
}

TEST_CASE("symbols are tokens, with their modifiers") {
  CHECK(tokens("great🍷🍷") == Words{"great", "🍷", "🍷"});
  CHECK(tokens("🇫🇷🇮🇹").size() == 2);
  CHECK(tokens("👍🏽") == Words{"👍🏽"});
  CHECK(tokens("❤️") == tokens("❤"));
}

TEST_CASE("bytes that are not UTF-8 divide words") {
  CHECK(tokens("red\xFFwine") == Words{"red", "wine"});
  CHECK(tokens("\xC3") == Words{});
  CHECK(tokens(std::string_view("a\0b", 3)) == Words{"a", "b"});
}

TEST_CASE("terms: words, pairs, and characters with the ends of the word") {
  const auto all = terms("red wine");
  CHECK(count(all, rc::TermKind::word) == 2);
  CHECK(count(all, rc::TermKind::pair) == 1);
  // <red>: 3 of 3, 2 of 4, 1 of 5; <wine>: 4, 3, 2.
  CHECK(count(all, rc::TermKind::gram) == 6 + 9);
  CHECK(terms("WINE red") != all);  // the pair has an order
  CHECK(terms("Red, Wine") == all);
}

TEST_CASE("terms: without spaces pairs of characters are the words") {
  const auto all = terms("红葡萄酒");
  CHECK(count(all, rc::TermKind::word) == 3);
  CHECK(count(all, rc::TermKind::gram) == 4 + 2);
  CHECK(count(all, rc::TermKind::pair) == 0);
  CHECK(count(terms("酒"), rc::TermKind::word) == 1);
  // Characters on both sides of a gap are not together.
  CHECK(count(terms("红葡 萄酒"), rc::TermKind::word) == 2);
}

TEST_CASE("terms: the hashes never change") {
  const auto all = terms("wine");
  REQUIRE(!all.empty());
  CHECK(all.front() == terms("Wine").front());
  CHECK(all.front().hash == 4984118348771657702ULL);  // FNV-1a, then the finaliser of SplitMix64
}
