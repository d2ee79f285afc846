#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/io/state.hpp>
#include <recocore/models/user_knn.hpp>
#include <recocore/rank/serve.hpp>

#include "../support/random_interactions.hpp"

namespace rc = recocore;

namespace {

using Dense = std::vector<std::vector<double>>;

/// Users by items, dense.
Dense dense_of(const rc::Interactions& shop) {
  const auto& rows = shop.by_user();
  Dense dense(rows.rows(), std::vector<double>(rows.columns, 0.0));
  for (std::size_t u = 0; u < rows.rows(); ++u) {
    const auto items = rows.row(rc::UserIx(u));
    const auto values = rows.row_values(rc::UserIx(u));
    for (std::size_t e = 0; e < items.size(); ++e) {
      dense[u][items[e].value] = values.empty() ? 1.0 : static_cast<double>(values[e]);
    }
  }
  return dense;
}

double sum_of(const std::vector<double>& row) { return std::accumulate(row.begin(), row.end(), 0.0); }

/// A row weighted as the formulas of `Weighting` say, with users as rows.
std::vector<double> weigh(const std::vector<double>& row, const Dense& all, const rc::WeightingConfig& config) {
  const auto users = static_cast<double>(all.size());
  double mean_length = 0.0;
  for (const auto& other : all) {
    mean_length += sum_of(other) / users;
  }
  auto weighted = row;
  for (std::size_t i = 0; i < row.size(); ++i) {
    double n = 0.0;
    for (const auto& other : all) {
      n += other[i] != 0.0 ? 1.0 : 0.0;
    }
    if (row[i] == 0.0) {
      continue;
    }
    if (config.weighting == rc::Weighting::tf_idf) {
      weighted[i] = std::sqrt(row[i]) * (std::log((1.0 + users) / (1.0 + n)) + 1.0);
    } else if (config.weighting == rc::Weighting::bm25) {
      const double norm = config.bm25_k1 * (1.0 - config.bm25_b + config.bm25_b * sum_of(row) / mean_length);
      weighted[i] = std::log(1.0 + (users - n + 0.5) / (n + 0.5)) * row[i] * (config.bm25_k1 + 1.0) / (row[i] + norm);
    }
  }
  return weighted;
}

/// sim(h, v) for every user v.
std::vector<double> similarities(const std::vector<double>& history, const Dense& all,
                                 const rc::SimilarRowsConfig& config) {
  const auto summary = [](const std::vector<double>& row) {
    rc::RowSummary result;
    for (const double x : row) {
      result.users += x != 0.0 ? 1.0 : 0.0;
      result.squared_norm += x * x;
    }
    return result;
  };
  const auto h = weigh(history, all, config.weighting);
  std::vector<double> result;
  for (const auto& user : all) {
    const auto v = weigh(user, all, config.weighting);
    double dot = 0.0;
    double common = 0.0;
    for (std::size_t i = 0; i < v.size(); ++i) {
      dot += h[i] * v[i];
      common += h[i] != 0.0 && v[i] != 0.0 ? 1.0 : 0.0;
    }
    const bool enough = common >= static_cast<double>(config.similarity.min_common);
    result.push_back(
        enough ? rc::evaluate(config.similarity, dot, common, summary(h), summary(v), static_cast<double>(v.size()))
               : 0.0);
  }
  return result;
}

rc::History history_of(const rc::Interactions& shop, std::size_t user) {
  const rc::UserIx u(user);
  return {.items = shop.by_user().row(u), .weights = shop.by_user().row_values(u), .user = u};
}

std::vector<rc::ScoredItem> ranked(const rc::UserKnn& model, const rc::History& history, rc::Scratch& scratch) {
  scratch.mask.allow_all(model.interactions().items().size());
  model.rank(history, 1000, scratch);
  return scratch.ranked;
}

std::vector<rc::UserKnnConfig> configs() {
  using enum rc::Similarity;
  std::vector<rc::UserKnnConfig> result;
  for (const auto similarity :
       {cosine, asymmetric_cosine, dot, jaccard, dice, tversky, conditional_probability, lift, log_likelihood_ratio}) {
    for (const std::size_t k : {4U, 1000U}) {
      const rc::SimilarityConfig formula{.similarity = similarity, .alpha = 0.3, .beta = 0.8};
      result.push_back({.similar = {.k = k, .similarity = formula}, .amplification = 1.0});
      auto strict = formula;
      strict.shrinkage = 2.5;
      strict.min_common = 2;
      result.push_back({.similar = {.k = k, .similarity = strict}, .amplification = 2.5});
      if (rc::reads_values(similarity)) {
        result.push_back({.similar = {.k = k, .similarity = formula, .weighting = {rc::Weighting::tf_idf}}});
        result.push_back({.similar = {.k = k, .similarity = strict, .weighting = {rc::Weighting::bm25, 1.5, 0.6}}});
      }
    }
  }
  return result;
}

/// Checks neighbours and scores of a history against the dense twin.
void check_history(const rc::UserKnn& model, const Dense& all, const rc::History& history,
                   const std::vector<double>& dense_history) {
  const auto& config = model.config();
  auto expected = similarities(dense_history, all, config.similar);
  if (history.user) {
    expected[history.user->value] = 0.0;
  }
  rc::Scratch scratch;
  const auto found = model.similar_users(history, scratch);
  const std::vector<rc::ScoredUser> neighbours(found.begin(), found.end());
  CHECK(std::is_sorted(neighbours.begin(), neighbours.end(), rc::ranks_before<rc::UserIx>));
  // The similarities of those listed, and that nobody with a larger one is missing.
  auto best = expected;
  std::sort(best.begin(), best.end(), std::greater<>{});
  best.erase(std::find_if(best.begin(), best.end(), [](double s) { return s <= 1e-9; }), best.end());
  REQUIRE(neighbours.size() == std::min(config.similar.k, best.size()));
  std::vector<double> scores(all.front().size(), 0.0);
  for (std::size_t place = 0; place < neighbours.size(); ++place) {
    const auto user = neighbours[place].index.value;
    const auto similarity = static_cast<double>(neighbours[place].score);
    CHECK(similarity == doctest::Approx(expected[user]).epsilon(1e-6));
    CHECK(similarity == doctest::Approx(best[place]).epsilon(1e-6));
    for (std::size_t j = 0; j < scores.size(); ++j) {
      scores[j] += std::pow(expected[user], config.amplification) * all[user][j];
    }
  }
  const auto list = ranked(model, history, scratch);
  CHECK(std::is_sorted(list.begin(), list.end(), rc::ranks_before<rc::ItemIx>));
  CHECK(list.size() == static_cast<std::size_t>(
                           std::count_if(scores.begin(), scores.end(), [](double score) { return score > 0.0; })));
  for (const auto& entry : list) {
    CHECK(static_cast<double>(entry.score) == doctest::Approx(scores[entry.index.value]).epsilon(1e-5));
  }
}

}  // namespace

