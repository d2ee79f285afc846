#include <cmath>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/impl/stats/weigher.hpp>

#include "../support/random_interactions.hpp"

namespace rc = recocore;

TEST_CASE("fixed point: integers and halves are exact") {
  const auto shop = rc::test::random_interactions({.largest_weight = 80'000.0}, 2);
  const auto& rows = shop.by_item();
  const rc::detail::Weigher weigher(rows, shop.by_user(), {});
  const auto fixed = rc::detail::fixed_point_scale(rows, weigher, {});
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    for (const float value : rows.row_values(rc::ItemIx(i))) {
      const auto exact = static_cast<double>(value);
      CHECK(fixed.to_fixed(i, exact) * fixed.unit(i) == exact);
    }
  }
}

TEST_CASE("fixed point: the squares of a row stay below 2^62, from tiny to huge weights") {
  for (const float weight : {1e-30F, 1e-3F, 1.0F, 3e5F, 3e38F}) {
    rc::SparseRows<rc::UserIx, rc::ItemIx> columns;
    columns.columns = 1;
    for (int u = 0; u < 5000; ++u) {
      columns.indices.push_back(rc::ItemIx(0U));
      columns.values.push_back(weight);
      columns.offsets.push_back(columns.indices.size());
    }
    const auto rows = rc::transpose(columns);
    const auto fixed = rc::detail::fixed_point_scale(rows, rc::detail::Weigher(rows, columns, {}), {});
    const auto value = static_cast<double>(fixed.to_fixed(0, static_cast<double>(weight)));
    const double squares = value * value * 5000;
    CHECK(squares < std::ldexp(1.0, 62));
    CHECK(squares > std::ldexp(1.0, 57));  // and no precision is given away
    CHECK(value * fixed.unit(0) == doctest::Approx(static_cast<double>(weight)).epsilon(1e-6));
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
