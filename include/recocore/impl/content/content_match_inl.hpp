#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>
#include <string_view>
#include <utility>

#include <recocore/content/content_match.hpp>
#include <recocore/content/text_terms.hpp>
#include <recocore/core/config.hpp>
#include <recocore/core/time.hpp>
#include <recocore/impl/content/encoders.hpp>

namespace recocore {

namespace detail {

/// The fewest digits that tell a number from others, at most 6.
[[nodiscard]] inline std::string short_number(double value) {
  std::array<char, 64> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, 6).ptr;
  return {text.data(), end};
}

[[nodiscard]] inline std::string plain(const IdView& id) {
  if (const auto* text = std::get_if<std::string_view>(&id)) {
    return std::string(*text);
  }
  return std::to_string(std::get<std::int64_t>(id));
}

/// "a, b, c"; of more than `most` the first ones and how many are left.
[[nodiscard]] inline std::string joined(const std::vector<std::string>& words) {
  constexpr std::size_t most = 5;
  std::string text;
  for (std::size_t w = 0; w < std::min(most, words.size()); ++w) {
    text += (w == 0 ? "" : ", ") + words[w];
  }
  if (words.size() > most) {
    text += " and " + std::to_string(words.size() - most) + " more";
  }
  return text;
}

/// The words that both texts have, in the order of the first.
[[nodiscard]] inline std::vector<std::string> common_words(std::string_view a, std::string_view b) {
  const auto words_of = [](std::string_view text) {
    TextTokens tokens;
    tokenise(text, tokens);
    std::vector<std::string> words;
    words.reserve(tokens.tokens.size());
    for (const auto& token : tokens.tokens) {
      words.emplace_back(tokens.text(token));
    }
    return words;
  };
  const auto in_b = words_of(b);
  std::vector<std::string> common;
  for (auto& word : words_of(a)) {
    if (std::find(in_b.begin(), in_b.end(), word) != in_b.end() &&
        std::find(common.begin(), common.end(), word) == common.end()) {
      common.push_back(std::move(word));
    }
  }
  return common;
}

/// Facts of two values that are there, by the kind of the column.
struct FactOf {
  const std::string& name;
  std::size_t a;
  std::size_t b;
  double similarity;

  [[nodiscard]] std::string operator()(const CategoryColumn& x, const CategoryColumn& y) const {
    const auto value = x.values.at(x.codes[a]);
    return value == y.values.at(y.codes[b]) ? "same " + name + ": " + plain(value) : "";
  }
  [[nodiscard]] std::string operator()(const FlagColumn& x, const FlagColumn& y) const {
    return x.values[a] == y.values[b] ? "both " + name + ": " + (x.values[a] > 0 ? "yes" : "no") : "";
  }
  [[nodiscard]] std::string operator()(const LabelsColumn& x, const LabelsColumn& y) const {
    std::vector<std::string> common;
    for (const auto code : x.of(a)) {
      const auto value = x.values.at(code);
      const auto other = y.values.find(value);
      const auto codes = y.of(b);
      if (other && std::binary_search(codes.begin(), codes.end(), *other)) {
        common.push_back(plain(value));
      }
    }
    return common.empty() ? "" : "both " + name + ": " + joined(common);
  }
  [[nodiscard]] std::string operator()(const NumberColumn& x, const NumberColumn& y) const {
    return x.values[a] == y.values[b] ? "same " + name + ": " + short_number(x.values[a])
                                      : name + " " + short_number(x.values[a]) + " and " + short_number(y.values[b]);
  }
  [[nodiscard]] std::string operator()(const DateColumn& x, const DateColumn& y) const {
    constexpr std::size_t day = 10;
    const auto first = format_time(x.values[a]).substr(0, day);
    const auto second = format_time(y.values[b]).substr(0, day);
    return first == second ? "same " + name + ": " + first : name + " " + first + " and " + second;
  }
  [[nodiscard]] std::string operator()(const PointColumn& x, const PointColumn& y) const {
    const double km = chord_km(on_sphere(x.latitude[a], x.longitude[a]), on_sphere(y.latitude[b], y.longitude[b]));
    constexpr double near = 1.0;
    constexpr double metres = 1000.0;
    return name + " " +
           (km < near ? short_number(std::round(km * metres)) + " m" : short_number(std::round(km)) + " km") + " apart";
  }
  [[nodiscard]] std::string operator()(const TextColumn& x, const TextColumn& y) const {
    const auto common = common_words(x.of(a), y.of(b));
    return common.empty() ? "" : name + " shares " + joined(common);
  }
  [[nodiscard]] std::string operator()(const EmbeddingColumn& /*x*/, const EmbeddingColumn& /*y*/) const {
    constexpr double percent = 100.0;
    return name + " " + short_number(std::round(similarity * percent)) + " % alike";
  }
};

}  // namespace detail

RECOCORE_INLINE ContentMatch explain_match(const ContentIndex& index, const AttributeTable& a, std::size_t row_a,
                                           const AttributeTable& b, std::size_t row_b) {
  const auto& features = index.features();
  const auto in_a = features.encode(a, row_a);
  const auto in_b = features.encode(b, row_b);
  ContentMatch match;
  for (std::size_t c = 0; c < features.columns().size(); ++c) {
    const auto& column = features.columns()[c];
    const double similarity = features.similarity(c, in_a, in_b);
    ContentMatch::Part part{
        .column = column.name, .kind = column.kind, .similarity = similarity, .share = index.weights()[c] * similarity};
    if (similarity > 0.0) {
      std::visit(
          [&]<class C>(const C& values) {
            part.fact =
                detail::FactOf{column.name, row_a, row_b, similarity}(values, std::get<C>(*b.find(column.name)));
          },
          *a.find(column.name));
    }
    match.score += part.share;
    match.parts.push_back(std::move(part));
  }
  std::stable_sort(match.parts.begin(), match.parts.end(),
                   [](const auto& x, const auto& y) { return x.share > y.share; });
  return match;
}

RECOCORE_INLINE std::string to_text(const ContentMatch& match, std::size_t most) {
  std::string text;
  std::size_t told = 0;
  for (const auto& part : match.parts) {
    if (part.share > 0.0 && !part.fact.empty() && told < most) {
      text += (told == 0 ? "" : "; ") + part.fact;
      ++told;
    }
  }
  return text.empty() ? "nothing in common" : text;
}

}  // namespace recocore
