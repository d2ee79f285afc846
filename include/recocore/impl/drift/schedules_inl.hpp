#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/drift/schedules.hpp>
#include <recocore/impl/core/text.hpp>

namespace recocore {

namespace detail {

inline void check_price(double price) {
  if (!(std::isfinite(price) && price >= 0.0)) {
    throw InvalidParameter("price, what a unit of cost is worth, must be finite and not negative; got " +
                           number_text(price));
  }
}

/// What the model of one origin brings from its origin until before a period: [period - origin].
[[nodiscard]] inline std::vector<double> sums_until(const ServedValues& values, std::size_t origin) {
  std::vector<double> sums(values.periods - origin + 1);
  for (std::size_t period = origin; period < values.periods; ++period) {
    sums[period - origin + 1] = sums[period - origin] + values.at(origin, period);
  }
  return sums;
}

/// The best plans with exactly one fit, two, ...
class ExactPlans {
 public:
  ExactPlans(const ServedValues& values, std::size_t most) : periods_(values.periods), next_(most) {
    std::vector<std::vector<double>> best(most, std::vector<double>(periods_));
    std::generate(next_.begin(), next_.end(), [this] { return std::vector<std::uint32_t>(periods_); });
    for (std::size_t origin = periods_; origin-- > 0;) {
      const auto sums = sums_until(values, origin);
      best[0][origin] = sums.back();
      // With k more fits, which need k periods.
      for (std::size_t k = 1; k < most && origin + k < periods_; ++k) {
        double greatest = -std::numeric_limits<double>::infinity();
        for (std::size_t next = origin + 1; next + k <= periods_; ++next) {
          const double value = sums[next - origin] + best[k - 1][next];
          if (value > greatest) {
            greatest = value;
            next_[k][origin] = static_cast<std::uint32_t>(next);
          }
        }
        best[k][origin] = greatest;
      }
    }
    values_.reserve(most);
    for (const auto& of_count : best) {
      values_.push_back(of_count.front());
    }
  }

  /// @param k fits after the first.
  [[nodiscard]] double value(std::size_t k) const noexcept { return values_[k]; }
  [[nodiscard]] RefitPlan plan(std::size_t k) const {
    RefitPlan result{0};
    result.reserve(k + 1);
    for (; k > 0; --k) {
      result.push_back(next_[k][result.back()]);
    }
    return result;
  }

 private:
  std::size_t periods_;
  std::vector<std::vector<std::uint32_t>> next_;  ///< [k][origin]: when the next fit is, with k to come
  std::vector<double> values_{};
};

/// What is known of the worth at each age, from the models that a plan has fitted.
class KnownWorth {
 public:
  explicit KnownWorth(std::size_t periods)
      : periods_(periods), value_(periods), served_(periods * periods), worth_(periods, 1.0) {}

  /// A period has passed: the older models of the plan are scored on it beside the one that served. O(periods).
  void add(const ServedValues& values, const RefitPlan& plan, std::size_t period) noexcept {
    for (const std::size_t origin : plan) {
      if (origin != plan.back()) {
        value_[period - origin] += values.at(origin, period);
        served_[(period - origin) * periods_ + period - plan.back()] += values.at(plan.back(), period);
        known_ = true;
      }
    }
  }

  /// O(periods^2).
  void update() {
    std::size_t last = 0;
    for (std::size_t age = 1; age < periods_; ++age) {
      double fresh = 0.0;
      for (std::size_t younger = 0; younger < age; ++younger) {
        fresh += served_[age * periods_ + younger] / worth_[younger];
      }
      if (fresh > 0.0) {
        worth_[age] = std::max(value_[age] / fresh, least_worth);
        for (std::size_t between = last + 1; between < age; ++between) {
          const double share = static_cast<double>(between - last) / static_cast<double>(age - last);
          worth_[between] = worth_[last] + share * (worth_[age] - worth_[last]);
        }
        last = age;
      } else {
        worth_[age] = worth_[last];
      }
    }
  }