TEST_CASE("user_knn: neighbours and scores are those of a dense twin") {
  for (const double largest_weight : {0.0, 3.0}) {
    const auto shop =
        rc::test::random_interactions({.users = 25, .items = 18, .density = 0.25, .largest_weight = largest_weight}, 5);
    const auto all = dense_of(shop);
    for (const auto& config : configs()) {
      CAPTURE(largest_weight);
      CAPTURE(rc::to_string(config.similar.similarity.similarity));
      CAPTURE(rc::to_string(config.similar.weighting.weighting));
      const auto model = rc::UserKnn::fit(shop, config);
      for (const std::size_t user : {0U, 3U, 11U, 24U}) {
        check_history(model, all, history_of(shop, user), all[user]);
      }
      // Somebody else, with weights of their own.
      const std::vector<rc::ItemIx> items{rc::ItemIx(1U), rc::ItemIx(4U), rc::ItemIx(9U), rc::ItemIx(13U)};
      const std::vector<float> weights{0.5F, 2.0F, 1.0F, 4.0F};
      std::vector<double> bare(18, 0.0);
      std::vector<double> weighted(18, 0.0);
      for (std::size_t e = 0; e < items.size(); ++e) {
        bare[items[e].value] = 1.0;
        weighted[items[e].value] = static_cast<double>(weights[e]);
      }
      check_history(model, all, {.items = items}, bare);
      check_history(model, all, {.items = items, .weights = weights}, weighted);
    }
  }
}

