/// How well a model foresees a test part.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <recocore/core/index.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/eval/metrics.hpp>
#include <recocore/rank/any_model.hpp>

namespace recocore {

struct EvaluateConfig {
  /// The length of the lists.
  std::size_t n = 20;
  /// Recommend nothing that is in the user's history.
  bool exclude_seen = true;

  /// @throws InvalidParameter when n is 0.
  void validate() const;
};

/// The quality of a model's lists.
struct Evaluation {
  /// The users with something to find, ascending: positions in the users of `test`.
  std::vector<UserIx> users{};
  /// Each metric of the list of each of `users`.
  MetricSet<std::vector<double>> per_user{};
  /// The means over `users`.
  MetricSet<double> mean{};

  // Over all lists; see `metrics.hpp`.
  double coverage = 0.0;
  double novelty = 0.0;
  double gini = 0.0;

  /// Of `users`: those of whom the model knows no item, so that it recommends what is popular.
  std::uint64_t cold_users = 0;
  std::uint64_t test_interactions = 0;
  /// Of the test interactions: those left out because the item is in the user's history already.
  std::uint64_t repeated = 0;
  /// Of the others: those with an item the model does not know. They cannot be found and count as misses.
  std::uint64_t unknown_items = 0;

  friend bool operator==(const Evaluation&, const Evaluation&) = default;
};

/// Makes a list for each user of `test` and looks whether the user's test items are in it.
///
/// What a user did before is their row in `history`, else in `train`, found by the user's id; the model need not have
/// been fitted on either. A user without one gets what the model recommends to somebody unknown. Every item of the
/// user's row in `test` is relevant, whatever its weight, except that with `exclude_seen` an item of the history cannot
/// be recommended and is not relevant either. Users with nothing to find are left out. An item the model does not know
/// stays in the denominators: to the shop a new product that nobody is shown is a miss.
///
/// The list is the best of *all* items the model knows: rankings among sampled items order models differently
/// (Krichene, Rendle 2020, "On sampled metrics for item recommendation"). Coverage and Gini take the items of the model
/// as the catalogue, novelty counts the users of `train`. The result does not depend on the number of threads.
/// @param history may be null.
/// @throws InvalidParameter; IdTypeError when ids are text here and integers there; InvalidData when no user of `test`
///         has anything to find; Cancelled, DeadlineExceeded.
[[nodiscard]] Evaluation evaluate(const AnyModel& model, const Interactions& train, const Interactions& test,
                                  const Interactions* history = nullptr, const EvaluateConfig& config = {},
                                  const RunOptions& options = {});

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/eval/evaluate_inl.hpp>
#endif
