#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/io/state.hpp>
#include <recocore/models/rp3beta.hpp>
#include <recocore/rank/serve.hpp>

#include "../support/random_interactions.hpp"

namespace rc = recocore;

namespace {

using Dense = std::vector<std::vector<double>>;

/// W of the formula, all of it, from dense transition matrices.
Dense all_links(const rc::Interactions& shop, const rc::Rp3betaConfig& config) {
  const std::size_t users = shop.users().size();
  const std::size_t items = shop.items().size();
  Dense weight(users, std::vector<double>(items, 0.0));
  std::vector<double> of_user(users, 0.0);
  std::vector<double> of_item(items, 0.0);
  std::vector<double> popularity(items, 0.0);
  for (std::size_t u = 0; u < users; ++u) {
    const auto row = shop.by_user().row(rc::UserIx(u));
    const auto values = shop.by_user().row_values(rc::UserIx(u));
    for (std::size_t e = 0; e < row.size(); ++e) {
      const double value = values.empty() ? 1.0 : static_cast<double>(values[e]);
      weight[u][row[e].value] = value;
      of_user[u] += value;
      of_item[row[e].value] += value;
      popularity[row[e].value] += 1.0;
    }
  }
  Dense links(items, std::vector<double>(items, 0.0));
  for (std::size_t i = 0; i < items; ++i) {
    for (std::size_t j = 0; j < items; ++j) {
      for (std::size_t u = 0; u < users && i != j; ++u) {
        if (weight[u][i] > 0.0 && weight[u][j] > 0.0) {
          links[i][j] += std::pow(weight[u][i] / of_item[i], config.alpha) *
                         std::pow(weight[u][j] / of_user[u], config.alpha) * std::pow(popularity[j], -config.beta);
        }
      }
    }
  }
  return links;
}

std::vector<rc::Rp3betaConfig> configs(std::size_t k) {
  std::vector<rc::Rp3betaConfig> result;
  for (const auto keep : {rc::KeptLinks::candidate, rc::KeptLinks::history}) {
    for (const double alpha : {0.0, 0.6, 1.0, 1.7}) {
      for (const double beta : {0.0, 0.4, 1.0}) {
        result.push_back({.k = k, .alpha = alpha, .beta = beta, .keep = keep, .normalise = false});
      }
    }
  }
  return result;
}

rc::Interactions shop_of(const std::vector<std::int64_t>& users, const std::vector<std::int64_t>& items,
                         const std::vector<float>& weights = {}) {
  rc::EventBatch batch{.user = std::span(users), .item = std::span(items)};
  if (!weights.empty()) {
    batch.weight = std::span(weights);
  }
  rc::EventLogBuilder builder;
  builder.add(batch);
  return rc::Interactions::from_events(builder.finish());
}

}  // namespace

TEST_CASE("rp3beta: all links are those of the dense formula") {
  for (const double largest_weight : {0.0, 3.0}) {
    for (const double density : {0.05, 0.3}) {
      const auto shop = rc::test::random_interactions(
          {.users = 30, .items = 22, .density = density, .largest_weight = largest_weight}, 3);
      for (const auto& config : configs(1000)) {
        CAPTURE(largest_weight);
        CAPTURE(config.alpha);
        CAPTURE(config.beta);
        const auto expected = all_links(shop, config);
        const auto model = rc::Rp3beta::fit(shop, config);
        for (std::size_t i = 0; i < 22; ++i) {
          const auto row = model.similar_items(rc::ItemIx(i));
          CHECK(row.size() == static_cast<std::size_t>(std::count_if(expected[i].begin(), expected[i].end(),
                                                                     [](double w) { return w > 0.0; })));
          CHECK(std::is_sorted(row.begin(), row.end(), rc::ranks_before<rc::ItemIx>));
          for (const auto& entry : row) {
            CHECK(static_cast<double>(entry.score) == doctest::Approx(expected[i][entry.index.value]).epsilon(1e-6));
          }
        }
      }
    }
  }
}

TEST_CASE("rp3beta: the k strongest links of the candidate, or of the history's item, are kept") {
  const auto shop = rc::test::random_interactions({.users = 60, .items = 40, .density = 0.1, .largest_weight = 5.0}, 9);
  for (const auto& config : configs(4)) {
    const auto expected = all_links(shop, config);
    const auto model = rc::Rp3beta::fit(shop, config);
    const bool of_candidate = config.keep == rc::KeptLinks::candidate;
    Dense kept(40, std::vector<double>(40, 0.0));  // by the one whose links are kept
    for (std::size_t i = 0; i < 40; ++i) {
      for (const auto& entry : model.similar_items(rc::ItemIx(i))) {
        (of_candidate ? kept[entry.index.value][i] : kept[i][entry.index.value]) = static_cast<double>(entry.score);
      }
    }
    for (std::size_t anchor = 0; anchor < 40; ++anchor) {
      std::vector<double> all(40);
      for (std::size_t other = 0; other < 40; ++other) {
        all[other] = of_candidate ? expected[other][anchor] : expected[anchor][other];
      }
      std::sort(all.begin(), all.end(), std::greater<>{});
      auto found = kept[anchor];
      std::sort(found.begin(), found.end(), std::greater<>{});
      CHECK(found[4] == 0.0);
      for (std::size_t place = 0; place < 4; ++place) {
        CHECK(found[place] == doctest::Approx(all[place]).epsilon(1e-6));
      }
    }
  }
}

