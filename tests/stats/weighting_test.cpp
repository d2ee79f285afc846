#include <cmath>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/stats/weighting.hpp>

#include "../support/random_interactions.hpp"

namespace rc = recocore;

TEST_CASE("fixed point: integers and halves are exact, in both orders") {
  const auto shop = rc::test::random_interactions({.largest_weight = 80'000.0}, 2);
  const auto fixed = rc::weigh(shop.by_item(), shop.by_user(), {});
  for (std::size_t i = 0; i < shop.by_item().rows(); ++i) {
    const auto values = shop.by_item().row_values(rc::ItemIx(i));
    for (std::size_t e = 0; e < values.size(); ++e) {
      const double back = fixed.by_row[shop.by_item().offsets[i] + e] * fixed.scale[i];
      CHECK(back == static_cast<double>(values[e]));
    }
  }
  for (std::size_t e = 0; e < shop.by_user().entries(); ++e) {
    const double back = fixed.by_column[e] * fixed.scale[shop.by_user().indices[e].value];
    CHECK(back == static_cast<double>(shop.by_user().values[e]));
  }
}

TEST_CASE("fixed point: the squares of a row stay below 2^62, from tiny to huge weights") {
  for (const float weight : {1e-30F, 1e-3F, 1.0F, 3e5F, 3e38F}) {
    rc::SparseRows<rc::UserIx, rc::ItemIx> rows;
    rows.columns = 1;
    for (int u = 0; u < 5000; ++u) {
      rows.indices.push_back(rc::ItemIx(0U));
      rows.values.push_back(weight);
      rows.offsets.push_back(rows.indices.size());
    }
    const auto fixed = rc::weigh(rc::transpose(rows), rows, {});
    double squares = 0.0;
    for (const auto value : fixed.by_row) {
      squares += static_cast<double>(value) * static_cast<double>(value);
    }
    CHECK(squares < std::ldexp(1.0, 62));
    CHECK(squares > std::ldexp(1.0, 57));  // and no precision is given away
    CHECK(fixed.by_row.front() * fixed.scale.front() == doctest::Approx(static_cast<double>(weight)).epsilon(1e-6));
  }
}

TEST_CASE("weighting: configurations that make no sense are refused") {
  CHECK_THROWS_AS(rc::WeightingConfig{.bm25_k1 = 0.0}.validate(), rc::InvalidParameter);
  CHECK_THROWS_AS(rc::WeightingConfig{.bm25_k1 = std::nan("")}.validate(), rc::InvalidParameter);
  CHECK_THROWS_AS(rc::WeightingConfig{.bm25_b = 1.01}.validate(), rc::InvalidParameter);
  CHECK_THROWS_WITH_AS(static_cast<void>(rc::parse_weighting("tfidf")),
                       doctest::Contains("unknown weighting 'tfidf'; known are 'none', 'tf_idf', 'bm25'"),
                       rc::InvalidParameter);
}
