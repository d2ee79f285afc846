#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <numeric>
#include <stop_token>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/drift/plan_comparison.hpp>

#include "../support/events.hpp"

namespace recocore::test {
namespace {

using Column = std::vector<double>;
using Plans = std::vector<Column>;

double sum(const Column& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

/// About normal, with mean 0 and variance 1.
double noise(Random& random) {
  double result = -6.0;
  for (int i = 0; i < 12; ++i) {
    result += random.uniform();
  }
  return result;
}

struct Shares {
  double relative = 0.0;
  double difference = 0.0;
};

/// How often intervals at 90 % hold the truth: a baseline that brings about 100 a period, one plan 5 % and one 7 %
/// less.
/// @param kept how much of a period's luck the next one has.
Shares coverage(std::size_t periods, std::size_t trials, double kept) {
  Random random(31);
  Shares shares;
  const auto share = 1.0 / static_cast<double>(trials);
  for (std::size_t trial = 0; trial < trials; ++trial) {
    Column baseline;
    std::vector<Column> plans(2);
    Column luck(3);
    for (std::size_t period = 0; period < periods; ++period) {
      const double season = 100.0 + 20.0 * random.uniform();
      for (double& now : luck) {
        now = kept * now + std::sqrt(1.0 - kept * kept) * noise(random);
      }
      baseline.push_back(season + 3.0 * luck[0]);
      plans[0].push_back(0.95 * season + 3.0 * luck[1]);
      plans[1].push_back(0.93 * season + 3.0 * luck[2]);
    }
    const auto result =
        compare_plans(plans, baseline, 0, {.resamples = 300, .level = 0.9, .seed = trial}, {.threads = 1});
    const auto holds = [](const Interval& interval, double truth) {
      return interval.low <= truth && truth <= interval.high;
    };
    shares.relative += holds(result.band[0], 0.95) ? share : 0.0;
    const double truth = 0.02 * 110.0 * static_cast<double>(periods);
    shares.difference += holds(result.differences[0].interval, truth) ? share : 0.0;
  }
  return shares;
}

}  // namespace

TEST_CASE("intervals hold the truth about as often as they say") {
  const auto independent = coverage(60, 400, 0.0);
  CHECK(independent.relative >= 0.83);
  CHECK(independent.relative <= 0.95);
  CHECK(independent.difference >= 0.83);
  CHECK(independent.difference <= 0.95);
  const auto few = coverage(12, 400, 0.0);
  CHECK(few.relative >= 0.78);
  const auto kept = coverage(200, 200, 0.5);
  CHECK(kept.relative >= 0.76);
}

TEST_CASE("a plan like the baseline is worth as much, without doubt") {
  Random random(3);
  Column baseline;
  for (int period = 0; period < 29; ++period) {
    baseline.push_back(random.uniform() * 10.0 + static_cast<double>(period));
  }
  auto half = baseline;
  for (double& value : half) {
    value /= 2.0;
  }
  const auto result = compare_plans(Plans{baseline, half, baseline}, baseline);
  CHECK(result.block == 3);
  CHECK(result.relative == Column{1.0, 0.5, 1.0});
  CHECK(result.band[0] == Interval{.low = 1.0, .high = 1.0});
  CHECK(result.band[1] == Interval{.low = 0.5, .high = 0.5});
  REQUIRE(result.differences.size() == 3);
  CHECK(result.differences[1].first == 0);
  CHECK(result.differences[1].second == 2);
  CHECK(result.differences[1].difference == 0.0);
  CHECK(result.differences[1].interval == Interval{});
  CHECK(result.differences[0].difference == doctest::Approx(sum(half)));
  CHECK(result.differences[0].interval.low > 0.0);
  // A rising value: without the shift the middle of the resamples would be elsewhere.
  CHECK(result.differences[0].interval.low < sum(half));
  CHECK(result.differences[0].interval.high > sum(half));
}

TEST_CASE("blocks of one period are drawn as for means") {
  const Column baseline{3.0, 1.0, 4.0, 1.0, 5.0};
  const Column plan{2.0, 2.0, 3.0, 0.0, 5.0};
  const BootstrapConfig config{.resamples = 500, .level = 0.8, .seed = 9};
  const auto result = compare_plans(Plans{plan, baseline}, baseline, 1, config);
  Column difference;
  std::transform(plan.begin(), plan.end(), baseline.begin(), std::back_inserter(difference),
                 [](double a, double b) { return a - b; });
  const auto [low, high] = bootstrap_mean(difference, config);
  // Around the difference, -2, and wider by sqrt(5 / 4).
  CHECK(result.differences[0].difference == -2.0);
  CHECK(result.differences[0].interval.low == doctest::Approx(-2.0 + std::sqrt(1.25) * (5.0 * low + 2.0)));
  CHECK(result.differences[0].interval.high == doctest::Approx(-2.0 + std::sqrt(1.25) * (5.0 * high + 2.0)));
}

TEST_CASE("a comparison depends on the seed, not on threads or other plans") {
  Random random(4);
  std::vector<Column> plans(3, Column(40));
  Column baseline(40);
  for (std::size_t period = 0; period < 40; ++period) {
    baseline[period] = random.uniform();
    for (auto& plan : plans) {
      plan[period] = random.uniform();
    }
  }
  const BootstrapConfig config{.resamples = 99, .seed = 2};
  const auto one = compare_plans(plans, baseline, 0, config, {.threads = 1});
  const auto many = compare_plans(plans, baseline, 0, config, {.threads = 5});
  CHECK(one.band == many.band);
  CHECK(one.differences[2].interval == many.differences[2].interval);
  CHECK(compare_plans(Plans{plans[1]}, baseline, 0, config).band[0] == one.band[1]);
  CHECK_FALSE(compare_plans(plans, baseline, 0, {.resamples = 99, .seed = 3}).band == one.band);
}

TEST_CASE("blocks are as long as the cube root of the series") {
  const auto block_of = [](std::size_t periods) {
    return compare_plans({}, Column(periods, 1.0), 0, {.resamples = 1}).block;
  };
  CHECK(block_of(2) == 1);
  CHECK(block_of(3) == 1);
  CHECK(block_of(4) == 2);
  CHECK(block_of(15) == 2);
  CHECK(block_of(16) == 3);
  CHECK(block_of(1000) == 10);
}

TEST_CASE("what is compared is checked") {
  const Column three{1.0, 2.0, 3.0};
  CHECK_THROWS_AS((void)compare_plans({}, Column{1.0}), InvalidParameter);
  CHECK(
      contains(message_of<InvalidParameter>([&] { (void)compare_plans(Plans{Column{1.0}}, three); }), "plan 0 has 1"));
  CHECK_THROWS_AS((void)compare_plans({}, three, 2), InvalidParameter);
  CHECK(contains(message_of<InvalidData>([&] { (void)compare_plans({}, Column{0.0, 0.0}); }), "above 0"));
  const Column bad{1.0, std::numeric_limits<double>::infinity(), 2.0};
  CHECK(
      contains(message_of<InvalidData>([&] { (void)compare_plans(Plans{three, bad}, three); }), "period 1 of plan 1"));
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS((void)compare_plans(Plans{three}, three, 0, {}, {.stop = stop.get_token()}), Cancelled);
}

}  // namespace recocore::test