TEST_CASE("rp3beta: normalised links are the same ones, those of each item with a sum of 1") {
  const auto shop = rc::test::random_interactions({.users = 60, .items = 40, .density = 0.1, .largest_weight = 5.0}, 9);
  for (auto config : configs(4)) {
    const auto plain = rc::Rp3beta::fit(shop, config);
    config.normalise = true;
    const auto normalised = rc::Rp3beta::fit(shop, config);
    for (std::size_t i = 0; i < 40; ++i) {
      std::vector<double> expected(40, 0.0);
      double sum = 0.0;
      for (const auto& entry : plain.similar_items(rc::ItemIx(i))) {
        expected[entry.index.value] = static_cast<double>(entry.score);
        sum += static_cast<double>(entry.score);
      }
      const auto row = normalised.similar_items(rc::ItemIx(i));
      CHECK(row.size() == plain.similar_items(rc::ItemIx(i)).size());
      CHECK(std::is_sorted(row.begin(), row.end(), rc::ranks_before<rc::ItemIx>));
      for (const auto& entry : row) {
        CHECK(static_cast<double>(entry.score) == doctest::Approx(expected[entry.index.value] / sum).epsilon(1e-6));
      }
    }
  }
}

TEST_CASE("rp3beta: a list is the history times the links") {
  const auto shop = rc::test::random_interactions({.users = 30, .items = 22, .largest_weight = 2.0}, 4);
  const rc::Rp3betaConfig config{.k = 1000, .alpha = 0.8, .beta = 0.3, .normalise = false};
  const auto model = rc::Rp3beta::fit(shop, config);
  const auto links = all_links(shop, config);
  const std::vector<rc::ItemIx> items{rc::ItemIx(2U), rc::ItemIx(5U), rc::ItemIx(17U)};
  const std::vector<float> weights{1.0F, 2.5F, 0.5F};
  rc::Scratch scratch;
  scratch.mask.allow_all(22);
  model.rank({.items = items, .weights = weights}, 22, scratch);
  CHECK_FALSE(scratch.ranked.empty());
  for (const auto& entry : scratch.ranked) {
    double score = 0.0;
    for (std::size_t e = 0; e < items.size(); ++e) {
      score += static_cast<double>(weights[e]) * links[items[e].value][entry.index.value];
    }
    CHECK(static_cast<double>(entry.score) == doctest::Approx(score).epsilon(1e-5));
  }
}

TEST_CASE("rp3beta: the same bytes for any number of threads and any order of the events") {
  rc::Random random(7);
  for (const bool weighted : {false, true}) {
    std::vector<std::int64_t> users;
    std::vector<std::int64_t> items;
    std::vector<float> weights;
    for (int event = 0; event < 6000; ++event) {
      users.push_back(static_cast<std::int64_t>(random.below(400)));
      items.push_back(static_cast<std::int64_t>(random.below(300)));
      if (weighted) {
        weights.push_back(static_cast<float>(1 + random.below(4)));
      }
    }
    for (auto config : configs(15)) {
      config.normalise = weighted;
      std::string first;
      for (const unsigned threads : {1U, 2U, 7U}) {
        const auto shop = shop_of(users, items, weights);
        const auto bytes = rc::to_bytes(rc::AnyModel(rc::Rp3beta::fit(shop, config, {.threads = threads})));
        first = first.empty() ? bytes : first;
        CHECK((bytes == first));
        std::reverse(users.begin(), users.end());
        std::reverse(items.begin(), items.end());
        std::reverse(weights.begin(), weights.end());
      }
    }
  }
}

