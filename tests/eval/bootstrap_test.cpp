#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/eval/bootstrap.hpp>

#include "../support/events.hpp"

namespace rc = recocore;

namespace {

using Column = std::vector<double>;

Column uniform_column(std::size_t users, std::uint64_t seed) {
  rc::Random random(seed);
  Column column(users);
  for (double& value : column) {
    value = random.uniform();
  }
  return column;
}

}  // namespace

TEST_CASE("the interval of a large sample is that of the normal distribution") {
  const auto column = uniform_column(2000, 1);
  double mean = 0.0;
  double square = 0.0;
  for (const double value : column) {
    mean += value / 2000.0;
    square += value * value / 2000.0;
  }
  const double error = std::sqrt((square - mean * mean) / 2000.0);
  const auto [low, high] = rc::bootstrap_mean(column, {.resamples = 4000, .level = 0.9, .seed = 3});
  CHECK(std::abs(low - (mean - 1.645 * error)) < 0.1 * error);
  CHECK(std::abs(high - (mean + 1.645 * error)) < 0.1 * error);

  const auto wider = rc::bootstrap_mean(column, {.resamples = 4000, .level = 0.99, .seed = 3});
  CHECK(wider.low < low);
  CHECK(wider.high > high);
}

TEST_CASE("an interval depends on the seed, not on threads or other columns") {
  const auto a = uniform_column(301, 1);
  const auto b = uniform_column(301, 2);
  const rc::BootstrapConfig config{.resamples = 97, .seed = 5};
  const std::vector<std::span<const double>> columns{a, b};
  const auto one = rc::bootstrap_means(columns, config, {.threads = 1});
  CHECK(one == rc::bootstrap_means(columns, config, {.threads = 7}));
  CHECK(one == std::vector{rc::bootstrap_mean(a, config), rc::bootstrap_mean(b, config)});
  CHECK_FALSE(one == rc::bootstrap_means(columns, {.resamples = 97, .seed = 6}));
}

TEST_CASE("every user is drawn equally often") {
  const std::size_t users = 5;
  for (std::size_t user = 0; user < users; ++user) {
    // Of 5 draws with probability 1/5, 3 or fewer hit with probability .9933 and 2 or fewer with .942.
    Column drawn(users, 0.0);
    drawn[user] = 1.0;
    const auto [low, high] = rc::bootstrap_mean(drawn, {.resamples = 20'000, .level = 0.98, .seed = user});
    CHECK(low == doctest::Approx(0.0));
    CHECK(high == doctest::Approx(0.6));
  }
}

TEST_CASE("values that do not vary leave no doubt") {
  CHECK(rc::bootstrap_mean(Column(50, 0.25)) == rc::Interval{.low = 0.25, .high = 0.25});
  CHECK(rc::bootstrap_mean(Column{0.5}) == rc::Interval{.low = 0.5, .high = 0.5});
  CHECK(rc::bootstrap_means({}).empty());
}

TEST_CASE("a paired difference is surer than two intervals") {
  const auto baseline = uniform_column(200, 8);
  auto model = baseline;
  for (double& value : model) {
    value += 0.01;
  }
  const auto difference = rc::bootstrap_mean(rc::paired_difference(model, baseline));
  CHECK(difference.low == doctest::Approx(0.01));
  CHECK(difference.high == doctest::Approx(0.01));
  CHECK(rc::bootstrap_mean(model).low < rc::bootstrap_mean(baseline).high);
}

TEST_CASE("a bootstrap that makes no sense says so") {
  const Column column{1.0, 2.0};
  const auto message = [&](const rc::BootstrapConfig& config) {
    return rc::test::message_of<rc::InvalidParameter>([&] { static_cast<void>(rc::bootstrap_mean(column, config)); });
  };
  CHECK(rc::test::contains(message({.resamples = 0}), "resamples must be at least 1"));
  for (const double level : {0.0, 1.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    CHECK(rc::test::contains(message({.level = level}), "between 0 and 1"));
  }
  CHECK_THROWS_AS(static_cast<void>(rc::bootstrap_mean({})), rc::InvalidParameter);
  CHECK_THROWS_WITH_AS(static_cast<void>(rc::bootstrap_mean(Column{1.0, std::nan("")})),
                       "the value of user 1 is nan; all values must be finite numbers", rc::InvalidData);
  CHECK_THROWS_AS(static_cast<void>(rc::paired_difference(column, Column{1.0})), rc::InvalidParameter);
}
