#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/content/column_weights.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/impl/content/pair_regression.hpp>

#include "../support/random_interactions.hpp"
#include "../support/random_table.hpp"

namespace rc = recocore;

namespace {

constexpr std::size_t items = 120;

/// Everybody buys items of one region; colour and price are chance.
struct RegionShop {
  rc::AttributeTable table;
  rc::Interactions interactions;
};

const RegionShop& region_shop() {
  static const RegionShop shop = [] {
    rc::Random random(5);
    std::vector<std::int64_t> ids(items);
    std::iota(ids.begin(), ids.end(), 0);
    rc::CategoryColumn region{.values = rc::test::value_names(6)};
    rc::CategoryColumn colour{.values = rc::test::value_names(4)};
    rc::NumberColumn price;
    rc::NumberColumn unknown;
    for (std::size_t i = 0; i < items; ++i) {
      region.codes.push_back(static_cast<std::uint32_t>(i % 6));
      colour.codes.push_back(static_cast<std::uint32_t>(random.below(4)));
      price.values.push_back(random.uniform());
      unknown.values.push_back(std::nan(""));
    }
    rc::SparseRows<rc::UserIx, rc::ItemIx> rows;
    rows.columns = items;
    for (std::size_t user = 0; user < 300; ++user) {
      for (std::size_t i = user % 6; i < items; i += 6) {
        if (random.uniform() < 0.25) {
          rows.indices.emplace_back(i);
        }
      }
      rows.offsets.push_back(rows.indices.size());
    }
    return RegionShop{
        rc::AttributeTable::from_rows(std::span<const std::int64_t>(ids), {{"region", std::move(region)},
                                                                           {"colour", std::move(colour)},
                                                                           {"price", std::move(price)},
                                                                           {"unknown", std::move(unknown)}}),
        rc::Interactions::from_rows(std::move(rows))};
  }();
  return shop;
}

rc::ColumnWeights learn(const rc::ColumnWeightsConfig& config = {}, unsigned threads = 1) {
  const auto& shop = region_shop();
  const auto features = rc::ContentFeatures::fit(shop.table);
  return rc::learn_column_weights(features, features.encode_all(shop.table), shop.interactions, config,
                                  {.threads = threads});
}

}  // namespace

TEST_CASE("the column that explains what is chosen together gets nearly all") {
  const auto learned = learn();
  CHECK(learned.report.learned);
  CHECK(learned.weights[0] > 0.9);
  CHECK(learned.weights[3] == 0.0);
  CHECK(std::accumulate(learned.weights.begin(), learned.weights.end(), 0.0) == doctest::Approx(1.0));
  const auto& region = learned.report.columns[0];
  CHECK(region.lift > 4.0);
  CHECK(region.auc > 0.85);
  CHECK(region.coverage == 1.0);
  CHECK(learned.report.columns[1].auc == doctest::Approx(0.5).epsilon(0.1));
  CHECK(learned.report.columns[3].coverage == 0.0);
  const auto text = rc::to_text(learned.report);
  CHECK(text.starts_with("region explains most"));
  CHECK(text.find("price (number)") != std::string::npos);
}

TEST_CASE("the same for any number of threads, another for another seed") {
  CHECK(learn({}, 3).weights == learn({}, 1).weights);
  CHECK(learn({.most_pairs = 100, .seed = 1}).weights != learn({.most_pairs = 100, .seed = 2}).weights);
}

