#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/drift/schedules.hpp>

#include "../support/events.hpp"

namespace recocore::test {
namespace {

/// Small integers: sums are exact, and there are ties.
ServedValues random_values(std::size_t periods, std::uint64_t seed, std::uint64_t greatest = 6) {
  Random random(seed);
  ServedValues values{.periods = periods};
  for (std::size_t i = 0; i < periods * (periods + 1) / 2; ++i) {
    values.value.push_back(static_cast<double>(random.below(greatest)));
  }
  for (std::size_t origin = 0; origin < periods; ++origin) {
    values.fit_cost.push_back(static_cast<double>(1 + random.below(4)));
  }
  return values;
}

/// A model of each age brings the same in each period.
template <class ByAge>
ServedValues by_age(std::size_t periods, const ByAge& value) {
  ServedValues values{.periods = periods, .fit_cost = std::vector<double>(periods, 1.0)};
  for (std::size_t origin = 0; origin < periods; ++origin) {
    for (std::size_t period = origin; period < periods; ++period) {
      values.value.push_back(value(period - origin));
    }
  }
  return values;
}

/// Period by period, without the offsets of `at`.
double naive_total(const ServedValues& values, const RefitPlan& plan) {
  double total = 0.0;
  std::size_t row = 0;
  for (std::size_t origin = 0; origin < values.periods; ++origin) {
    for (std::size_t period = origin; period < values.periods; ++period) {
      const auto serving = *std::prev(std::upper_bound(plan.begin(), plan.end(), period));
      total += serving == origin ? values.value[row] : 0.0;
      ++row;
    }
  }
  return total;
}

double cost_of(const ServedValues& values, const RefitPlan& plan) {
  double cost = 0.0;
  for (std::size_t fit = 1; fit < plan.size(); ++fit) {
    cost += values.fit_cost[plan[fit]];
  }
  return cost;
}

/// All 2^(periods - 1), in lexicographic order.
std::vector<RefitPlan> all_plans(std::size_t periods) {
  std::vector<RefitPlan> plans;
  for (std::uint32_t set = 0; set < (1U << (periods - 1)); ++set) {
    RefitPlan plan{0};
    for (std::uint32_t period = 1; period < periods; ++period) {
      if ((set >> (period - 1)) & 1U) {
        plan.push_back(period);
      }
    }
    plans.push_back(plan);
  }
  std::sort(plans.begin(), plans.end());
  return plans;
}

}  // namespace

TEST_CASE("a refit every k periods") {
  CHECK(every_plan(7, 3) == RefitPlan{0, 3, 6});
  CHECK(every_plan(6, 3) == RefitPlan{0, 3});
  CHECK(every_plan(3, 1) == RefitPlan{0, 1, 2});
  CHECK(every_plan(4, static_cast<std::size_t>(-1)) == RefitPlan{0});
  CHECK_THROWS_AS((void)every_plan(3, 0), InvalidParameter);
  CHECK_THROWS_AS((void)every_plan(0, 3), InvalidParameter);
}

TEST_CASE("a random plan has as many fits as asked, each set as likely as the others") {
  std::map<RefitPlan, int> times;
  constexpr int draws = 6000;
  for (std::uint64_t seed = 0; seed < draws; ++seed) {
    const auto plan = random_plan(5, 3, seed);
    REQUIRE(plan.size() == 3);
    REQUIRE(plan.front() == 0);
    REQUIRE(plan[0] < plan[1]);
    REQUIRE(plan[1] < plan[2]);
    REQUIRE(plan[2] < 5);
    ++times[plan];
  }
  CHECK(times.size() == 6);  // 2 of 4
  double chi_square = 0.0;
  for (const auto& [plan, count] : times) {
    chi_square += (count - 1000.0) * (count - 1000.0) / 1000.0;
  }
  CHECK(chi_square < 20.5);  // .999 quantile with 5 degrees of freedom
  CHECK(random_plan(5, 3, 8) == random_plan(5, 3, 8));
  CHECK(random_plan(4, 4, 1) == RefitPlan{0, 1, 2, 3});
  CHECK(random_plan(4, 1, 1) == RefitPlan{0});
  CHECK_THROWS_AS((void)random_plan(4, 0, 1), InvalidParameter);
  CHECK_THROWS_AS((void)random_plan(4, 5, 1), InvalidParameter);
}

TEST_CASE("a refit serves from the period after the alarm on") {
  using Alarms = std::vector<std::optional<std::uint32_t>>;
  CHECK(triggered_plan(Alarms{2, 1, {}, 3, {}}) == RefitPlan{0, 3, 4});
  CHECK(triggered_plan(Alarms{{}, 1, 2}) == RefitPlan{0});
  CHECK(triggered_plan(Alarms{0, 1, 2}) == RefitPlan{0, 1, 2});
  CHECK(triggered_plan(Alarms{2, {}, {}}) == RefitPlan{0});
  CHECK(contains(message_of<InvalidData>([] { (void)triggered_plan(Alarms{{}, 0, {}}); }), "origin 1"));
  CHECK_THROWS_AS((void)triggered_plan(Alarms{{}, 3, {}}), InvalidData);
  CHECK_THROWS_AS((void)triggered_plan({}), InvalidParameter);
}

TEST_CASE("a plan is followed") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto values = random_values(7, seed);
    for (const auto& plan : all_plans(7)) {
      const auto outcome = follow(values, plan);
      REQUIRE(outcome.value.size() == 7);
      REQUIRE(outcome.total == naive_total(values, plan));
      REQUIRE(outcome.cost == cost_of(values, plan));
      REQUIRE(outcome.refits == plan.size() - 1);
    }
  }
  const auto values = random_values(4, 1);
  for (const auto& bad : {RefitPlan{}, RefitPlan{1}, RefitPlan{0, 2, 2}, RefitPlan{0, 3, 1}, RefitPlan{0, 4}}) {
    CHECK_THROWS_AS((void)follow(values, bad), InvalidParameter);
  }
}

