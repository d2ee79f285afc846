#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/content/content_index.hpp>
#include <recocore/content/content_match.hpp>
#include <recocore/core/error.hpp>

#include "../support/random_table.hpp"

namespace rc = recocore;

namespace {

constexpr std::size_t rows = 150;

const rc::AttributeTable& table() {
  static const auto made = rc::test::random_table(rows, 0, 11);
  return made;
}

struct Fitted {
  rc::ContentFeatures features = rc::ContentFeatures::fit(table());
  std::vector<rc::FeatureRow> rows = features.encode_all(table());
  std::vector<double> weights{0.2, 0.1, 0.15, 0.05, 0.2, 0.1, 0.1, 0.1};
  rc::ContentIndex index = rc::ContentIndex::make(features, weights, rows);
};

const Fitted& fitted() {
  static const Fitted made;
  return made;
}

std::vector<rc::ScoredItem> sorted_by_score(const rc::ContentIndex& index, const rc::FeatureRow& row,
                                            const std::vector<rc::FeatureRow>& all, std::size_t self, std::size_t k) {
  std::vector<rc::ScoredItem> scored;
  for (std::size_t r = 0; r < all.size(); ++r) {
    if (const float score = index.score(row, all[r]); r != self && score > 0.0F) {
      scored.push_back({rc::ItemIx(r), score});
    }
  }
  rc::keep_best(scored, k);
  return scored;
}

}  // namespace

TEST_CASE("the weighted sum of the columns") {
  const auto& [features, encoded, weights, index] = fitted();
  for (std::size_t a = 0; a < rows; ++a) {
    for (std::size_t b = 0; b < rows; ++b) {
      double sum = 0.0;
      for (std::size_t c = 0; c < weights.size(); ++c) {
        sum += weights[c] * features.similarity(c, encoded[a], encoded[b]);
      }
      REQUIRE(static_cast<double>(index.score(encoded[a], encoded[b])) == doctest::Approx(sum).epsilon(1e-5));
      REQUIRE(index.score(encoded[a], encoded[b]) == index.score(encoded[b], encoded[a]));
    }
  }
}

TEST_CASE("scanning the columns gives the same bits as comparing two rows") {
  const auto& [features, encoded, weights, index] = fitted();
  std::vector<float> scores;
  for (const auto& row : encoded) {
    index.score_all(row, scores);
    for (std::size_t r = 0; r < rows; ++r) {
      REQUIRE(scores[r] == index.score(row, encoded[r]));
    }
  }
}

TEST_CASE("neighbours: the best k, for any number of threads") {
  const auto& [features, encoded, weights, index] = fitted();
  for (const std::size_t k : {1U, 7U, 149U, 1000U}) {
    const auto all = index.all_neighbours(encoded, k, {.threads = 3});
    CHECK(all == index.all_neighbours(encoded, k, {.threads = 1}));
    for (std::size_t r = 0; r < rows; ++r) {
      const auto expected = sorted_by_score(index, encoded[r], encoded, r, k);
      const auto found = all.of(rc::ItemIx(r));
      REQUIRE(std::equal(found.begin(), found.end(), expected.begin(), expected.end()));
    }
  }
}

TEST_CASE("rows beside the base: the same scores as in one base") {
  const auto& [features, encoded, weights, index] = fitted();
  // 10 and 64 are replaced, two more lie behind.
  const auto others = features.encode_all(rc::test::random_table(4, 1000, 12));
  auto all = encoded;
  all[10] = others[0];
  all[64] = others[1];
  all.push_back(others[2]);
  all.push_back(others[3]);
  std::vector<rc::ContentIndex::Moved> moved;
  for (const std::size_t position : {std::size_t{10}, std::size_t{64}, rows, rows + 1}) {
    moved.push_back({static_cast<std::uint32_t>(position), std::make_shared<const rc::FeatureRow>(all[position])});
  }
  const auto changed = index.with(std::move(moved));
  CHECK(changed.size() == rows + 2);
  CHECK(changed.base_size() == rows);
  rc::ContentIndex::Scratch scratch;
  std::vector<rc::ScoredItem> found;
  for (std::size_t r = 0; r < all.size(); ++r) {
    changed.neighbours_of(all[r], 20, rc::ItemIx(r), scratch, found);
    REQUIRE(found == sorted_by_score(index, all[r], all, r, 20));
  }
  CHECK(index.size() == rows);
}