TEST_CASE("by hand: shares of 1, the rest as learned") {
  const auto some = learn({.by_hand = {{"price", 0.5}, {"colour", 0.0}}});
  CHECK(some.weights[2] == 0.5);
  CHECK(some.weights[1] == 0.0);
  CHECK(some.weights[0] == doctest::Approx(0.5).epsilon(0.05));
  CHECK(some.report.columns[2].by_hand);
  CHECK(!some.report.columns[0].by_hand);
  const auto all = learn({.by_hand = {{"price", 3.0}, {"colour", 1.0}, {"region", 0.0}, {"unknown", 0.0}}});
  CHECK(all.weights == std::vector<double>{0.0, 0.25, 0.75, 0.0});
  const auto much = learn({.by_hand = {{"price", 3.0}, {"colour", 1.0}}});
  CHECK(much.weights == std::vector<double>{0.0, 0.25, 0.75, 0.0});
  CHECK_THROWS_WITH_AS(learn({.by_hand = {{"prize", 1.0}}}), doctest::Contains("'price'"), rc::InvalidParameter);
  CHECK_THROWS_AS(learn({.by_hand = {{"price", -1.0}}}), rc::InvalidParameter);
  CHECK_THROWS_AS(learn({.by_hand = {{"price", 1.0}, {"price", 1.0}}}), rc::InvalidParameter);
  CHECK_THROWS_AS(learn({.most_pairs = 0}), rc::InvalidParameter);
  CHECK_THROWS_AS(learn({.ridge = -1.0}), rc::InvalidParameter);
}

TEST_CASE("not learned: equal weights for columns that have values") {
  const auto equal = learn({.learn = false});
  CHECK(!equal.report.learned);
  for (const std::size_t c : {0U, 1U, 2U}) {
    CHECK(equal.weights[c] == doctest::Approx(1.0 / 3));
  }
  CHECK(equal.weights[3] == 0.0);
}

TEST_CASE("where nothing explains anything, weights stay nearly equal") {
  const auto table = rc::test::random_table(100, 0, 3);
  const auto features = rc::ContentFeatures::fit(table);
  const auto noise =
      rc::Interactions::from_rows(rc::test::random_rows({.users = 200, .items = 100, .density = 0.1}, 4));
  const auto learned = rc::learn_column_weights(features, features.encode_all(table), noise);
  CHECK(learned.report.learned);
  CHECK(*std::max_element(learned.weights.begin(), learned.weights.end()) < 0.75);
  CHECK(*std::min_element(learned.weights.begin(), learned.weights.end()) > 0.0);
}

TEST_CASE("the regression is at the minimum of its loss, among weights of at least 0") {
  rc::Random random(9);
  rc::detail::PairTable pairs{.columns = 3};
  for (int pair = 0; pair < 500; ++pair) {
    const double a = random.uniform();
    const double b = random.uniform();
    const double c = random.uniform();
    pairs.similarities.insert(pairs.similarities.end(), {a, b, c});
    const double odds = 4.0 * a + b - 3.0 * c;
    pairs.together.push_back(random.uniform() < 1.0 / (1.0 + std::exp(-odds)) ? 1 : 0);
  }
  constexpr double ridge = 0.01;
  const auto weights = rc::detail::PairRegression(pairs, ridge).solve();
  CHECK(weights[0] > 1.0);
  CHECK(weights[0] > weights[1]);
  CHECK(weights[2] == 0.0);
  // The best intercept for given weights by bisection of the derivative; then the loss around the solution.
  const auto loss = [&](const std::vector<double>& w) {
    const auto sums = [&](double intercept) {
      double value = 0.0;
      double slope = 0.0;
      for (std::size_t pair = 0; pair < pairs.size(); ++pair) {
        const auto s = pairs.of(pair);
        const double x = intercept + w[0] * s[0] + w[1] * s[1] + w[2] * s[2];
        const double y = pairs.together[pair] != 0 ? 1.0 : 0.0;
        value += std::log1p(std::exp(x)) - y * x;
        slope += 1.0 / (1.0 + std::exp(-x)) - y;
      }
      return std::pair(value / 500.0, slope);
    };
    double low = -30.0;
    double high = 30.0;
    for (int step = 0; step < 100; ++step) {
      const double middle = (low + high) / 2.0;
      (sums(middle).second > 0.0 ? high : low) = middle;
    }
    return sums(low).first + ridge / 2.0 * (w[0] * w[0] + w[1] * w[1] + w[2] * w[2]);
  };
  const double best = loss(weights);
  for (std::size_t c = 0; c < 3; ++c) {
    for (const double step : {-0.01, 0.01}) {
      auto moved = weights;
      moved[c] = std::max(0.0, moved[c] + step);
      CHECK(loss(moved) >= best - 1e-12);
    }
  }
}