TEST_CASE("the oracle finds the best of all plans") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const std::size_t periods = 1 + seed % 9;
    const auto values = random_values(periods, seed, seed % 2 == 0 ? 3 : 50);
    const auto all = all_plans(periods);
    const auto plans = oracle_plans(values, periods + 2);
    REQUIRE(plans.size() == periods);
    double last = 0.0;
    for (std::size_t most = 1; most <= periods; ++most) {
      // By hand: of those that fit in, the most value, the fewest fits, the first.
      const RefitPlan* best = nullptr;
      double greatest = 0.0;
      for (std::size_t fits = 1; fits <= most; ++fits) {
        for (const auto& plan : all) {
          const double value = naive_total(values, plan);
          if (plan.size() == fits && (best == nullptr || value > greatest)) {
            best = &plan;
            greatest = value;
          }
        }
      }
      REQUIRE(plans[most - 1] == *best);
      REQUIRE(greatest >= last);
      last = greatest;
    }
    CHECK(oracle_plans(values, 1) == std::vector<RefitPlan>{{0}});
  }
  CHECK_THROWS_AS((void)oracle_plans(random_values(3, 1), 0), InvalidParameter);
}

TEST_CASE("the oracle with a price finds the best of all plans") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const std::size_t periods = 1 + seed % 9;
    const auto values = random_values(periods, seed);
    double last_cost = 1e9;
    for (const double price : {0.0, 0.5, 1.0, 2.0, 50.0}) {
      const RefitPlan* best = nullptr;
      double greatest = 0.0;
      const auto all = all_plans(periods);
      for (const auto& plan : all) {
        const double gain = naive_total(values, plan) - price * cost_of(values, plan);
        if (best == nullptr || gain > greatest) {
          best = &plan;
          greatest = gain;
        }
      }
      const auto plan = oracle_plan(values, price);
      REQUIRE(plan == *best);
      // On the hull: as the price rises the cost falls.
      REQUIRE(cost_of(values, plan) <= last_cost);
      last_cost = cost_of(values, plan);
    }
  }
  const auto values = random_values(3, 1);
  CHECK_THROWS_AS((void)oracle_plan(values, -1.0), InvalidParameter);
  CHECK_THROWS_AS((void)oracle_plan(values, std::nan("")), InvalidParameter);
}