TEST_CASE("user_knn: a visitor with a user's history has that user as the nearest, and then the same neighbours") {
  const auto shop = rc::test::random_interactions({.users = 60, .items = 30, .largest_weight = 2.0}, 8);
  for (const auto weighting : {rc::Weighting::none, rc::Weighting::tf_idf, rc::Weighting::bm25}) {
    const rc::SimilarRowsConfig similar{.k = 1000, .weighting = {.weighting = weighting}};
    const auto model = rc::UserKnn::fit(shop, {.similar = similar});
    rc::Scratch scratch;
    for (std::size_t user = 0; user < 60; ++user) {
      auto history = history_of(shop, user);
      const auto own = model.similar_users(history, scratch);
      const std::vector<rc::ScoredUser> known(own.begin(), own.end());
      history.user.reset();
      const auto visitor = model.similar_users(history, scratch);
      REQUIRE(visitor.size() == known.size() + 1);
      CHECK(visitor.front().index == rc::UserIx(user));
      CHECK(static_cast<double>(visitor.front().score) == doctest::Approx(1.0).epsilon(1e-6));
      CHECK(std::equal(known.begin(), known.end(), visitor.begin() + 1, visitor.end()));
    }
  }
}

TEST_CASE("user_knn: the same lists for any number of threads and any order of the events") {
  rc::Random random(4);
  std::vector<std::int64_t> users;
  std::vector<std::int64_t> items;
  std::vector<float> weights;
  for (int event = 0; event < 4000; ++event) {
    users.push_back(static_cast<std::int64_t>(random.below(300)));
    items.push_back(static_cast<std::int64_t>(random.below(80)));
    weights.push_back(static_cast<float>(1 + random.below(4)));
  }
  std::vector<std::int64_t> everybody(305);
  std::iota(everybody.begin(), everybody.end(), std::int64_t{0});
  std::vector<rc::Recommendation> first;
  for (const unsigned threads : {1U, 2U, 7U}) {
    rc::EventLogBuilder builder;
    builder.add({.user = std::span<const std::int64_t>(users),
                 .item = std::span<const std::int64_t>(items),
                 .weight = std::span<const float>(weights)});
    const rc::UserKnnConfig config{.similar = {.k = 12, .weighting = {.weighting = rc::Weighting::bm25}}};
    const rc::AnyModel model =
        rc::UserKnn::fit(rc::Interactions::from_events(builder.finish()), config, {.threads = threads});
    const auto lists =
        rc::recommend_users(model, std::span<const std::int64_t>(everybody), {.n = 20}, {.threads = threads});
    if (first.empty()) {
      first = lists.entries;
    }
    CHECK(lists.entries == first);
    std::reverse(users.begin(), users.end());
    std::reverse(items.begin(), items.end());
    std::reverse(weights.begin(), weights.end());
  }
  CHECK_FALSE(first.empty());
}

TEST_CASE("user_knn: one scratch serves models of different sizes") {
  const auto small = rc::UserKnn::fit(rc::test::random_interactions({.users = 10, .items = 8}, 1));
  const auto large = rc::UserKnn::fit(rc::test::random_interactions({.users = 90, .items = 70}, 2));
  rc::Scratch shared;
  for (std::size_t user = 0; user < 10; ++user) {
    for (const auto* model : {&small, &large}) {
      rc::Scratch own;
      const auto history = history_of(model->interactions(), user);
      CHECK(ranked(*model, history, shared) == ranked(*model, history, own));
    }
  }
}

TEST_CASE("user_knn: one user, one item, nobody at all, everybody the same") {
  const auto list_of = [](std::vector<std::int64_t> users, std::vector<std::int64_t> items, bool exclude_seen) {
    rc::EventLogBuilder builder;
    builder.add({.user = std::span<const std::int64_t>(users), .item = std::span<const std::int64_t>(items)});
    const rc::AnyModel model = rc::UserKnn::fit(rc::Interactions::from_events(builder.finish()));
    return rc::recommend_user(model, std::int64_t{1}, {.exclude_seen = exclude_seen});
  };
  CHECK(list_of({}, {}, true).empty());
  CHECK(list_of({1}, {1}, true).empty());
  CHECK(list_of({1}, {1}, false).front().tier == rc::Tier::popular);
  CHECK(list_of({1, 2, 3}, {5, 5, 5}, true).empty());
  const auto same = list_of({1, 1, 2, 2, 3, 3}, {7, 8, 7, 8, 7, 8}, false);
  REQUIRE(same.size() == 2);
  CHECK(same[0].tier == rc::Tier::collaborative);
  CHECK(static_cast<double>(same[0].score) == doctest::Approx(2.0));       // two neighbours, both the same
  CHECK(list_of({2, 2}, {7, 8}, true).front().tier == rc::Tier::popular);  // an unknown user
}