TEST_CASE("columns without weight, and no rows at all") {
  const auto& [features, encoded, weights, index] = fitted();
  const auto none = rc::ContentIndex::make(features, std::vector<double>(weights.size(), 0.0), encoded);
  CHECK(none.all_neighbours(encoded, 5).entries.empty());
  CHECK(rc::ContentIndex::make(features, weights, {}).all_neighbours({}, 5).rows() == 0);
  CHECK_THROWS_AS(static_cast<void>(rc::ContentIndex::make(features, {1.0}, encoded)), rc::InvalidParameter);
  auto negative = weights;
  negative[0] = -0.1;
  CHECK_THROWS_AS(static_cast<void>(rc::ContentIndex::make(features, negative, encoded)), rc::InvalidParameter);
}

TEST_CASE("why: shares add up to the score, and facts are in plain words") {
  const auto& [features, encoded, weights, index] = fitted();
  for (std::size_t b = 1; b < 40; ++b) {
    const auto match = rc::explain_match(index, table(), 0, table(), b);
    double sum = 0.0;
    for (const auto& part : match.parts) {
      sum += part.share;
      CHECK((part.similarity > 0.0 || part.fact.empty()));
    }
    CHECK(match.score == doctest::Approx(sum));
    CHECK(match.score == doctest::Approx(static_cast<double>(index.score(encoded[0], encoded[b]))).epsilon(1e-5));
    CHECK(std::is_sorted(match.parts.begin(), match.parts.end(),
                         [](const auto& x, const auto& y) { return x.share > y.share; }));
  }
  const std::vector<std::int64_t> ids{1, 2};
  const auto two = rc::AttributeTable::from_rows(
      std::span<const std::int64_t>(ids),
      {{"region", rc::CategoryColumn{rc::IdMap::from_sorted({0, 5}, "Rioja"), {0, 0}}},
       {"grapes", rc::LabelsColumn{rc::IdMap::from_sorted({0, 8, 19}, "GarnachaTempranillo"), {0, 2, 3}, {0, 1, 1}}},
       {"price", rc::NumberColumn{{12.5, 13.0}}},
       {"organic", rc::FlagColumn{{1, 1}}},
       {"title", rc::TextColumn{{0, 11, 22}, "Viña Tondoviña tinto"}},
       {"since", rc::DateColumn{{0, 86'400'000'000}}},
       {"place", rc::PointColumn{{42.0, 42.0}, {-2.0, -2.01}}},
       {"picture", rc::EmbeddingColumn{2, {1.0F, 0.0F, 2.0F, 0.0F}}}});
  const auto small = rc::ContentFeatures::fit(two);
  const auto small_index = rc::ContentIndex::make(small, std::vector<double>(8, 0.125), small.encode_all(two));
  const auto match = rc::explain_match(small_index, two, 0, two, 1);
  std::vector<std::string> facts;
  for (const auto& part : match.parts) {
    facts.push_back(part.fact);
  }
  std::sort(facts.begin(), facts.end());
  CHECK(facts == std::vector<std::string>{"both grapes: Tempranillo", "both organic: yes", "picture 100 % alike",
                                          "place 826 m apart", "price 12.5 and 13", "same region: Rioja",
                                          "since 1970-01-01 and 1970-01-02", "title shares vina"});
  CHECK(rc::to_text(match, 8).find("same region: Rioja") != std::string::npos);
  CHECK(rc::to_text(rc::ContentMatch{}) == "nothing in common");
}
