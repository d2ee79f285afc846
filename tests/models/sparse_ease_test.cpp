#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/io/state.hpp>
#include <recocore/models/ease.hpp>
#include <recocore/models/item_knn.hpp>
#include <recocore/models/sparse_ease.hpp>
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

rc::test::DenseMatrix dense_weights(const rc::SparseEase& model) {
  const std::size_t items = model.interactions().items().size();
  rc::test::DenseMatrix dense(items, std::vector<double>(items, 0.0));
  for (std::size_t i = 0; i < items; ++i) {
    for (const auto& entry : model.weights().rows().of(rc::ItemIx(i))) {
      dense[i][entry.index.value] = static_cast<double>(entry.score);
    }
  }
  return dense;
}

/// The k items with the largest cosine, from dense columns; ties to the smaller position.
std::vector<std::size_t> nearest(const rc::test::DenseMatrix& dense, std::size_t j, std::size_t k) {
  const std::size_t items = dense.front().size();
  const auto dot = [&](std::size_t a, std::size_t b) {
    double sum = 0.0;
    for (const auto& row : dense) {
      sum += row[a] * row[b];
    }
    return sum;
  };
  std::vector<rc::ScoredItem> found;
  for (std::size_t i = 0; i < items; ++i) {
    if (const double product = dot(i, j); i != j && product > 0.0) {
      found.push_back({rc::ItemIx(i), static_cast<float>(product / std::sqrt(dot(i, i) * dot(j, j)))});
    }
  }
  rc::keep_best(found, k);
  std::vector<std::size_t> positions;
  for (const auto& entry : found) {
    positions.push_back(entry.index.value);
  }
  return positions;
}

}  // namespace

TEST_CASE("sparse ease: each column is the regression on the nearest items") {
  for (const auto& shop : {rc::test::random_interactions({.users = 60, .items = 25}, 3),
                           rc::test::random_interactions({.users = 40, .items = 33, .largest_weight = 5.0}, 4)}) {
    const std::size_t items = shop.items().size();
    const auto dense = rc::test::to_dense(shop);
    for (const std::size_t k : {std::size_t{1}, std::size_t{6}, std::size_t{1000}}) {
      for (const auto& config : rc::test::ease_settings()) {
        const auto found = dense_weights(rc::SparseEase::fit(shop, {.k = k, .ease = config}, {.threads = 2}));
        const rc::test::NaiveRidge naive(shop, config);
        for (std::size_t j = 0; j < items; ++j) {
          auto support = nearest(dense, j, k);
          support.push_back(j);
          const auto column = naive.column(j, support);
          std::vector<double> expected(items, 0.0);
          for (std::size_t place = 0; place + 1 < support.size(); ++place) {
            expected[support[place]] = column[place];
          }
          for (std::size_t i = 0; i < items; ++i) {
            CHECK(std::abs(found[i][j] - expected[i]) < 1e-5);
          }
        }
      }
    }
  }
}

TEST_CASE("sparse ease: with all items it is ease") {
  constexpr std::size_t items = 12;
  const auto shop = rc::test::random_interactions({.users = 400, .items = items, .density = 0.5}, 11);
  for (const auto& config : rc::test::ease_settings()) {
    const auto full = rc::Ease::fit(shop, config);
    const auto sparse = rc::SparseEase::fit(shop, {.k = items, .ease = config});
    REQUIRE(sparse.weights().rows().entries.size() == items * (items - 1));  // each pair has a common user
    const auto dense = dense_weights(sparse);
    for (std::size_t i = 0; i < items; ++i) {
      for (std::size_t j = 0; j < items; ++j) {
        if (i != j) {
          CHECK(std::abs(dense[i][j] - static_cast<double>(full.weights()[i * items + j])) < 1e-5);
        }
      }
    }
  }
}

TEST_CASE("sparse ease: the same bytes for any number of threads") {
  for (const double largest : {0.0, 3.0}) {
    const auto shop =
        rc::test::random_interactions({.users = 400, .items = 150, .density = 0.05, .largest_weight = largest}, 7);
    const rc::SparseEaseConfig config{.k = 30, .ease = {.l2 = 10.0, .user_exponent = 0.5}};
    const auto one = rc::to_bytes(rc::AnyModel(rc::SparseEase::fit(shop, config, {.threads = 1})));
    for (const unsigned threads : {2U, 5U}) {
      CHECK(rc::to_bytes(rc::AnyModel(rc::SparseEase::fit(shop, config, {.threads = threads}))) == one);
    }
  }
}