TEST_CASE("user_knn: weights of a history that no formula likes leave finite scores") {
  const auto shop = rc::test::random_interactions({.largest_weight = 2.0}, 6);
  const std::vector<rc::ItemIx> items{rc::ItemIx(0U), rc::ItemIx(1U), rc::ItemIx(2U)};
  constexpr float largest = std::numeric_limits<float>::max();
  const std::vector<std::vector<float>> all_weights{
      {-1.0F, 0.0F, 2.0F}, {-1.0F, -2.0F, -3.0F}, {0.0F, 0.0F, 0.0F}, {largest, largest, largest}};
  rc::Scratch scratch;
  for (const auto& config : configs()) {
    const auto model = rc::UserKnn::fit(shop, config);
    for (const auto& weights : all_weights) {
      for (const auto& entry : ranked(model, {.items = items, .weights = weights}, scratch)) {
        CHECK(std::isfinite(entry.score));
      }
    }
  }
}

TEST_CASE("user_knn: negative weights are refused where they make no sense") {
  rc::SparseRows<rc::UserIx, rc::ItemIx> rows;
  rows.offsets = {0, 2, 4};
  rows.indices = {rc::ItemIx(0U), rc::ItemIx(1U), rc::ItemIx(0U), rc::ItemIx(1U)};
  rows.values = {1.0F, -1.0F, 2.0F, 3.0F};
  rows.columns = 2;
  const auto shop = rc::Interactions::from_rows(rows);
  CHECK_NOTHROW(static_cast<void>(rc::UserKnn::fit(shop, {.similar = {.k = 5}})));
  const rc::UserKnnConfig jaccard{.similar = {.similarity = {.similarity = rc::Similarity::jaccard}}};
  const rc::UserKnnConfig tf_idf{.similar = {.weighting = {.weighting = rc::Weighting::tf_idf}}};
  CHECK_THROWS_WITH_AS(static_cast<void>(rc::UserKnn::fit(shop, jaccard)), doctest::Contains("negative weight"),
                       rc::InvalidData);
  CHECK_THROWS_WITH_AS(static_cast<void>(rc::UserKnn::fit(shop, tf_idf)), doctest::Contains("weights from 0 up"),
                       rc::InvalidData);
}

TEST_CASE("user_knn: bad parameters are refused") {
  const auto shop = rc::test::random_interactions({}, 3);
  const auto refuses = [&](const rc::UserKnnConfig& config) {
    CHECK_THROWS_AS(static_cast<void>(rc::UserKnn::fit(shop, config)), rc::InvalidParameter);
  };
  refuses({.similar = {.k = 0}});
  refuses({.amplification = -0.1});
  refuses({.amplification = 10.5});
  refuses({.amplification = std::numeric_limits<double>::quiet_NaN()});
  refuses({.similar = {.similarity = {.min_common = 0}}});
  refuses({.similar = {.similarity = {.similarity = rc::Similarity::dice}, .weighting = {rc::Weighting::bm25}}});
  CHECK_THROWS_AS(static_cast<void>(rc::UserKnn::fit(shop, {}, {.memory_limit = 10})), rc::MemoryLimitExceeded);
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(static_cast<void>(rc::UserKnn::fit(shop, {}, {.stop = stop.get_token()})), rc::Cancelled);
}

TEST_CASE("user_knn: a stored model gives the same lists") {
  const auto shop = rc::test::random_interactions({.users = 40, .items = 25, .largest_weight = 2.0}, 12);
  const rc::UserKnnConfig config{.similar = {.k = 7, .weighting = {.weighting = rc::Weighting::tf_idf}},
                                 .amplification = 1.5};
  const rc::AnyModel model = rc::UserKnn::fit(shop, config);
  const auto bytes = rc::to_bytes(model);
  const auto again = rc::model_from_bytes(bytes);
  CHECK(again.name() == "user_knn");
  CHECK(rc::to_bytes(again) == bytes);
  REQUIRE(again.get_if<rc::UserKnn>() != nullptr);
  CHECK(again.get_if<rc::UserKnn>()->config() == config);
  for (std::int64_t user = 0; user < 40; ++user) {
    CHECK(rc::recommend_user(again, user) == rc::recommend_user(model, user));
  }
}
