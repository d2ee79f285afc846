/// Texts as TF-IDF vectors over hashed terms.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include <recocore/content/text_terms.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/impl/content/encoders.hpp>

namespace recocore::detail {

struct TextScratch {
  TextTokens tokens{};
  std::vector<Term> terms{};
  std::vector<std::uint32_t> ids{};
  std::vector<FeatureRow::Feature> strongest{};
};

struct TextEncoder {
  using Column = TextColumn;

  static constexpr unsigned least_bits = 16;
  static constexpr unsigned most_bits = 20;
  /// How much of the squared length each kind of term has, when there are terms of all.
  static constexpr std::array<double, term_kinds> shares{0.5, 0.2, 0.3};
  /// Of longer texts the strongest terms of each kind count.
  static constexpr std::array<std::size_t, term_kinds> most_terms{48, 24, 48};
  /// In tables of at least so many texts, terms of more than half of them do not count.
  static constexpr std::uint64_t large = 1000;

  unsigned bits = least_bits;
  std::uint64_t rows = 0;
  /// Texts with each term, of each kind 2^bits.
  std::vector<std::uint32_t> holders{};

  [[nodiscard]] static unsigned bits_for(std::size_t bytes) noexcept {
    return std::clamp(static_cast<unsigned>(std::bit_width(bytes)) + 2, least_bits, most_bits);
  }

  /// Features that a text of so many bytes can have.
  [[nodiscard]] static constexpr std::size_t most_features(std::size_t bytes) noexcept {
    return std::min(most_terms[0], bytes) + std::min(most_terms[1], bytes / 2) + std::min(most_terms[2], 3 * bytes);
  }

  [[nodiscard]] std::uint32_t id_of(const Term& term) const noexcept {
    return (static_cast<std::uint32_t>(term.kind) << bits) | static_cast<std::uint32_t>(term.hash >> (64U - bits));
  }
  [[nodiscard]] std::size_t kind_of(std::uint32_t id) const noexcept { return id >> bits; }

  /// The ids of the terms of a text, ascending, as often as they occur.
  void read(std::string_view text, TextScratch& scratch) const {
    tokenise(text, scratch.tokens);
    terms_of(scratch.tokens, scratch.terms);
    scratch.ids.clear();
    for (const auto& term : scratch.terms) {
      scratch.ids.push_back(id_of(term));
    }
    std::sort(scratch.ids.begin(), scratch.ids.end());
  }

  [[nodiscard]] static TextEncoder fit(const TextColumn& column, const RunOptions& options) {
    TextEncoder encoder{.bits = bits_for(column.bytes.size())};
    const std::size_t terms = term_kinds << encoder.bits;
    const std::size_t texts = column.offsets.size() - 1;
    struct TermCounts {
      TextScratch scratch{};
      std::vector<std::uint32_t> holders{};
      std::uint64_t rows = 0;
    };
    std::vector<TermCounts> parts(parallel_slots(options));
    parallel_for(texts, 256, options, "reading texts", [&](std::size_t begin, std::size_t end, unsigned slot) {
      auto& part = parts[slot];
      part.holders.resize(terms, 0);
      for (std::size_t row = begin; row < end; ++row) {
        encoder.read(column.of(row), part.scratch);
        part.rows += part.scratch.ids.empty() ? 0U : 1U;
        auto& ids = part.scratch.ids;
        ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
        for (const auto id : ids) {
          ++part.holders[id];
        }
      }
    });
    encoder.holders.assign(terms, 0);
    for (const auto& part : parts) {
      encoder.rows += part.rows;
      for (std::size_t id = 0; id < part.holders.size(); ++id) {
        encoder.holders[id] += part.holders[id];
      }
    }
    return encoder;
  }

  [[nodiscard]] bool is_common(std::uint32_t id) const noexcept {
    return rows >= large && std::uint64_t{2} * holders[id] > rows;
  }

  void encode(const TextColumn& column, std::size_t row, TextScratch& scratch, FeatureRow::Cell& cell,
              FeatureRow& encoded) const {
    read(column.of(row), scratch);
    cell.begin = static_cast<std::uint32_t>(encoded.sparse.size());
    const auto& ids = scratch.ids;
    double total = 0.0;
    std::size_t at = 0;
    for (std::size_t kind = 0; kind < term_kinds; ++kind) {
      auto& strongest = scratch.strongest;
      strongest.clear();
      while (at < ids.size() && kind_of(ids[at]) == kind) {
        std::size_t end = at + 1;
        while (end < ids.size() && ids[end] == ids[at]) {
          ++end;
        }
        if (!is_common(ids[at])) {
          const double often = 1.0 + std::log(static_cast<double>(end - at));
          strongest.push_back(
              {ids[at], static_cast<float>(often * idf(std::max<std::uint64_t>(1, rows), holders[ids[at]]))});
        }
        at = end;
      }
      if (!strongest.empty()) {
        append(kind, strongest, encoded);
        total += shares[kind];
      }
    }
    cell.end = static_cast<std::uint32_t>(encoded.sparse.size());
    cell.present = cell.end > cell.begin;
    const auto norm = static_cast<float>(std::sqrt(total));
    for (std::size_t f = cell.begin; f < cell.end; ++f) {
      encoded.sparse[f].value /= norm;
    }
  }

 private:
  /// The strongest of them, scaled so that their squares add up to the share of their kind.
  static void append(std::size_t kind, std::vector<FeatureRow::Feature>& features, FeatureRow& encoded) {
    const std::size_t most = most_terms[kind];
    if (features.size() > most) {
      std::nth_element(
          features.begin(), features.begin() + static_cast<std::ptrdiff_t>(most), features.end(),
          [](const auto& a, const auto& b) { return a.value != b.value ? a.value > b.value : a.id < b.id; });
      features.resize(most);
      std::sort(features.begin(), features.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    }
    double squares = 0.0;
    for (const auto& feature : features) {
      squares += static_cast<double>(feature.value) * static_cast<double>(feature.value);
    }
    const double scale = std::sqrt(shares[kind] / squares);
    for (const auto& feature : features) {
      encoded.sparse.push_back({feature.id, static_cast<float>(static_cast<double>(feature.value) * scale)});
    }
  }
};

}  // namespace recocore::detail
