/// When to refit: plans, what they would have brought, and the best there could have been.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace recocore {

/// What a model fitted for period `origin` brings in each later one (hits, say), and what each fit costs. Periods and
/// origins count from 0, the first period that is served; every period is an origin.
struct ServedValues {
  std::size_t periods = 0;
  /// Row by row: origin 0 at periods 0, 1, ...; origin 1 at periods 1, 2, ...: periods (periods + 1) / 2 values.
  std::vector<double> value{};
  std::vector<double> fit_cost{};  ///< of each origin

  /// Origin <= period < periods.
  [[nodiscard]] double at(std::size_t origin, std::size_t period) const noexcept;
  /// @throws InvalidData no periods, sizes that do not fit, values that are not finite, a negative cost.
  void validate() const;
};

/// The periods before which the model is fitted, ascending; the first is 0.
using RefitPlan = std::vector<std::uint32_t>;

/// 0, k, 2k, ... @throws InvalidParameter k = 0 or no periods.
[[nodiscard]] RefitPlan every_plan(std::size_t periods, std::size_t k);
/// As many fits as asked (the first included), the others drawn without replacement, each set of periods equally
/// likely: the control that a detector must beat. Deterministic in `seed`.
/// @throws InvalidParameter unless 1 <= fits <= periods.
[[nodiscard]] RefitPlan random_plan(std::size_t periods, std::size_t fits, std::uint64_t seed);
/// A refit after each alarm. @param alarm for each origin the period at whose end a detector, watching the model of
/// that origin, raises its first alarm; the refit serves from the next period on. None: never. An alarm in the last
/// period comes too late for a refit.
/// @throws InvalidParameter no origins; InvalidData an alarm before its origin or after the last period.
[[nodiscard]] RefitPlan triggered_plan(std::span<const std::optional<std::uint32_t>> alarm);
/// Dynamic programming that knows the future: result k is the plan of greatest value with at most k + 1 fits, for
/// each of 1, 2, ... `most` fits, or as many as there are periods. Of several plans the one with the fewest fits, then
/// the first in lexicographic order (equal in floating point: exactly so where values are counts).
/// Values do not fall from one to the next. O(most periods^2) time, O(most periods) memory.
/// @throws InvalidParameter most = 0; InvalidData.
[[nodiscard]] std::vector<RefitPlan> oracle_plans(const ServedValues& values, std::size_t most);
/// The plan of greatest value less `price` times its cost, knowing the future: a point of the upper concave hull of
/// value over cost. Of several the first in lexicographic order, a plan before those it begins. O(periods^2).
/// @throws InvalidParameter a price that is negative or not finite; InvalidData.
[[nodiscard]] RefitPlan oracle_plan(const ServedValues& values, double price);

/// Knows the past only, and of it only what the models that it has fitted brought: no fit goes unpaid. Before each
/// period it refits when what the model will have lost by its end, since it was fitted and were it kept, exceeds
/// `price` times the cost of its fit:
///   sum over ages i = 1 .. a of (1 - R(i)) F(i) > price cost,
/// with a its age in the coming period. R(i) is the share of the fresh value that a model of age i brings: the older
/// models of the plan are kept, and scored in each period beside the one that serves. Over all such pairs whose older
/// model has age i, R(i) = sum of the older's values / sum of (the younger's / R(its age)), from R(0) = 1 up, at least
/// .1, and on a straight line between ages that have pairs. F(i) is what the model brought at age i over R(i), for the
/// coming period as in the last. The first model is kept at least `at_first` periods; while no two models could be
/// compared, R(i) = 0, F(i) what the model brought: with as much served as a fit costs, one is spent to learn what age
/// does. Where the loss grows in proportion to age the rule is the best fixed interval (as in the economic order
/// quantity, what is lost between two fits then equals the cost of one); where it is the same at every age it is the
/// break-even rule of ski rental, which costs at most about twice what the best plan does, by refitting too often. A
/// decision for period t depends on nothing of period t or later, nor on any origin outside the plan so far.
/// O(periods^3) time, O(periods^2) memory.
/// @throws InvalidParameter a price that is negative or not finite, at_first = 0; InvalidData.
[[nodiscard]] RefitPlan cost_aware_plan(const ServedValues& values, double price, std::size_t at_first = 4);

struct PlanOutcome {
  std::vector<double> value{};  ///< for each period
  double total = 0.0;
  double cost = 0.0;  ///< of all fits but the first, which every plan has
  std::size_t refits = 0;
};
/// @throws InvalidParameter a plan that does not begin with 0, ascend, and stay below the number of periods;
/// InvalidData.
[[nodiscard]] PlanOutcome follow(const ServedValues& values, const RefitPlan& plan);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/drift/schedules_inl.hpp>
#endif