  /// Of the fresh value, what a model of this age brings.
  [[nodiscard]] double worth(std::size_t age) const noexcept { return worth_[age]; }
  /// What it loses: all while no two models have been compared.
  [[nodiscard]] double loss(std::size_t age) const noexcept { return known_ ? 1.0 - worth_[age] : 1.0; }

 private:
  static constexpr double least_worth = 0.1;
  std::size_t periods_;
  std::vector<double> value_;   ///< of older models, by their age
  std::vector<double> served_;  ///< beside them [age * periods + age of the model that served]
  std::vector<double> worth_;
  bool known_ = false;
};

}  // namespace detail

RECOCORE_INLINE double ServedValues::at(std::size_t origin, std::size_t period) const noexcept {
  // Rows before: periods, periods - 1, ... long.
  return value[origin * (2 * periods - origin + 1) / 2 + period - origin];
}

RECOCORE_INLINE void ServedValues::validate() const {
  if (periods == 0) {
    throw InvalidData("there are no periods: plans need at least 1");
  }
  if (value.size() != periods * (periods + 1) / 2 || fit_cost.size() != periods) {
    throw InvalidData(detail::count_text(periods, "period") + " have " +
                      detail::count_text(periods * (periods + 1) / 2, "value") + " and " +
                      detail::count_text(periods, "cost") + " of fits; got " + detail::count_text(value.size()) +
                      " and " + detail::count_text(fit_cost.size()));
  }
  const auto bad = std::find_if_not(value.begin(), value.end(), [](double v) { return std::isfinite(v); });
  if (bad != value.end()) {
    throw InvalidData("value " + detail::count_text(static_cast<std::uint64_t>(bad - value.begin())) + " is " +
                      detail::number_text(*bad) + "; all values must be finite numbers");
  }
  const auto dear =
      std::find_if_not(fit_cost.begin(), fit_cost.end(), [](double c) { return std::isfinite(c) && c >= 0.0; });
  if (dear != fit_cost.end()) {
    throw InvalidData("the fit of origin " + detail::count_text(static_cast<std::uint64_t>(dear - fit_cost.begin())) +
                      " costs " + detail::number_text(*dear) + "; costs must be finite and not negative");
  }
}

RECOCORE_INLINE RefitPlan every_plan(std::size_t periods, std::size_t k) {
  if (k == 0 || periods == 0) {
    throw InvalidParameter("a refit every k periods needs k and the number of periods to be at least 1; got " +
                           detail::count_text(k) + " and " + detail::count_text(periods));
  }
  RefitPlan plan;
  const std::size_t fits = (periods - 1) / k + 1;
  plan.reserve(fits);
  for (std::size_t fit = 0; fit < fits; ++fit) {
    plan.push_back(static_cast<std::uint32_t>(fit * k));
  }
  return plan;
}

RECOCORE_INLINE RefitPlan random_plan(std::size_t periods, std::size_t fits, std::uint64_t seed) {
  if (fits < 1 || fits > periods) {
    throw InvalidParameter("a plan for " + detail::count_text(periods, "period") + " has between 1 and " +
                           detail::count_text(periods) + " fits; got " + detail::count_text(fits));
  }
  // Fisher, Yates: the first places of a shuffle of the periods 1, 2, ...
  RefitPlan plan(periods);
  std::iota(plan.begin(), plan.end(), 0U);
  Random random(seed);
  for (std::size_t place = 1; place < fits; ++place) {
    std::swap(plan[place], plan[place + random.below(periods - place)]);
  }
  plan.resize(fits);
  std::sort(plan.begin(), plan.end());
  return plan;
}

RECOCORE_INLINE RefitPlan triggered_plan(std::span<const std::optional<std::uint32_t>> alarm) {
  if (alarm.empty()) {
    throw InvalidParameter("there are no origins: a plan needs at least 1 period");
  }
  for (std::size_t origin = 0; origin < alarm.size(); ++origin) {
    if (alarm[origin] && (*alarm[origin] < origin || *alarm[origin] >= alarm.size())) {
      throw InvalidData("the alarm of origin " + detail::count_text(origin) + " is in period " +
                        detail::count_text(*alarm[origin]) + "; it must be in one from " + detail::count_text(origin) +
                        " to " + detail::count_text(alarm.size() - 1));
    }
  }
  RefitPlan plan{0};
  while (alarm[plan.back()] && *alarm[plan.back()] + 1 < alarm.size()) {
    plan.push_back(*alarm[plan.back()] + 1);
  }
  return plan;
}

RECOCORE_INLINE std::vector<RefitPlan> oracle_plans(const ServedValues& values, std::size_t most) {
  values.validate();
  if (most == 0) {
    throw InvalidParameter("the greatest number of fits must be at least 1; got 0");
  }
  most = std::min(most, values.periods);
  const detail::ExactPlans exact(values, most);
  std::vector<RefitPlan> plans;
  plans.reserve(most);
  std::size_t best = 0;
  for (std::size_t k = 0; k < most; ++k) {
    if (exact.value(k) > exact.value(best)) {
      best = k;
    }
    plans.push_back(exact.plan(best));
  }
  return plans;
}

RECOCORE_INLINE RefitPlan oracle_plan(const ServedValues& values, double price) {
  values.validate();
  detail::check_price(price);
  const std::size_t periods = values.periods;
  std::vector<double> best(periods);
  std::vector<std::size_t> next_fit(periods);
  for (std::size_t origin = periods; origin-- > 0;) {
    const auto sums = detail::sums_until(values, origin);
    // Of equals the first is kept: no further fit, then the earliest.
    best[origin] = sums.back();
    next_fit[origin] = periods;
    for (std::size_t next = origin + 1; next < periods; ++next) {
      const double value = sums[next - origin] + best[next] - price * values.fit_cost[next];
      if (value > best[origin]) {
        best[origin] = value;
        next_fit[origin] = next;
      }
    }
  }
  RefitPlan plan;
  for (std::size_t period = 0; period < periods; period = next_fit[period]) {
    plan.push_back(static_cast<std::uint32_t>(period));
  }
  return plan;
}

RECOCORE_INLINE RefitPlan cost_aware_plan(const ServedValues& values, double price, std::size_t at_first) {
  values.validate();
  detail::check_price(price);
  if (at_first == 0) {
    throw InvalidParameter("at_first, the periods the first model is kept, must be at least 1; got 0");
  }
  RefitPlan plan{0};
  detail::KnownWorth known(values.periods);
  for (std::size_t period = 1; period < values.periods; ++period) {
    known.add(values, plan, period - 1);
    const std::size_t origin = plan.back();
    if (origin == 0 && period < at_first) {
      continue;
    }
    known.update();
    const auto fresh = [&](std::size_t age) { return values.at(origin, origin + age) / known.worth(age); };
    const std::size_t coming = period - origin;
    double lost = known.loss(coming) * fresh(coming - 1);
    for (std::size_t age = 1; age < coming; ++age) {
      lost += known.loss(age) * fresh(age);
    }
    if (lost > price * values.fit_cost[origin]) {
      plan.push_back(static_cast<std::uint32_t>(period));
    }
  }
  return plan;
}

RECOCORE_INLINE PlanOutcome follow(const ServedValues& values, const RefitPlan& plan) {
  values.validate();
  const bool ascends = std::adjacent_find(plan.begin(), plan.end(), std::greater_equal<>{}) == plan.end();
  if (plan.empty() || plan.front() != 0 || !ascends || plan.back() >= values.periods) {
    throw InvalidParameter("a plan must begin with period 0, ascend, and end before period " +
                           detail::count_text(values.periods));
  }
  PlanOutcome outcome{.refits = plan.size() - 1};
  outcome.value.reserve(values.periods);
  for (std::size_t fit = 0; fit < plan.size(); ++fit) {
    const std::size_t until = fit + 1 < plan.size() ? plan[fit + 1] : values.periods;
    for (std::size_t period = plan[fit]; period < until; ++period) {
      outcome.value.push_back(values.at(plan[fit], period));
      outcome.total += outcome.value.back();
    }
    outcome.cost += fit == 0 ? 0.0 : values.fit_cost[plan[fit]];
  }
  return outcome;
}

}  // namespace recocore
