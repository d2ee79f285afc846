#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/io/state.hpp>
#include <recocore/models/ease.hpp>
#include <recocore/rank/serve.hpp>

#include "../support/naive_ridge.hpp"
#include "../support/random_interactions.hpp"

namespace rc = recocore;

namespace {

rc::Interactions from_pairs(const std::vector<std::int64_t>& users, const std::vector<std::int64_t>& items) {
  rc::EventLogBuilder builder;
  builder.add({.user = std::span(users), .item = std::span(items)});
  return rc::Interactions::from_events(builder.finish());
}

double weight(const rc::Ease& model, std::size_t i, std::size_t j) {
  return static_cast<double>(model.weights()[i * model.interactions().items().size() + j]);
}

}  // namespace

TEST_CASE("ease: the weights are those of the formulas") {
  for (const auto& shop : {rc::test::random_interactions({.users = 60, .items = 25}, 3),
                           rc::test::random_interactions({.users = 40, .items = 33, .largest_weight = 5.0}, 4)}) {
    const std::size_t items = shop.items().size();
    std::vector<std::size_t> all(items);
    std::iota(all.begin(), all.end(), std::size_t{0});
    for (const auto& config : rc::test::ease_settings()) {
      const auto model = rc::Ease::fit(shop, config, {.threads = 2});
      const rc::test::NaiveRidge naive(shop, config);
      for (std::size_t j = 0; j < items; ++j) {
        const auto column = naive.column(j, all);
        for (std::size_t i = 0; i < items; ++i) {
          CHECK(std::abs(weight(model, i, j) - column[i]) < 1e-5);
        }
        if (config.diagonal == 0.0) {
          CHECK(weight(model, j, j) == 0.0);
        }
      }
    }
  }
}

TEST_CASE("ease: lists are sums of weights, with values") {
  const auto shop = rc::test::random_interactions({.users = 40, .items = 30, .largest_weight = 4.0}, 8);
  const auto model = rc::Ease::fit(shop, {.l2 = 3.0});
  const std::size_t items = shop.items().size();
  for (std::int64_t u = 0; u < 40; ++u) {
    const auto history = shop.by_user().row(rc::UserIx(static_cast<std::size_t>(u)));
    const auto values = shop.by_user().row_values(rc::UserIx(static_cast<std::size_t>(u)));
    std::vector<rc::ScoredItem> expected;
    for (std::size_t j = 0; j < items; ++j) {
      double score = 0.0;
      for (std::size_t entry = 0; entry < history.size(); ++entry) {
        score += static_cast<double>(values[entry]) * weight(model, history[entry].value, j);
      }
      if (score > 0.0 && !std::binary_search(history.begin(), history.end(), rc::ItemIx(j))) {
        expected.push_back({rc::ItemIx(j), static_cast<float>(score)});
      }
    }
    rc::keep_best(expected, 10);
    const auto list = rc::recommend_user(rc::AnyModel(model), u, {.n = 10});
    REQUIRE(list.size() >= expected.size());
    for (std::size_t place = 0; place < expected.size(); ++place) {
      CHECK(static_cast<double>(list[place].score) ==
            doctest::Approx(static_cast<double>(expected[place].score)).epsilon(1e-4));
      CHECK(list[place].tier == rc::Tier::collaborative);
    }
    CHECK((list.size() == expected.size() || list[expected.size()].tier == rc::Tier::popular));
  }
}

TEST_CASE("ease: similar items are the largest weights of a row, at most a hundred") {
  for (const auto& shop : {rc::test::random_interactions({.users = 50, .items = 20}, 5),
                           rc::test::random_interactions({.users = 300, .items = 400, .density = 0.1}, 6)}) {
    const auto model = rc::Ease::fit(shop, {.l2 = 2.0, .diagonal = 0.3});
    const std::size_t items = shop.items().size();
    for (std::size_t i = 0; i < items; ++i) {
      std::vector<rc::ScoredItem> expected;
      for (std::size_t j = 0; j < items; ++j) {
        if (const float score = model.weights()[i * items + j]; i != j && score > 0.0F) {
          expected.push_back({rc::ItemIx(j), score});
        }
      }
      rc::keep_best(expected, rc::Ease::most_similar);
      const auto similar = model.similar_items(rc::ItemIx(i));
      CHECK(std::equal(expected.begin(), expected.end(), similar.begin(), similar.end()));
    }
  }
}

TEST_CASE("ease: the same bytes for any number of threads") {
  const auto shop = rc::test::random_interactions({.users = 400, .items = 700, .density = 0.03}, 7);
  const rc::EaseConfig config{.l2 = 10.0, .user_exponent = 0.5};
  const auto one = rc::to_bytes(rc::AnyModel(rc::Ease::fit(shop, config, {.threads = 1})));
  for (const unsigned threads : {2U, 5U}) {
    CHECK(rc::to_bytes(rc::AnyModel(rc::Ease::fit(shop, config, {.threads = threads}))) == one);
  }
}