TEST_CASE("where fits cost the same, a price picks one of the oracle's plans for a number of fits") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    auto values = random_values(12, seed, 1000);
    std::fill(values.fit_cost.begin(), values.fit_cost.end(), 1.0);
    const auto front = oracle_plans(values, 12);
    for (const double price : {0.5, 90.5, 300.5, 1000.5}) {
      const auto plan = oracle_plan(values, price);
      CHECK(naive_total(values, plan) == naive_total(values, front[plan.size() - 1]));
      for (const auto& other : front) {
        CHECK(naive_total(values, plan) - price * cost_of(values, plan) >=
              naive_total(values, other) - price * cost_of(values, other));
      }
    }
  }
}

TEST_CASE("the cost-aware plan knows nothing of what comes") {
  std::size_t changed = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    constexpr std::size_t periods = 24;
    const auto values = random_values(periods, seed, 30);
    for (const double price : {0.0, 3.0, 10.0}) {
      const auto plan = cost_aware_plan(values, price, 3);
      for (std::size_t until = 1; until < periods; ++until) {
        // Another future: all values of periods from `until` on, all costs of fits from there on.
        auto other = values;
        Random random(seed * 100 + until);
        std::size_t row = 0;
        for (std::size_t origin = 0; origin < periods; ++origin) {
          for (std::size_t period = origin; period < periods; ++period, ++row) {
            other.value[row] = period >= until ? static_cast<double>(random.below(1000)) : other.value[row];
          }
          other.fit_cost[origin] = origin >= until ? static_cast<double>(random.below(1000)) : other.fit_cost[origin];
        }
        const auto other_plan = cost_aware_plan(other, price, 3);
        const auto decided = [until](const RefitPlan& all) {
          // The decision before period `until` is the last one that may only know what is before.
          return RefitPlan(all.begin(), std::upper_bound(all.begin(), all.end(), until));
        };
        REQUIRE(decided(plan) == decided(other_plan));
        changed += plan == other_plan ? 0U : 1U;
      }
    }
  }
  CHECK(changed > 1000);
}

TEST_CASE("the cost-aware plan does what its formula says") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    constexpr std::size_t periods = 18;
    constexpr std::size_t at_first = 4;
    const auto values = random_values(periods, seed, 30);
    for (const double price : {0.5, 2.0, 8.0}) {
      RefitPlan plan{0};
      for (std::size_t t = at_first; t < periods; ++t) {
        // All comparisons anew, each age from those below it.
        std::map<std::size_t, double> worth{{0, 1.0}};
        const auto at = [&](std::size_t age) {
          const auto above = worth.lower_bound(age);
          if (above == worth.end()) {
            return worth.rbegin()->second;
          }
          if (above->first == age) {
            return above->second;
          }
          const auto below = std::prev(above);
          return below->second + (above->second - below->second) * static_cast<double>(age - below->first) /
                                     static_cast<double>(above->first - below->first);
        };
        bool compared = false;
        for (std::size_t age = 1; age < t; ++age) {
          double value = 0.0;
          double fresh = 0.0;
          for (const std::size_t origin : plan) {
            const std::size_t period = origin + age;
            const std::size_t serving = *std::prev(std::upper_bound(plan.begin(), plan.end(), period));
            if (period < t && serving != origin) {
              compared = true;
              value += values.at(origin, period);
              fresh += values.at(serving, period) / at(period - serving);
            }
          }
          if (fresh > 0.0) {
            worth[age] = std::max(0.1, value / fresh);
          }
        }
        const std::size_t fit = plan.back();
        double lost = 0.0;
        for (std::size_t i = 1; fit + i <= t; ++i) {
          const std::size_t seen = std::min(fit + i, t - 1);
          lost += (compared ? 1.0 - at(i) : 1.0) * values.at(fit, seen) / at(seen - fit);
        }
        if (lost > price * values.fit_cost[fit]) {
          plan.push_back(static_cast<std::uint32_t>(t));
        }
      }
      CHECK(cost_aware_plan(values, price, at_first) == plan);
    }
  }
}

