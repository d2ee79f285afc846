#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/impl/models/item_products.hpp>
#include <recocore/io/state.hpp>
#include <recocore/models/slim.hpp>
#include <recocore/rank/serve.hpp>

#include "../support/random_interactions.hpp"

namespace rc = recocore;

namespace {

using Dense = std::vector<std::vector<double>>;

/// Items by users, dense.
Dense columns_of(const rc::Interactions& shop) {
  const auto& rows = shop.by_item();
  Dense dense(rows.rows(), std::vector<double>(rows.columns, 0.0));
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    const auto users = rows.row(rc::ItemIx(i));
    const auto values = rows.row_values(rc::ItemIx(i));
    for (std::size_t e = 0; e < users.size(); ++e) {
      dense[i][users[e].value] = values.empty() ? 1.0 : static_cast<double>(values[e]);
    }
  }
  return dense;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0.0;
  for (std::size_t u = 0; u < a.size(); ++u) {
    sum += a[u] * b[u];
  }
  return sum;
}

/// weights[j][i]: of i in the model of j.
Dense weights_of(const rc::Slim& model) {
  const std::size_t items = model.interactions().items().size();
  Dense weights(items, std::vector<double>(items, 0.0));
  const auto& rows = model.weights().rows();
  for (std::size_t i = 0; i < items; ++i) {
    for (const auto& entry : rows.of(rc::ItemIx(i))) {
      weights[entry.index.value][i] = static_cast<double>(entry.score);
    }
  }
  return weights;
}

/// Whether no weight of `of` could be changed for the better: the conditions of Karush, Kuhn and Tucker.
void check_minimum(const rc::SlimConfig& config, const Dense& columns, const std::vector<double>& weights,
                   std::size_t of, const std::vector<bool>& is_candidate) {
  auto rest = columns[of];
  for (std::size_t i = 0; i < columns.size(); ++i) {
    for (std::size_t u = 0; u < rest.size(); ++u) {
      rest[u] -= weights[i] * columns[i][u];
    }
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i == of || !is_candidate[i]) {
      CHECK(weights[i] == 0.0);
      continue;
    }
    const double slope = dot(columns[i], rest) - config.l2 * weights[i];
    constexpr double rounding = 1e-4;
    if (weights[i] != 0.0) {
      CHECK((weights[i] > 0.0 || !config.positive));
      CHECK(std::abs(slope - std::copysign(config.l1, weights[i])) < rounding);
    } else {
      CHECK(slope < config.l1 + rounding);
      CHECK((config.positive || slope > -config.l1 - rounding));
    }
  }
}

rc::Interactions shop_of(const std::vector<std::int64_t>& users, const std::vector<std::int64_t>& items) {
  rc::EventLogBuilder builder;
  builder.add({.user = std::span(users), .item = std::span(items)});
  return rc::Interactions::from_events(builder.finish());
}

}  // namespace

