#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stop_token>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/drift/age_curve.hpp>

#include "../support/events.hpp"

namespace recocore::test {
namespace {

using Column = std::vector<double>;

double loss_of(const Decay& decay, const Column& ages, const Column& ratio, const Column& weight) {
  double loss = 0.0;
  for (std::size_t a = 0; a < ages.size(); ++a) {
    const double error = ratio[a] - decay.floor - (1.0 - decay.floor) * std::exp(-decay.rate * ages[a]);
    loss += weight[a] * error * error;
  }
  return loss;
}

Column ages_to(std::size_t last) {
  Column ages;
  for (std::size_t age = 1; age <= last; ++age) {
    ages.push_back(static_cast<double>(age));
  }
  return ages;
}

/// How many of `lists` hit, each with probability `rate`.
double hits_of(std::size_t lists, double rate, Random& random) {
  double hits = 0.0;
  for (std::size_t list = 0; list < lists; ++list) {
    hits += random.uniform() < rate ? 1.0 : 0.0;
  }
  return hits;
}

/// A triangle of origins and later periods. In each period the models hit independently.
std::vector<AgePoint> triangle(std::size_t periods, std::size_t lists, const Decay& decay, std::uint64_t seed) {
  Random random(seed);
  Column fresh;
  for (std::size_t period = 0; period < periods; ++period) {
    fresh.push_back(hits_of(lists, 0.3, random));
  }
  std::vector<AgePoint> points;
  for (std::uint32_t origin = 0; origin < periods; ++origin) {
    for (std::uint32_t age = 0; origin + age < periods; ++age) {
      const double value = age == 0 ? fresh[origin] : hits_of(lists, 0.3 * decay.at(age), random);
      points.push_back({.origin = origin, .age = age, .value = value, .fresh = fresh[origin + age]});
    }
  }
  return points;
}

bool equal(const AgeCurve& a, const AgeCurve& b) {
  return a.ages == b.ages && a.origins == b.origins && a.ratio == b.ratio && a.band == b.band &&
         a.decay.floor == b.decay.floor && a.decay.rate == b.decay.rate && a.floor == b.floor && a.rate == b.rate &&
         a.half_life == b.half_life && a.decay_band == b.decay_band && a.old_ratio == b.old_ratio &&
         a.old_band == b.old_band && a.falls == b.falls;
}

}  // namespace

TEST_CASE("a decay without noise is found again") {
  const auto ages = ages_to(30);
  const Column weight(ages.size(), 1.0);
  for (const double floor : {0.0, 0.2, 0.9}) {
    for (const double rate : {0.02, 0.3, 2.0}) {
      Column ratio;
      for (const double age : ages) {
        ratio.push_back(floor + (1.0 - floor) * std::exp(-rate * age));
      }
      const auto decay = fit_decay(ages, ratio, weight);
      CHECK(decay.floor == doctest::Approx(floor).epsilon(1e-6));
      CHECK(decay.rate == doctest::Approx(rate).epsilon(1e-6));
      CHECK(decay.half_life().value() == doctest::Approx(std::log(2.0) / rate).epsilon(1e-6));
      CHECK(decay.at(decay.half_life().value()) == doctest::Approx((1.0 + floor) / 2.0).epsilon(1e-6));
    }
  }
}

TEST_CASE("no point of a fine grid has less loss than the fit") {
  Random random(5);
  for (int trial = 0; trial < 12; ++trial) {
    const auto ages = ages_to(1 + random.below(20));
    Column ratio;
    Column weight;
    for (std::size_t a = 0; a < ages.size(); ++a) {
      ratio.push_back(0.3 + 0.9 * random.uniform());
      weight.push_back(random.below(4) == 0 ? 0.0 : random.uniform());
    }
    const double loss = loss_of(fit_decay(ages, ratio, weight), ages, ratio, weight);
    for (int f = 0; f <= 200; ++f) {
      for (int r = 0; r <= 300; ++r) {
        const Decay decay{.floor = f / 200.0, .rate = r == 0 ? 0.0 : 1e-4 * std::pow(2e5, r / 300.0)};
        REQUIRE(loss <= loss_of(decay, ages, ratio, weight) + 1e-9);
      }
    }
  }
}

TEST_CASE("what does not fall has no half-life") {
  const auto ages = ages_to(5);
  for (const auto& ratio : {Column(5, 1.0), Column{1.0, 1.1, 1.0, 1.3, 1.02}}) {
    const auto decay = fit_decay(ages, ratio, Column(5, 2.0));
    CHECK(decay.floor == 1.0);
    CHECK(decay.rate == 0.0);
    CHECK_FALSE(decay.half_life());
    CHECK(decay.at(7.0) == 1.0);
  }
  CHECK(fit_decay({}, {}, {}).rate == 0.0);
  // Only age 0, and ages without weight, which say nothing.
  CHECK(fit_decay(Column{0.0}, Column{0.4}, Column{1.0}).rate == 0.0);
  CHECK(fit_decay(Column{1.0, 2.0}, Column{0.4, 0.3}, Column{0.0, 0.0}).rate == 0.0);
}

TEST_CASE("what can be fitted is checked") {
  const Column two{1.0, 2.0};
  CHECK_THROWS_AS((void)fit_decay(two, Column{1.0}, two), InvalidParameter);
  CHECK_THROWS_AS((void)fit_decay(two, two, Column{1.0}), InvalidParameter);
  CHECK(contains(message_of<InvalidData>([&] { (void)fit_decay(two, two, Column{1.0, -1.0}); }), "weight -1"));
  CHECK_THROWS_AS((void)fit_decay(two, Column{1.0, std::nan("")}, two), InvalidData);
}

TEST_CASE("a ratio is of sums") {
  const std::vector<AgePoint> points{{.origin = 4, .age = 1, .value = 1.0, .fresh = 4.0},
                                     {.origin = 2, .age = 1, .value = 5.0, .fresh = 6.0},
                                     {.origin = 2, .age = 0, .value = 3.0, .fresh = 3.0},
                                     {.origin = 2, .age = 3, .value = 2.0, .fresh = 0.0},
                                     {.origin = 4, .age = 2, .value = 1.0, .fresh = 2.0}};
  const auto curve = age_curve(points, {.resamples = 50});
  CHECK(curve.ages == std::vector<std::uint32_t>{0, 1, 2});
  CHECK(curve.origins == std::vector<std::uint32_t>{1, 2, 1});
  CHECK(curve.ratio == Column{1.0, 0.6, 0.5});
  // Of two origins: their ratios, and somewhat beyond.
  CHECK(curve.band[1].low > 0.0);
  CHECK(curve.band[1].low <= 0.25);
  CHECK(curve.band[1].high >= 5.0 / 6.0);
  CHECK(curve.band[1].high < 1.0);
  CHECK(curve.band[2] == Interval{.low = 0.0, .high = std::numeric_limits<double>::infinity()});
  CHECK(curve.old_ratio == 0.5);
  CHECK(curve.old_band == curve.band[2]);
  CHECK_FALSE(curve.falls);
}

TEST_CASE("where all origins have an age and nothing joins them its band is about that of a mean") {
  Random random(3);
  std::vector<AgePoint> points;
  std::vector<Column> values(4);
  for (std::uint32_t origin = 0; origin < 23; ++origin) {
    for (std::uint32_t age = 1; age <= 4; ++age) {
      const double value = random.uniform() * 8.0;
      values[age - 1].push_back(value);
      points.push_back({.origin = origin * 3, .age = age, .value = value, .fresh = 8.0});
    }
  }
  const BootstrapConfig config{.resamples = 400, .level = 0.8, .seed = 12};
  const auto curve = age_curve(points, config);
  for (std::size_t a = 0; a < 4; ++a) {
    const auto [low, high] = bootstrap_mean(values[a], config);
    const double width = (high - low) / 8.0;
    CHECK(curve.band[a].high - curve.band[a].low > 0.6 * width);
    CHECK(curve.band[a].high - curve.band[a].low < 1.6 * width);
    CHECK(curve.band[a].low == doctest::Approx(low / 8.0).epsilon(0.1));
    CHECK(curve.band[a].high == doctest::Approx(high / 8.0).epsilon(0.1));
  }
  // The older half: ages 3 and 4.
  double old = 0.0;
  for (std::size_t origin = 0; origin < 23; ++origin) {
    old += (values[2][origin] + values[3][origin]) / (23.0 * 16.0);
  }
  CHECK(curve.old_ratio == doctest::Approx(old));
}

TEST_CASE("the curve depends on seed and data, not on threads or the order of points") {
  auto points = triangle(12, 60, {.floor = 0.5, .rate = 0.2}, 1);
  const BootstrapConfig config{.resamples = 101, .seed = 4};
  const auto curve = age_curve(points, config, {.threads = 1});
  CHECK(equal(curve, age_curve(points, config, {.threads = 3})));
  std::reverse(points.begin(), points.end());
  CHECK(equal(curve, age_curve(points, config)));
  CHECK_FALSE(equal(curve, age_curve(points, {.resamples = 101, .seed = 5})));
}

TEST_CASE("a fall is found, with its half-life") {
  const Decay truth{.floor = 0.4, .rate = 0.25};
  const auto curve = age_curve(triangle(30, 400, truth, 7), {.resamples = 300});
  CHECK(curve.falls);
  CHECK(curve.decay.floor == doctest::Approx(0.4).epsilon(0.15));
  CHECK(curve.decay.rate == doctest::Approx(0.25).epsilon(0.2));
  CHECK(curve.floor.low <= curve.decay.floor);
  CHECK(curve.decay.floor <= curve.floor.high);
  CHECK(curve.half_life.low <= curve.decay.half_life().value());
  CHECK(curve.decay.half_life().value() <= curve.half_life.high);
  CHECK(curve.half_life.high < 10.0);
  for (std::size_t a = 0; a < curve.ages.size(); ++a) {
    CHECK(curve.decay_band[a].low <= curve.decay.at(curve.ages[a]));
    CHECK(curve.decay.at(curve.ages[a]) <= curve.decay_band[a].high);
  }
}

TEST_CASE("a curve that does not fall passes for one that does about as seldom as said") {
  // (1 - .95) / 2 = .025; over origins alone it would be .25.
  std::size_t false_alarms = 0;
  std::size_t no_half_life = 0;
  std::size_t covered = 0;
  constexpr std::size_t trials = 200;
  for (std::size_t trial = 0; trial < trials; ++trial) {
    const auto curve = age_curve(triangle(15, 80, {}, 1000 + trial), {.resamples = 200}, {.threads = 1});
    false_alarms += curve.falls ? 1 : 0;
    no_half_life += std::isinf(curve.half_life.high) ? 1U : 0U;
    covered += curve.old_band.low <= 1.0 && 1.0 <= curve.old_band.high ? 1 : 0;
  }
  CHECK(false_alarms <= trials * 7 / 100);
  CHECK(covered >= trials * 88 / 100);
  CHECK(no_half_life >= trials * 9 / 10);
}

TEST_CASE("intervals hold the truth about as often as they say") {
  const Decay truth{.floor = 0.6, .rate = 0.2};
  std::size_t floors = 0;
  std::size_t rates = 0;
  std::size_t found = 0;
  double bands = 0.0;
  double ratios = 0.0;
  constexpr std::size_t trials = 100;
  for (std::size_t trial = 0; trial < trials; ++trial) {
    const auto curve =
        age_curve(triangle(20, 100, truth, 5000 + trial), {.resamples = 200, .level = 0.9}, {.threads = 1});
    found += curve.falls ? 1 : 0;
    floors += curve.floor.low <= 0.6 && 0.6 <= curve.floor.high ? 1 : 0;
    rates += curve.rate.low <= 0.2 && 0.2 <= curve.rate.high ? 1 : 0;
    bands += curve.decay_band[5].low <= truth.at(5.0) && truth.at(5.0) <= curve.decay_band[5].high ? 1.0 : 0.0;
    ratios += curve.band[5].low <= truth.at(5.0) && truth.at(5.0) <= curve.band[5].high ? 1.0 : 0.0;
  }
  CHECK(found >= 90);
  CHECK(floors >= 82);
  CHECK(rates >= 82);
  CHECK(bands >= 82);
  CHECK(ratios >= 78);
}

TEST_CASE("points are checked") {
  CHECK(contains(message_of<InvalidParameter>([] { (void)age_curve({}); }), "no points"));
  const AgePoint good{.origin = 1, .age = 1, .value = 1.0, .fresh = 2.0};
  CHECK(contains(message_of<InvalidParameter>([&] { (void)age_curve(std::vector{good}); }), "at least 2 origins"));
  CHECK(contains(message_of<InvalidData>([&] { (void)age_curve(std::vector{good, good}); }), "given twice"));
  auto other = good;
  other.origin = 7;
  for (const double bad : {-1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    other.value = bad;
    CHECK(contains(message_of<InvalidData>([&] { (void)age_curve(std::vector{good, other}); }), "origin 7 at age 1"));
  }
  const std::vector<AgePoint> nothing{{.origin = 0, .age = 1}, {.origin = 1, .age = 1}};
  CHECK(contains(message_of<InvalidData>([&] { (void)age_curve(nothing); }), "nothing that could be lost"));
  other.value = 1.0;
  CHECK_THROWS_AS((void)age_curve(std::vector{good, other}, {.resamples = 0}), InvalidParameter);
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS((void)age_curve(std::vector{good, other}, {}, {.stop = stop.get_token()}), Cancelled);
}

}  // namespace recocore::test
