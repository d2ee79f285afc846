#include <algorithm>
#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/segments/look_alikes.hpp>

#include "../support/random_interactions.hpp"

namespace rc = recocore;

namespace {

/// As the header says it, with dense rows.
std::vector<rc::ScoredUser> naive(const rc::Interactions& interactions, const std::vector<rc::UserIx>& seeds) {
  const std::size_t users = interactions.users().size();
  const std::size_t items = interactions.items().size();
  std::vector<std::vector<double>> x(users, std::vector<double>(items, 0.0));
  for (std::size_t u = 0; u < users; ++u) {
    const auto row = interactions.by_user().row(rc::UserIx(u));
    const auto values = interactions.by_user().row_values(rc::UserIx(u));
    double squares = 0.0;
    for (std::size_t e = 0; e < row.size(); ++e) {
      const double weight = values.empty() ? 1.0 : static_cast<double>(values[e]);
      const auto support = static_cast<double>(interactions.by_item().row_size(row[e]));
      const double idf = std::log((1.0 + static_cast<double>(users)) / (1.0 + support)) + 1.0;
      x[u][row[e].value] = weight > 0.0 ? std::sqrt(weight) * idf : 0.0;
      squares += x[u][row[e].value] * x[u][row[e].value];
    }
    for (double& value : x[u]) {
      value = squares > 0.0 ? value / std::sqrt(squares) : 0.0;
    }
  }
  std::vector<double> direction(items, 0.0);
  for (std::size_t i = 0; i < items; ++i) {
    for (const auto seed : seeds) {
      direction[i] += x[seed.value][i] / static_cast<double>(seeds.size());
    }
    for (std::size_t u = 0; u < users; ++u) {
      direction[i] -= x[u][i] / static_cast<double>(users);
    }
  }
  std::vector<rc::ScoredUser> scored;
  for (std::size_t u = 0; u < users; ++u) {
    double score = 0.0;
    for (std::size_t i = 0; i < items; ++i) {
      score += x[u][i] * direction[i];
    }
    if (score > 1e-9 && std::find(seeds.begin(), seeds.end(), rc::UserIx(u)) == seeds.end()) {
      scored.push_back({rc::UserIx(u), static_cast<float>(score)});
    }
  }
  rc::keep_best(scored, scored.size());
  return scored;
}

/// Two tastes: users below 150 have mostly items below 30.
rc::Interactions two_tastes(std::uint64_t seed) {
  rc::Random random(seed);
  rc::SparseRows<rc::UserIx, rc::ItemIx> rows;
  rows.columns = 60;
  for (std::size_t u = 0; u < 300; ++u) {
    const double activity = 0.05 + 0.2 * random.uniform();
    for (std::size_t i = 0; i < 60; ++i) {
      const bool fits = (u < 150) == (i < 30);
      if (random.uniform() < activity * (fits ? 1.6 : 0.4)) {
        rows.indices.push_back(rc::ItemIx(i));
      }
    }
    rows.offsets.push_back(rows.indices.size());
  }
  return rc::Interactions::from_rows(std::move(rows));
}

}  // namespace

TEST_CASE("look-alikes: what dense rows say") {
  for (const double largest_weight : {0.0, 4.0}) {
    const auto interactions =
        rc::test::random_interactions({.users = 70, .items = 25, .density = 0.2, .largest_weight = largest_weight}, 8);
    const std::vector<rc::UserIx> seeds{rc::UserIx(3U), rc::UserIx(40U), rc::UserIx(41U)};
    const auto expected = naive(interactions, seeds);
    const auto found = rc::look_alikes(interactions, seeds, {.n = 1000});
    REQUIRE(found.size() == expected.size());
    REQUIRE(found.size() > 10);
    for (std::size_t place = 0; place < found.size(); ++place) {
      CHECK(static_cast<double>(found[place].score) ==
            doctest::Approx(static_cast<double>(expected[place].score)).epsilon(1e-5));
    }
    CHECK(found.front().index == expected.front().index);
  }
}

TEST_CASE("look-alikes: threads, order and repetition of the seeds do not matter; allowed users only") {
  const auto interactions = two_tastes(1);
  const std::vector<rc::UserIx> seeds{rc::UserIx(5U), rc::UserIx(1U), rc::UserIx(9U)};
  const std::vector<rc::UserIx> again{rc::UserIx(9U), rc::UserIx(5U), rc::UserIx(5U), rc::UserIx(1U)};
  const auto found = rc::look_alikes(interactions, seeds, {.n = 300}, {.threads = 1});
  CHECK(rc::look_alikes(interactions, again, {.n = 300}, {.threads = 4}) == found);
  rc::BitSet allowed(100);
  for (std::size_t user = 0; user < 100; user += 3) {
    allowed.set(user);
  }
  auto expected = found;
  std::erase_if(expected, [&](const auto& one) { return one.index.value >= 100 || !allowed[one.index.value]; });
  CHECK(rc::look_alikes(interactions, seeds, {.n = 300, .allowed = &allowed}) == expected);
}

TEST_CASE("look-alikes: hidden members are found again, more than by chance or by activity") {
  const auto interactions = two_tastes(2);
  std::vector<rc::UserIx> seeds;
  for (std::size_t user = 0; user < 100; ++user) {
    seeds.push_back(rc::UserIx(user));
  }
  const auto check = rc::check_look_alikes(interactions, seeds, 0.3, 1);
  CHECK(check.hidden == 30);
  CHECK(check.candidates == 230);
  REQUIRE(check.at.size() == 4);
  CHECK(check.at[0].random == doctest::Approx(30.0 / 230.0));
  CHECK(check.at[2].recall > 0.9);
  // 80 of the candidates share the taste: who knows it finds 3/8 of the hidden among the first 30 on average.
  double recall = 0.0;
  double most_active = 0.0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const auto one = rc::check_look_alikes(interactions, seeds, 0.3, seed).at.front();
    recall += one.recall / 10.0;
    most_active += one.most_active / 10.0;
  }
  CHECK(recall > 0.3);
  CHECK(recall > 1.5 * most_active);
  for (std::size_t k = 1; k < check.at.size(); ++k) {
    CHECK(check.at[k].recall >= check.at[k - 1].recall);
  }
  const auto repeated = rc::check_look_alikes(interactions, seeds, 0.3, 1, {}, {.threads = 3});
  CHECK(repeated.at[0].recall == check.at[0].recall);
}

TEST_CASE("look-alikes: what makes no sense") {
  const auto interactions = two_tastes(3);
  const std::vector<rc::UserIx> one{rc::UserIx(1U)};
  const std::vector<rc::UserIx> beyond{rc::UserIx(300U)};
  CHECK_THROWS_AS(static_cast<void>(rc::look_alikes(interactions, {})), rc::InvalidParameter);
  CHECK_THROWS_AS(static_cast<void>(rc::look_alikes(interactions, beyond)), rc::InvalidParameter);
  CHECK_THROWS_AS(static_cast<void>(rc::look_alikes(interactions, one, {.n = 0})), rc::InvalidParameter);
  CHECK_THROWS_AS(static_cast<void>(rc::check_look_alikes(interactions, one)), rc::InvalidParameter);
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(static_cast<void>(rc::look_alikes(interactions, one, {}, {.stop = stop.get_token()})), rc::Cancelled);
}
