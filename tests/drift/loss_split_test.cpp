#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/drift/age_curve.hpp>
#include <recocore/drift/loss_split.hpp>

#include "../support/events.hpp"

namespace recocore::test {
namespace {

double sum(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

std::vector<LossPoint> random_points(std::size_t periods, std::size_t parts, std::uint64_t seed) {
  Random random(seed);
  std::vector<LossPoint> points;
  for (std::uint32_t origin = 0; origin < periods; ++origin) {
    for (std::uint32_t age = 0; origin + age < periods; ++age) {
      LossPoint point{.origin = origin, .age = age};
      for (std::size_t part = 0; part < parts; ++part) {
        point.fresh.push_back(static_cast<double>(random.below(9)));
        point.value.push_back(static_cast<double>(random.below(7)));
      }
      points.push_back(point);
    }
  }
  return points;
}

}  // namespace

TEST_CASE("the losses of the parts are the loss of the whole") {
  const auto points = random_points(9, 3, 1);
  std::vector<AgePoint> whole;
  for (const auto& point : points) {
    whole.push_back({.origin = point.origin, .age = point.age, .value = sum(point.value), .fresh = sum(point.fresh)});
  }
  const auto split = loss_parts(points, {.resamples = 100});
  const auto curve = age_curve(whole, {.resamples = 100});
  REQUIRE(split.ages == curve.ages);
  CHECK(split.origins == curve.origins);
  for (std::size_t a = 0; a < split.ages.size(); ++a) {
    CHECK(sum(split.loss[a]) == doctest::Approx(1.0 - curve.ratio[a]));
    // By hand.
    double lost = 0.0;
    double fresh = 0.0;
    for (const auto& point : points) {
      if (point.age == split.ages[a]) {
        lost += point.fresh[1] - point.value[1];
        fresh += sum(point.fresh);
      }
    }
    CHECK(split.loss[a][1] == doctest::Approx(lost / fresh));
  }
}

TEST_CASE("a single part has the band of the age curve, turned round") {
  const auto points = random_points(9, 1, 2);
  std::vector<AgePoint> whole;
  for (const auto& point : points) {
    whole.push_back({.origin = point.origin, .age = point.age, .value = point.value[0], .fresh = point.fresh[0]});
  }
  const BootstrapConfig config{.resamples = 201, .level = 0.9, .seed = 8};
  const auto split = loss_parts(points, config, {.threads = 2});
  const auto curve = age_curve(whole, config, {.threads = 1});
  REQUIRE(split.ages == curve.ages);
  for (std::size_t a = 0; a < split.ages.size(); ++a) {
    if (split.origins[a] > 1) {
      CHECK(split.band[a][0].low == doctest::Approx(1.0 - curve.band[a].high));
      CHECK(split.band[a][0].high == doctest::Approx(1.0 - curve.band[a].low));
    } else {
      CHECK(split.band[a][0].low == -std::numeric_limits<double>::infinity());
      CHECK(split.band[a][0].high == std::numeric_limits<double>::infinity());
    }
  }
}

TEST_CASE("a part that loses nothing has a loss of 0, without doubt") {
  auto points = random_points(7, 2, 3);
  for (auto& point : points) {
    point.value[1] = point.fresh[1];
  }
  const auto split = loss_parts(points, {.resamples = 60});
  for (std::size_t a = 0; a + 1 < split.ages.size(); ++a) {
    CHECK(split.loss[a][1] == 0.0);
    CHECK(split.band[a][1] == Interval{.low = 0.0, .high = 0.0});
  }
}

TEST_CASE("parts are checked") {
  CHECK(contains(message_of<InvalidParameter>([] { (void)loss_parts({}); }), "no points"));
  auto points = random_points(3, 2, 4);
  points[2].value.pop_back();
  CHECK(contains(message_of<InvalidParameter>([&] { (void)loss_parts(points); }), "each of 2 parts"));
  points[2].value.push_back(std::nan(""));
  CHECK(contains(message_of<InvalidData>([&] { (void)loss_parts(points); }), "is nan"));
  points[2].value.back() = -3.0;  // what a part loses may be anything
  points[2].fresh = {-3.0, 5.0};
  CHECK(loss_parts(points, {.resamples = 5}).ages.size() == 3);
  points[2].fresh = {-3.0, 2.0};
  CHECK(contains(message_of<InvalidData>([&] { (void)loss_parts(points); }), "is -1"));
  CHECK_THROWS_AS((void)loss_parts(std::vector<LossPoint>(2)), InvalidParameter);
}

}  // namespace recocore::test
