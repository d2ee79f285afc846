/// Sparse linear model of items.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <recocore/core/run_options.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/models/item_weights.hpp>
#include <recocore/rank/popular_items.hpp>
#include <recocore/rank/recommender.hpp>
#include <recocore/stats/neighbours.hpp>

namespace recocore {

struct SlimConfig {
  /// The more, the fewer items have a weight at all. From 0 up.
  double l1 = 0.1;
  /// The more, the smaller the weights are. From 0 up.
  double l2 = 100.0;
  /// Weights from 0 up only.
  bool positive = true;
  /// Only this many items, those with the largest cosine, may have a weight in the model of an item (fsSLIM).
  std::size_t candidates = 100;
  /// A model is solved when no weight changes by more than this in a sweep. Above 0.
  double tolerance = 1e-3;
  /// Sweeps over the weights of an item, at most.
  std::size_t max_iterations = 100;

  /// @throws InvalidParameter when a field makes no sense.
  void validate() const;

  friend bool operator==(const SlimConfig&, const SlimConfig&) = default;
};

/// SLIM, Ning, Karypis 2011, "SLIM: sparse linear methods for top-N recommender systems": the column j of the
/// interactions R is explained by the other columns,
///
///     minimise 1/2 |r_j - R w|^2 + l2/2 |w|^2 + l1 |w|_1,  w_j = 0, w >= 0
///
/// and score(h, j) = sum of w_hi w_i over the items i of h. Solved by coordinate descent on the products of columns
/// (Friedman, Hastie, Tibshirani 2010), each item on its own, always in the same order.
///
/// Immutable; copies share everything.
class Slim {
 public:
  static constexpr std::string_view name = "slim";
  static constexpr Tier tier = Tier::collaborative;

  /// Time: `similar_rows`; then for each item the squared numbers of its candidates that users have, and candidates^2
  /// for each sweep at most. Memory of the model: 8 bytes a weight other than 0.
  /// @throws InvalidParameter, Cancelled, DeadlineExceeded, MemoryLimitExceeded.
  [[nodiscard]] static Slim fit(Interactions interactions, const SlimConfig& config = {},
                                const RunOptions& options = {});

  /// The largest memory in bytes that `fit` will use beside the interactions, the model included. An upper bound.
  /// @throws as `fit` does.
  [[nodiscard]] static std::uint64_t estimate_fit_memory(const Interactions& interactions,
                                                         const SlimConfig& config = {}, const RunOptions& options = {});

  /// From parts that were fitted before, for instance read from a file.
  /// @param rows row i lists the j with the weight of i in the model of j, the largest first.
  /// @throws InvalidData rows that do not belong to the interactions.
  [[nodiscard]] static Slim from_parts(Interactions interactions, const SlimConfig& config, Neighbours<ItemIx> rows);

  [[nodiscard]] const SlimConfig& config() const noexcept { return config_; }
  [[nodiscard]] const Interactions& interactions() const noexcept { return interactions_; }
  [[nodiscard]] const PopularItems& popular_items() const noexcept { return popular_items_; }
  [[nodiscard]] const ItemWeights& weights() const noexcept { return weights_; }

  /// The j in whose models i has the largest weights above 0, best first.
  [[nodiscard]] std::span<const ScoredItem> similar_items(ItemIx i) const noexcept { return weights_.similar_items(i); }

  /// See `Recommender`. Only scores above 0 are ranked. O(items of the history x weights of an item) on average.
  void rank(const History& history, std::size_t n, Scratch& scratch) const { weights_.rank(history, n, scratch); }

 private:
  Slim(Interactions interactions, const SlimConfig& config, ItemWeights weights);

  SlimConfig config_;
  Interactions interactions_;
  ItemWeights weights_;
  PopularItems popular_items_;
};

static_assert(KnowsSimilarItems<Slim>);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/models/slim_inl.hpp>
#endif