TEST_CASE("rp3beta: one user, one item, nobody at all, empty rows") {
  const auto list_of = [](const rc::Interactions& shop) {
    return rc::recommend_user(rc::Rp3beta::fit(shop), std::int64_t{1});
  };
  CHECK(list_of(shop_of({}, {})).empty());
  CHECK(list_of(shop_of({1}, {1})).empty());
  CHECK(list_of(shop_of({1, 1}, {1, 2})).empty());
  CHECK(list_of(shop_of({1, 2}, {1, 1})).empty());
  const auto list = list_of(shop_of({1, 2, 2}, {5, 5, 6}));
  REQUIRE(list.size() == 1);
  CHECK(list.front().tier == rc::Tier::collaborative);
  CHECK(static_cast<double>(list.front().score) == doctest::Approx(1.0));  // there is no other way to go
  const auto unknown = list_of(shop_of({2, 2}, {5, 6}));
  REQUIRE(unknown.size() == 2);
  CHECK(unknown.front().tier == rc::Tier::popular);

  rc::SparseRows<rc::UserIx, rc::ItemIx> rows;  // the last user and the last item have nothing
  rows.offsets = {0, 2, 3, 3};
  rows.indices = {rc::ItemIx(0U), rc::ItemIx(1U), rc::ItemIx(0U)};
  rows.values = {2.0F, 1.0F, 3.0F};
  rows.columns = 3;
  const auto model = rc::Rp3beta::fit(rc::Interactions::from_rows(rows));
  CHECK(model.similar_items(rc::ItemIx(2U)).empty());
  CHECK(model.similar_items(rc::ItemIx(0U)).size() == 1);
}

TEST_CASE("rp3beta: weights from very small to very large stay finite") {
  constexpr float largest = std::numeric_limits<float>::max();
  constexpr float smallest = std::numeric_limits<float>::min();
  const auto shop = shop_of({1, 1, 1, 2, 2, 2, 3, 3}, {1, 2, 3, 1, 2, 3, 2, 3},
                            {smallest, 1.0F, largest, largest, smallest, smallest, 1.0F, 2.0F});
  for (auto config : configs(5)) {
    for (const double alpha : {config.alpha, 4.0}) {
      for (const bool normalise : {false, true}) {
        config.alpha = alpha;
        config.normalise = normalise;
        const auto model = rc::Rp3beta::fit(shop, config);
        CHECK_FALSE(model.weights().rows().entries.empty());
        for (const auto& entry : model.weights().rows().entries) {
          CHECK(std::isfinite(entry.score));
          CHECK(entry.score >= 0.0F);
        }
      }
    }
  }
}

TEST_CASE("rp3beta: bad parameters and bad data are refused") {
  const auto shop = rc::test::random_interactions({}, 3);
  const auto refuses = [&](const rc::Rp3betaConfig& config) {
    CHECK_THROWS_AS(static_cast<void>(rc::Rp3beta::fit(shop, config)), rc::InvalidParameter);
    CHECK_THROWS_AS(static_cast<void>(rc::Rp3beta::estimate_fit_memory(shop, config)), rc::InvalidParameter);
  };
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  refuses({.k = 0});
  refuses({.alpha = -0.1});
  refuses({.alpha = 4.1});
  refuses({.alpha = nan});
  refuses({.beta = -0.1});
  refuses({.beta = 4.1});
  refuses({.beta = nan});
  CHECK_THROWS_WITH_AS(static_cast<void>(rc::parse_kept_links("rows")), doctest::Contains("unknown keep 'rows'"),
                       rc::InvalidParameter);
  CHECK(rc::parse_kept_links("history") == rc::KeptLinks::history);
  CHECK_THROWS_WITH_AS(static_cast<void>(rc::Rp3beta::fit(shop_of({1, 2}, {1, 1}, {1.0F, -2.0F}))),
                       doctest::Contains("weight of -2"), rc::InvalidData);
  CHECK_THROWS_AS(static_cast<void>(rc::Rp3beta::fit(shop, {}, {.memory_limit = 10})), rc::MemoryLimitExceeded);
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(static_cast<void>(rc::Rp3beta::fit(shop, {}, {.stop = stop.get_token()})), rc::Cancelled);
}

TEST_CASE("rp3beta: a stored model is the same, and parts that do not belong together are refused") {
  const auto shop = rc::test::random_interactions({.users = 40, .items = 25, .largest_weight = 2.0}, 12);
  for (const auto& config : configs(3)) {
    const rc::AnyModel model = rc::Rp3beta::fit(shop, config);
    const auto bytes = rc::to_bytes(model);
    const auto again = rc::model_from_bytes(bytes);
    CHECK(again.name() == "rp3beta");
    CHECK((rc::to_bytes(again) == bytes));
    REQUIRE(again.get_if<rc::Rp3beta>() != nullptr);
    CHECK(again.get_if<rc::Rp3beta>()->config() == config);
    CHECK(rc::recommend_user(again, std::int64_t{3}) == rc::recommend_user(model, std::int64_t{3}));
  }
  auto rows = rc::Rp3beta::fit(shop).weights().rows();
  rows.entries[0].index = rc::ItemIx(1000U);
  CHECK_THROWS_AS(static_cast<void>(rc::Rp3beta::from_parts(shop, {}, rows)), rc::InvalidData);
}
