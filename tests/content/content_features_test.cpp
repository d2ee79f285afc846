#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/content/content_features.hpp>
#include <recocore/content/text_terms.hpp>
#include <recocore/core/error.hpp>

#include "../support/random_table.hpp"

namespace rc = recocore;

namespace {

constexpr std::size_t rows = 150;

const rc::AttributeTable& table() {
  static const auto made = rc::test::random_table(rows, 0, 7);
  return made;
}

template <class Column>
const Column& column(const rc::AttributeTable& from, std::string_view name) {
  return std::get<Column>(*from.find(name));
}

std::size_t place_of(const rc::ContentFeatures& features, std::string_view name) {
  const auto columns = features.columns();
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const auto& info) { return info.name == name; });
  return static_cast<std::size_t>(found - columns.begin());
}

/// Calls `expected(a, b)` for all pairs of rows and compares.
template <class Expected>
void check_all(std::string_view name, const Expected& expected) {
  const auto features = rc::ContentFeatures::fit(table(), {.threads = 1});
  const auto encoded = features.encode_all(table(), {.threads = 1});
  const std::size_t c = place_of(features, name);
  std::size_t above = 0;
  for (std::size_t a = 0; a < rows; ++a) {
    for (std::size_t b = 0; b < rows; ++b) {
      const double similarity = features.similarity(c, encoded[a], encoded[b]);
      const bool missing = rc::is_missing(*table().find(name), a) || rc::is_missing(*table().find(name), b);
      REQUIRE(similarity == doctest::Approx(missing ? 0.0 : expected(a, b)).epsilon(1e-4));
      REQUIRE(similarity == features.similarity(c, encoded[b], encoded[a]));
      REQUIRE(similarity <= 1.0 + 1e-6);
      above += similarity > 0.0 ? 1U : 0U;
    }
  }
  CHECK(above > rows);
}

double ln_idf(double all, double holders) { return std::log(1.0 + all / holders); }

}  // namespace

TEST_CASE("category: idf of the value in common, as a share of that of a value of one row") {
  const auto& values = column<rc::CategoryColumn>(table(), "type");
  std::map<std::uint32_t, double> holders;
  double all = 0.0;
  for (const auto code : values.codes) {
    if (code != rc::CategoryColumn::missing) {
      ++holders[code];
      ++all;
    }
  }
  check_all("type", [&](std::size_t a, std::size_t b) {
    return values.codes[a] == values.codes[b] ? ln_idf(all, holders[values.codes[a]]) / ln_idf(all, 1.0) : 0.0;
  });
}

TEST_CASE("flag: as a category") {
  const auto& values = column<rc::FlagColumn>(table(), "stock").values;
  const auto with = [&](std::int8_t value) {
    return static_cast<double>(std::count(values.begin(), values.end(), value));
  };
  const double all = with(0) + with(1);
  check_all("stock", [&](std::size_t a, std::size_t b) {
    return values[a] == values[b] ? ln_idf(all, with(values[a])) / ln_idf(all, 1.0) : 0.0;
  });
}

TEST_CASE("labels: cosine of idf vectors") {
  const auto& values = column<rc::LabelsColumn>(table(), "grapes");
  double all = 0.0;
  std::vector<double> holders(values.values.size(), 0.0);
  for (std::size_t row = 0; row < rows; ++row) {
    all += values.of(row).empty() ? 0.0 : 1.0;
    for (const auto code : values.of(row)) {
      ++holders[code];
    }
  }
  const auto dot = [&](std::size_t a, std::size_t b) {
    double sum = 0.0;
    for (const auto x : values.of(a)) {
      for (const auto y : values.of(b)) {
        sum += x == y ? std::pow(ln_idf(all, holders[x]), 2) : 0.0;
      }
    }
    return sum;
  };
  check_all("grapes",
            [&](std::size_t a, std::size_t b) { return dot(a, b) / std::sqrt(dot(a, a)) / std::sqrt(dot(b, b)); });
}

TEST_CASE("number: distance of ranks") {
  const auto& values = column<rc::NumberColumn>(table(), "price").values;
  const auto rank = [&](double value) {
    double below = 0.0;
    double all = 0.0;
    for (const double other : values) {
      if (!std::isnan(other)) {
        below += other < value ? 1.0 : (other == value ? 0.5 : 0.0);
        ++all;
      }
    }
    return below / all;
  };
  check_all("price", [&](std::size_t a, std::size_t b) {
    return std::pow(1.0 - std::abs(rank(values[a]) - rank(values[b])), 4);
  });
}