TEST_CASE("ease: nobody, one user, one item, everybody the same, items that nobody has") {
  CHECK(rc::Ease::fit(from_pairs({}, {})).weights().empty());
  CHECK(weight(rc::Ease::fit(from_pairs({1}, {1})), 0, 0) == 0.0);
  CHECK(weight(rc::Ease::fit(from_pairs({1, 2, 3}, {1, 1, 1})), 0, 0) == 0.0);
  const auto same = rc::Ease::fit(from_pairs({1, 1, 2, 2}, {7, 8, 7, 8}), {.l2 = 1.0});
  CHECK(weight(same, 0, 1) == doctest::Approx(2.0 / 3.0));  // G_12 / (G_11 + l2)

  rc::SparseRows<rc::UserIx, rc::ItemIx> rows;
  rows.offsets = {0, 2, 2};
  rows.indices = {rc::ItemIx(0U), rc::ItemIx(2U)};
  rows.columns = 4;
  const auto lonely = rc::Ease::fit(rc::Interactions::from_rows(std::move(rows)),
                                    {.l2 = 1.0, .count_exponent = 1.0, .candidate_exponent = 1.0, .dropout = 0.5});
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(weight(lonely, i, 1) == 0.0);
    CHECK(weight(lonely, 3, i) == 0.0);
  }
  CHECK(weight(lonely, 0, 2) > 0.0);
}

TEST_CASE("ease: bad parameters, too little regularisation, too little memory") {
  const auto shop = rc::test::random_interactions({.users = 50, .items = 20}, 5);
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  for (const rc::EaseConfig& config :
       {rc::EaseConfig{.l2 = 0.0}, rc::EaseConfig{.l2 = -1.0}, rc::EaseConfig{.l2 = nan},
        rc::EaseConfig{.l2 = std::numeric_limits<double>::infinity()}, rc::EaseConfig{.user_exponent = -0.1},
        rc::EaseConfig{.count_exponent = 2.1}, rc::EaseConfig{.candidate_exponent = nan},
        rc::EaseConfig{.dropout = 1.0}, rc::EaseConfig{.dropout = -0.1}, rc::EaseConfig{.diagonal = 1.1}}) {
    CHECK_THROWS_AS(static_cast<void>(rc::Ease::fit(shop, config)), rc::InvalidParameter);
    CHECK_THROWS_AS(static_cast<void>(rc::Ease::estimate_fit_memory(shop, config)), rc::InvalidParameter);
  }
  // One user with everything: the matrix of ones, which a regularisation below the precision of its sums cannot help.
  std::vector<std::int64_t> items(50);
  std::iota(items.begin(), items.end(), 0);
  CHECK_THROWS_WITH_AS(
      static_cast<void>(rc::Ease::fit(from_pairs(std::vector<std::int64_t>(50, 1), items), {.l2 = 1e-12})),
      doctest::Contains("a larger l2 makes it so"), rc::NotPositiveDefinite);

  const auto bytes = rc::Ease::estimate_fit_memory(shop, {}, {.threads = 2});
  CHECK_NOTHROW(static_cast<void>(rc::Ease::fit(shop, {}, {.threads = 2, .memory_limit = bytes})));
  CHECK_THROWS_WITH_AS(static_cast<void>(rc::Ease::fit(shop, {}, {.threads = 2, .memory_limit = bytes - 1})),
                       doctest::Contains("SparseEase needs less"), rc::MemoryLimitExceeded);
}

// A sanitizer ends the program where an allocation is larger than it can serve.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("ease: a catalogue that no machine holds is refused in words") {
  rc::SparseRows<rc::UserIx, rc::ItemIx> rows;
  rows.offsets = {0, 1};
  rows.indices = {rc::ItemIx(0U)};
  rows.columns = 3'000'000;
  const auto shop = rc::Interactions::from_rows(std::move(rows));
  CHECK_THROWS_WITH_AS(static_cast<void>(rc::Ease::fit(shop)), doctest::Contains("more than there is"),
                       rc::MemoryLimitExceeded);
}
#endif

TEST_CASE("ease: stored and read again; what does not belong together is refused") {
  const auto shop = rc::test::random_interactions({.users = 50, .items = 20}, 5);
  const auto model = rc::Ease::fit(shop, {.l2 = 2.0, .dropout = 0.1});
  const auto bytes = rc::to_bytes(rc::AnyModel(model));
  const auto again = rc::model_from_bytes(bytes);
  CHECK(rc::to_bytes(again) == bytes);
  REQUIRE(again.get_if<rc::Ease>() != nullptr);
  CHECK(again.get_if<rc::Ease>()->config() == model.config());
  for (std::int64_t u = 0; u < 50; ++u) {
    CHECK(rc::recommend_user(again, u) == rc::recommend_user(rc::AnyModel(model), u));
  }
  rc::RawVector<float> weights(model.weights().begin(), model.weights().end());
  weights[3] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_AS(static_cast<void>(rc::Ease::from_parts(shop, model.config(), weights)), rc::InvalidData);
  weights.pop_back();
  CHECK_THROWS_AS(static_cast<void>(rc::Ease::from_parts(shop, model.config(), weights)), rc::InvalidData);
}

TEST_CASE("ease: weights of a visitor that no sum holds give no NaN") {
  const rc::AnyModel model = rc::Ease::fit(rc::test::random_interactions({.users = 50, .items = 20}, 5), {.l2 = 0.5});
  const std::vector<std::int64_t> history{0, 1, 2};
  const std::vector<float> huge{3e38F, 3e38F, 3e38F};
  for (const auto& entry : rc::recommend_history(model, std::span(history), huge)) {
    CHECK(std::isfinite(entry.score));
  }
}