TEST_CASE("slim: the weights of each item are those of the minimum") {
  for (const double largest_weight : {0.0, 3.0}) {
    const auto shop =
        rc::test::random_interactions({.users = 50, .items = 20, .density = 0.3, .largest_weight = largest_weight}, 4);
    const auto columns = columns_of(shop);
    for (const bool positive : {true, false}) {
      for (const double l1 : {0.0, 0.7, 4.0}) {
        for (const double l2 : {0.5, 10.0}) {
          CAPTURE(positive);
          CAPTURE(l1);
          CAPTURE(l2);
          const rc::SlimConfig config{.l1 = l1,
                                      .l2 = l2,
                                      .positive = positive,
                                      .candidates = 1000,
                                      .tolerance = 1e-9,
                                      .max_iterations = 10'000};
          const auto weights = weights_of(rc::Slim::fit(shop, config));
          for (std::size_t j = 0; j < 20; ++j) {
            std::vector<bool> is_candidate(20);
            for (std::size_t i = 0; i < 20; ++i) {
              is_candidate[i] = dot(columns[i], columns[j]) > 0.0;
            }
            check_minimum(config, columns, weights[j], j, is_candidate);
          }
        }
      }
    }
  }
}

TEST_CASE("slim: with few candidates the minimum is one of theirs") {
  const auto shop = rc::test::random_interactions({.users = 80, .items = 30, .density = 0.2}, 6);
  const auto columns = columns_of(shop);
  const rc::SlimConfig config{.l1 = 0.1, .l2 = 1.0, .candidates = 5, .tolerance = 1e-9, .max_iterations = 10'000};
  const auto weights = weights_of(rc::Slim::fit(shop, config));
  for (std::size_t j = 0; j < 30; ++j) {
    std::vector<rc::ScoredItem> near;
    for (std::size_t i = 0; i < 30; ++i) {
      const double cosine = dot(columns[i], columns[j]) /
                            (std::sqrt(dot(columns[i], columns[i])) * std::sqrt(dot(columns[j], columns[j])));
      if (i != j && cosine > 0.0) {
        near.push_back({rc::ItemIx(i), static_cast<float>(cosine)});
      }
    }
    rc::keep_best(near, 5);
    std::vector<bool> is_candidate(30, false);
    for (const auto& entry : near) {
      is_candidate[entry.index.value] = true;
    }
    check_minimum(config, columns, weights[j], j, is_candidate);
  }
}

TEST_CASE("slim: products of all items and of some are the same bytes") {
  for (const double largest_weight : {0.0, 2.5}) {
    const auto shop =
        rc::test::random_interactions({.users = 90, .items = 40, .density = 0.3, .largest_weight = largest_weight}, 2);
    const auto columns = columns_of(shop);
    const rc::detail::AllProducts all(shop.by_item(), shop.by_user(), {.threads = 3});
    rc::detail::SomeProducts some(90, shop.size());
    for (std::size_t begin = 0; begin < 40; begin += 7) {  // again and again, with what was there before
      std::vector<rc::ItemIx> items;
      for (std::size_t i = begin; i < 40; i += 3) {
        items.emplace_back(i * 11 % 40);
      }
      std::vector<double> products(items.size() * items.size(), -1.0);
      some.fill(shop.by_item(), items, products);
      for (std::size_t a = 0; a < items.size(); ++a) {
        for (std::size_t b = 0; b < items.size(); ++b) {
          CHECK(products[a * items.size() + b] == all(items[a], items[b]));
          CHECK(all(items[a], items[b]) == doctest::Approx(dot(columns[items[a].value], columns[items[b].value])));
        }
      }
    }
  }
}

TEST_CASE("slim: a catalogue too large for all products at once") {
  // The same shop twice, the second time among many items that nobody shares.
  constexpr std::int64_t many = rc::detail::most_items_at_once;
  rc::Random random(3);
  std::vector<std::int64_t> users;
  std::vector<std::int64_t> items;
  for (int event = 0; event < 1500; ++event) {
    users.push_back(static_cast<std::int64_t>(random.below(100)));
    items.push_back(static_cast<std::int64_t>(random.below(40)));
  }
  const auto small = rc::Slim::fit(shop_of(users, items));
  for (std::int64_t item = 0; item < many; ++item) {
    users.push_back(1000 + item);
    items.push_back(1000 + item);
  }
  const auto large = rc::Slim::fit(shop_of(users, items), {}, {.threads = 3});
  REQUIRE(small.weights().rows().entries.size() > 100);
  CHECK((small.weights().rows().entries == large.weights().rows().entries));
}

TEST_CASE("slim: the same bytes for any number of threads and any order of the events") {
  rc::Random random(7);
  std::vector<std::int64_t> users;
  std::vector<std::int64_t> items;
  for (int event = 0; event < 6000; ++event) {
    users.push_back(static_cast<std::int64_t>(random.below(400)));
    items.push_back(static_cast<std::int64_t>(random.below(300)));
  }
  std::string first;
  for (const unsigned threads : {1U, 2U, 7U}) {
    const auto model = rc::Slim::fit(shop_of(users, items), {.l1 = 0.1, .candidates = 50}, {.threads = threads});
    const auto bytes = rc::to_bytes(rc::AnyModel(model));
    first = first.empty() ? bytes : first;
    CHECK((bytes == first));
    std::reverse(users.begin(), users.end());
    std::reverse(items.begin(), items.end());
  }
}

TEST_CASE("slim: one user, one item, nobody at all, everybody the same") {
  const auto list_of = [](const rc::Interactions& shop) {
    return rc::recommend_user(rc::Slim::fit(shop, {.l1 = 0.1, .l2 = 0.5}), std::int64_t{1}, {.exclude_seen = false});
  };
  CHECK(list_of(shop_of({}, {})).empty());
  CHECK(list_of(shop_of({1}, {1})).front().tier == rc::Tier::popular);
  CHECK(list_of(shop_of({2}, {1})).front().tier == rc::Tier::popular);  // an unknown user
  const auto same = list_of(shop_of({1, 1, 2, 2, 3, 3}, {7, 8, 7, 8, 7, 8}));
  REQUIRE(same.size() == 2);
  CHECK(same.front().tier == rc::Tier::collaborative);
  CHECK(static_cast<double>(same.front().score) == doctest::Approx(2.9 / 3.5));
  // Nothing holds the weights back, and two columns explain a third equally well.
  const auto twins = rc::Slim::fit(shop_of({1, 1, 1, 2, 2, 2}, {1, 2, 3, 1, 2, 3}), {.l1 = 0.0, .l2 = 0.0});
  for (const auto& entry : twins.weights().rows().entries) {
    CHECK(std::isfinite(entry.score));
  }
}

TEST_CASE("slim: bad parameters are refused") {
  const auto shop = rc::test::random_interactions({}, 3);
  const auto refuses = [&](const rc::SlimConfig& config) {
    CHECK_THROWS_AS(static_cast<void>(rc::Slim::fit(shop, config)), rc::InvalidParameter);
    CHECK_THROWS_AS(static_cast<void>(rc::Slim::estimate_fit_memory(shop, config)), rc::InvalidParameter);
  };
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  refuses({.l1 = -0.1});
  refuses({.l1 = nan});
  refuses({.l2 = -0.1});
  refuses({.l2 = std::numeric_limits<double>::infinity()});
  refuses({.candidates = 0});
  refuses({.tolerance = 0.0});
  refuses({.tolerance = nan});
  refuses({.max_iterations = 0});
  CHECK_THROWS_WITH_AS(static_cast<void>(rc::Slim::fit(shop, {}, {.memory_limit = 10})),
                       doctest::Contains("fewer candidates"), rc::MemoryLimitExceeded);
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(static_cast<void>(rc::Slim::fit(shop, {}, {.stop = stop.get_token()})), rc::Cancelled);
}

TEST_CASE("slim: a stored model is the same, and parts that do not belong together are refused") {
  const auto shop = rc::test::random_interactions({.users = 60, .items = 25, .largest_weight = 2.0}, 12);
  const rc::SlimConfig config{
      .l1 = 0.1, .l2 = 1.0, .positive = false, .candidates = 12, .tolerance = 1e-5, .max_iterations = 70};
  const rc::AnyModel model = rc::Slim::fit(shop, config);
  const auto bytes = rc::to_bytes(model);
  const auto again = rc::model_from_bytes(bytes);
  CHECK(again.name() == "slim");
  CHECK((rc::to_bytes(again) == bytes));
  REQUIRE(again.get_if<rc::Slim>() != nullptr);
  CHECK(again.get_if<rc::Slim>()->config() == config);
  for (std::int64_t user = 0; user < 60; ++user) {
    CHECK(rc::recommend_user(again, user) == rc::recommend_user(model, user));
  }
  auto rows = again.get_if<rc::Slim>()->weights().rows();
  rows.entries[0].score = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_AS(static_cast<void>(rc::Slim::from_parts(shop, config, rows)), rc::InvalidData);
}