TEST_CASE("number: neither the unit nor an outlier matters") {
  std::vector<std::int64_t> ids{1, 2, 3, 4, 5};
  const auto similarity = [&](std::vector<double> values) {
    const auto made = rc::AttributeTable::from_rows(std::span<const std::int64_t>(ids),
                                                    {{"price", rc::NumberColumn{std::move(values)}}});
    const auto features = rc::ContentFeatures::fit(made);
    return features.similarity(0, features.encode(made, 1), features.encode(made, 2));
  };
  CHECK(similarity({1, 2, 3, 4, 5}) == similarity({100, 200, 300, 400, 1e12}));
}

TEST_CASE("point: half at the scale, on both sides of the date line") {
  const auto features = rc::ContentFeatures::fit(table());
  const std::size_t c = place_of(features, "place");
  const double scale = features.point_scale_km(c);
  CHECK(scale > 100.0);
  CHECK(scale < 10'000.0);
  const double degrees = 2.0 * std::asin(scale / 6371.0088 / 2.0) * 180.0 / std::numbers::pi;
  const std::vector<std::int64_t> ids{1, 2, 3};
  const auto made =
      rc::AttributeTable::from_rows(std::span<const std::int64_t>(ids),
                                    {{"place", rc::PointColumn{{0.0, 0.0, 0.0}, {180.0, -180.0, 180.0 - degrees}}}});
  const auto at = [&](std::size_t a, std::size_t b) {
    return features.similarity(c, features.encode(made, a), features.encode(made, b));
  };
  CHECK(at(0, 1) == doctest::Approx(1.0));
  CHECK(at(0, 2) == doctest::Approx(0.5).epsilon(1e-4));
  CHECK(at(1, 2) == doctest::Approx(0.5).epsilon(1e-4));
}

TEST_CASE("embedding: cosine, 0 where negative") {
  const auto& values = column<rc::EmbeddingColumn>(table(), "picture");
  const auto dot = [&](std::size_t a, std::size_t b) {
    double sum = 0.0;
    for (std::size_t d = 0; d < values.dimensions; ++d) {
      sum += static_cast<double>(values.of(a)[d]) * static_cast<double>(values.of(b)[d]);
    }
    return sum;
  };
  check_all("picture", [&](std::size_t a, std::size_t b) {
    return std::max(0.0, dot(a, b) / std::sqrt(dot(a, a)) / std::sqrt(dot(b, b)));
  });
}

TEST_CASE("text: cosine of TF-IDF over terms, each kind with its share") {
  const auto& values = column<rc::TextColumn>(table(), "title");
  using Counts = std::map<std::pair<rc::TermKind, std::uint64_t>, double>;
  std::vector<Counts> counts(rows);
  Counts holders;
  double all = 0.0;
  rc::TextTokens tokens;
  std::vector<rc::Term> terms;
  for (std::size_t row = 0; row < rows; ++row) {
    rc::tokenise(values.of(row), tokens);
    rc::terms_of(tokens, terms);
    for (const auto& term : terms) {
      ++counts[row][{term.kind, term.hash}];
    }
    for (const auto& [term, count] : counts[row]) {
      ++holders[term];
    }
    all += counts[row].empty() ? 0.0 : 1.0;
  }
  const auto vector_of = [&](std::size_t row) {
    std::map<rc::TermKind, double> squares;
    auto vector = counts[row];
    for (auto& [term, value] : vector) {
      value = (1.0 + std::log(value)) * ln_idf(all, holders[term]);
      squares[term.first] += value * value;
    }
    const std::map<rc::TermKind, double> shares{
        {rc::TermKind::word, 0.5}, {rc::TermKind::pair, 0.2}, {rc::TermKind::gram, 0.3}};
    double total = 0.0;
    for (const auto& [kind, sum] : squares) {
      total += shares.at(kind);
    }
    for (auto& [term, value] : vector) {
      value *= std::sqrt(shares.at(term.first) / squares[term.first] / total);
    }
    return vector;
  };
  std::vector<Counts> vectors;
  for (std::size_t row = 0; row < rows; ++row) {
    REQUIRE(counts[row].size() < 48 + 24 + 48);
    vectors.push_back(vector_of(row));
  }
  check_all("title", [&](std::size_t a, std::size_t b) {
    double sum = 0.0;
    for (const auto& [term, value] : vectors[a]) {
      const auto other = vectors[b].find(term);
      sum += other == vectors[b].end() ? 0.0 : value * other->second;
    }
    return sum;
  });
}

TEST_CASE("rows of another table are encoded as if they had been there") {
  const auto features = rc::ContentFeatures::fit(table());
  // The same rows, in a table whose values have other codes.
  const auto part = table().aligned(rc::IdMap::from_sorted(std::vector<std::int64_t>{3, 77}));
  for (std::size_t c = 0; c < features.columns().size(); ++c) {
    const auto here = features.encode(part, 1);
    const auto there = features.encode(table(), 77);
    for (std::size_t row = 0; row < rows; row += 7) {
      const auto other = features.encode(table(), row);
      CHECK(features.similarity(c, here, other) == features.similarity(c, there, other));
    }
  }
}

TEST_CASE("values the base does not have are like themselves, and a table may have some columns only") {
  const auto features = rc::ContentFeatures::fit(table());
  const std::vector<std::int64_t> ids{1, 2};
  const auto made = rc::AttributeTable::from_rows(
      std::span<const std::int64_t>(ids), {{"type", rc::CategoryColumn{rc::IdMap::from_sorted({0, 3}, "new"), {0, 0}}},
                                           {"unheard of", rc::NumberColumn{{1.0, 2.0}}}});
  const auto a = features.encode(made, 0);
  const auto b = features.encode(made, 1);
  CHECK(features.similarity(place_of(features, "type"), a, b) == 1.0);
  CHECK(features.similarity(place_of(features, "type"), a, features.encode(table(), 0)) == 0.0);
  CHECK(features.similarity(place_of(features, "price"), a, b) == 0.0);
}

TEST_CASE("a column of another kind or of other dimensions is refused by name") {
  const auto features = rc::ContentFeatures::fit(table());
  const std::vector<std::int64_t> ids{1};
  const auto number =
      rc::AttributeTable::from_rows(std::span<const std::int64_t>(ids), {{"type", rc::NumberColumn{{1.0}}}});
  CHECK_THROWS_WITH_AS(static_cast<void>(features.encode(number, 0)), doctest::Contains("'type'"), rc::InvalidData);
  const auto vectors = rc::AttributeTable::from_rows(std::span<const std::int64_t>(ids),
                                                     {{"picture", rc::EmbeddingColumn{2, {1.0F, 0.0F}}}});
  CHECK_THROWS_WITH_AS(static_cast<void>(features.encode(vectors, 0)), doctest::Contains("5"), rc::InvalidData);
}

TEST_CASE("any number of threads encodes the same") {
  const auto one = rc::ContentFeatures::fit(table(), {.threads = 1});
  const auto three = rc::ContentFeatures::fit(table(), {.threads = 3});
  const auto a = one.encode_all(table(), {.threads = 1});
  const auto b = three.encode_all(table(), {.threads = 3});
  for (std::size_t row = 0; row < rows; ++row) {
    REQUIRE(a[row].sparse.size() == b[row].sparse.size());
    for (std::size_t f = 0; f < a[row].sparse.size(); ++f) {
      CHECK(a[row].sparse[f].id == b[row].sparse[f].id);
      CHECK(a[row].sparse[f].value == b[row].sparse[f].value);
    }
    CHECK(a[row].dense == b[row].dense);
  }
}

TEST_CASE("long texts: the strongest terms; in large tables what most texts have says nothing") {
  std::vector<std::int64_t> ids;
  rc::TextColumn text;
  for (std::int64_t row = 0; row < 1200; ++row) {
    ids.push_back(row);
    for (int word = 0; word < 60; ++word) {
      text.bytes += "w" + std::to_string((row * 61 + word) % 5000) + " ";
    }
    text.bytes += "everywhere";
    text.offsets.push_back(text.bytes.size());
  }
  const auto large = rc::AttributeTable::from_rows(std::span<const std::int64_t>(ids), {{"title", std::move(text)}});
  const auto features = rc::ContentFeatures::fit(large);
  const auto row = features.encode(large, 5);
  CHECK(row.sparse.size() == 48 + 24 + 48);
  const rc::TextColumn common{{0, 10}, "everywhere"};
  const std::vector<std::int64_t> one{1};
  const auto only = rc::AttributeTable::from_rows(std::span<const std::int64_t>(one), {{"title", common}});
  CHECK(!features.encode(only, 0).cells[0].present);
}