TEST_CASE("models that the cost-aware plan did not fit change nothing") {
  std::size_t left_out = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    constexpr std::size_t periods = 24;
    auto values = random_values(periods, seed, 30);
    for (const double price : {0.5, 3.0, 10.0}) {
      const auto plan = cost_aware_plan(values, price, 3);
      Random random(seed);
      std::size_t row = 0;
      for (std::size_t origin = 0; origin < periods; ++origin) {
        const bool fitted = std::binary_search(plan.begin(), plan.end(), origin);
        left_out += fitted ? 0U : 1U;
        for (std::size_t period = origin; period < periods; ++period, ++row) {
          values.value[row] = fitted ? values.value[row] : static_cast<double>(random.below(1000));
        }
        values.fit_cost[origin] = fitted ? values.fit_cost[origin] : static_cast<double>(random.below(1000));
      }
      REQUIRE(cost_aware_plan(values, price, 3) == plan);
    }
  }
  CHECK(left_out > 100);
}

TEST_CASE("the cost-aware plan keeps what does not age, and comes near the oracle where age counts") {
  const auto flat = by_age(30, [](std::size_t /*age*/) { return 100.0; });
  CHECK(cost_aware_plan(flat, 0.0, 4) == RefitPlan{0, 4});
  CHECK(cost_aware_plan(flat, 1.0, 40) == RefitPlan{0});
  // Not before as much was served as a fit costs.
  CHECK(cost_aware_plan(flat, 1050.0, 4) == RefitPlan{0, 11});
  CHECK(cost_aware_plan(flat, 1e9, 4) == RefitPlan{0});

  const auto linear = by_age(60, [](std::size_t age) { return 1000.0 - 2.0 * static_cast<double>(age); });
  for (const double price : {5.0, 20.0, 60.0}) {
    const auto gain = [&](const RefitPlan& plan) {
      const auto outcome = follow(linear, plan);
      return 60.0 * 1000.0 - outcome.total + price * outcome.cost;
    };
    const auto best = gain(oracle_plan(linear, price));
    CHECK(best <= gain(cost_aware_plan(linear, price)));
    CHECK(gain(cost_aware_plan(linear, price)) < 1.25 * best);
  }
  CHECK_THROWS_AS((void)cost_aware_plan(flat, 1.0, 0), InvalidParameter);
  CHECK_THROWS_AS((void)cost_aware_plan(flat, -1.0), InvalidParameter);
}

TEST_CASE("served values are checked") {
  auto values = random_values(4, 1);
  values.validate();
  values.value[3] = std::nan("");
  CHECK(contains(message_of<InvalidData>([&] { values.validate(); }), "value 3 is nan"));
  values = random_values(4, 1);
  values.fit_cost[2] = -1.0;
  CHECK(contains(message_of<InvalidData>([&] { (void)follow(values, {0}); }), "origin 2 costs -1"));
  values = random_values(4, 1);
  values.value.pop_back();
  CHECK(contains(message_of<InvalidData>([&] { (void)oracle_plan(values, 1.0); }), "10 values"));
  CHECK_THROWS_AS(ServedValues{}.validate(), InvalidData);
}

}  // namespace recocore::test