TEST_CASE("sparse ease: nobody, one user, one item, everybody the same") {
  const auto entries = [](const rc::Interactions& shop) {
    return rc::SparseEase::fit(shop, {.ease = {.l2 = 1.0}}).weights().rows().entries.size();
  };
  CHECK(entries(from_pairs({}, {})) == 0);
  CHECK(entries(from_pairs({1}, {1})) == 0);
  CHECK(entries(from_pairs({1, 2, 3}, {1, 1, 1})) == 0);
  const auto same = rc::SparseEase::fit(from_pairs({1, 1, 2, 2}, {7, 8, 7, 8}), {.ease = {.l2 = 1.0}});
  REQUIRE(same.similar_items(rc::ItemIx(0U)).size() == 1);
  CHECK(static_cast<double>(same.similar_items(rc::ItemIx(0U))[0].score) == doctest::Approx(2.0 / 3.0));
}

TEST_CASE("sparse ease: bad parameters, too little regularisation, too little memory, a stop") {
  const auto shop = rc::test::random_interactions({.users = 50, .items = 20}, 5);
  for (const rc::SparseEaseConfig& config :
       {rc::SparseEaseConfig{.k = 0}, rc::SparseEaseConfig{.ease = {.l2 = 0.0}},
        rc::SparseEaseConfig{.ease = {.dropout = 1.0}}, rc::SparseEaseConfig{.ease = {.diagonal = -0.1}}}) {
    CHECK_THROWS_AS(static_cast<void>(rc::SparseEase::fit(shop, config)), rc::InvalidParameter);
    CHECK_THROWS_AS(static_cast<void>(rc::SparseEase::estimate_fit_memory(shop, config)), rc::InvalidParameter);
  }
  std::vector<std::int64_t> items(50);
  std::iota(items.begin(), items.end(), 0);
  const auto ones = from_pairs(std::vector<std::int64_t>(50, 1), items);
  CHECK_THROWS_WITH_AS(static_cast<void>(rc::SparseEase::fit(ones, {.ease = {.l2 = 1e-12}})),
                       doctest::Contains("a larger l2 makes it so"), rc::NotPositiveDefinite);

  const rc::SparseEaseConfig config{.k = 5};
  const auto bytes = rc::SparseEase::estimate_fit_memory(shop, config, {.threads = 2});
  CHECK_NOTHROW(static_cast<void>(rc::SparseEase::fit(shop, config, {.threads = 2, .memory_limit = bytes})));
  CHECK_THROWS_AS(static_cast<void>(rc::SparseEase::fit(shop, config, {.threads = 2, .memory_limit = bytes - 1})),
                  rc::MemoryLimitExceeded);

  std::stop_source source;
  rc::RunOptions options{.threads = 2, .stop = source.get_token()};
  options.progress = [&](std::string_view stage, std::uint64_t /*done*/, std::uint64_t /*total*/) {
    if (stage == "weights") {
      source.request_stop();
    }
  };
  CHECK_THROWS_AS(static_cast<void>(rc::SparseEase::fit(shop, config, options)), rc::Cancelled);
}

TEST_CASE("sparse ease: stored and read again; what does not belong together is refused") {
  const auto shop = rc::test::random_interactions({.users = 50, .items = 20}, 5);
  const auto model = rc::SparseEase::fit(shop, {.k = 5, .ease = {.l2 = 2.0, .dropout = 0.1}});
  const auto bytes = rc::to_bytes(rc::AnyModel(model));
  const auto again = rc::model_from_bytes(bytes);
  CHECK(rc::to_bytes(again) == bytes);
  REQUIRE(again.get_if<rc::SparseEase>() != nullptr);
  CHECK(again.get_if<rc::SparseEase>()->config() == model.config());
  for (std::int64_t u = 0; u < 50; ++u) {
    CHECK(rc::recommend_user(again, u) == rc::recommend_user(rc::AnyModel(model), u));
  }
  const auto other = rc::test::random_interactions({.users = 50, .items = 21}, 5);
  CHECK_THROWS_AS(static_cast<void>(rc::SparseEase::from_parts(other, model.config(), model.weights())),
                  rc::InvalidData);
}
