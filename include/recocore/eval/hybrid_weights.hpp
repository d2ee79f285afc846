/// How far a hybrid should rely on what items are.
#pragma once

#include <cstddef>
#include <cstdint>

#include <recocore/core/run_options.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/models/hybrid.hpp>

namespace recocore {

struct HybridWeightsConfig {
  /// NDCG@n is made as large as it gets.
  std::size_t n = 20;
  /// Users that are looked at, drawn from those of the test part.
  std::size_t most_users = 4000;
  /// The share of its NDCG@n on items that are not rare, of those with interactions, that the collaborative model may
  /// lose.
  double most_lost = 0.005;
  std::uint64_t seed = 0;

  /// @throws InvalidParameter when a field makes no sense.
  void validate() const;
};

struct HybridWeights {
  /// The start, with half_support, inheritance, likeness and k, at most that of the start, learned.
  HybridConfig config{};
  double ndcg = 0.0;
  /// Of the collaborative model alone.
  double ndcg_alone = 0.0;
  std::size_t users = 0;
};

/// Tries settings one after the other, from `start`, on a test part some of whose items the collaborative model has
/// few or no interactions of (`split_new_items`). One takes the place of the best so far when it is better by more than
/// half the standard error of the difference, and costs the other items no more than allowed. New items enter in any
/// case. Deterministic.
/// @param collaborative, items, relatives, people as `Hybrid::fit` takes them. @param whole the training part before
/// items were made rare: items that have as many users there are those the collaborative model may not lose on.
/// @throws as `Hybrid::fit`; InvalidData when the test part leaves nothing to find.
[[nodiscard]] HybridWeights learn_hybrid_weights(const AnyModel& collaborative, const Described& items,
                                                 const Neighbours<ItemIx>& relatives, const Described& people,
                                                 const Interactions& whole, const Interactions& test,
                                                 const HybridConfig& start = {}, const HybridWeightsConfig& config = {},
                                                 const RunOptions& options = {});

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/eval/hybrid_weights_inl.hpp>
#endif
