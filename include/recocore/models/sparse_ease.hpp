/// Ease for large catalogues: each item regressed on its nearest items.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <recocore/core/run_options.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/models/ease_config.hpp>
#include <recocore/models/item_weights.hpp>
#include <recocore/rank/popular_items.hpp>
#include <recocore/rank/recommender.hpp>

namespace recocore {

struct SparseEaseConfig {
  /// Items that may have a weight in the score of each: those with the largest cosine.
  std::size_t k = 100;
  /// Large catalogues have fewer users an item, and want less regularisation.
  EaseConfig ease{.l2 = 100.0};

  /// @throws InvalidParameter when a field makes no sense.
  void validate() const;

  friend bool operator==(const SparseEaseConfig&, const SparseEaseConfig&) = default;
};

/// score(u, j) = sum of w_ui B_ij over the items i of u, where column j of B is the ridge regression of item j on the k
/// items with the largest cosine: b = (G_SS + L_SS)^-1 G_Sj, S those items. With k = items, and a common user of every
/// two of them, it is `Ease`. Formulas: `EaseConfig`. Ning, Karypis 2011, "SLIM"; Steck 2019, "Markov random fields for
/// collaborative filtering", whose sparse approximation solves such systems in groups.
///
/// Weights of either sign. Immutable; copies share everything.
class SparseEase {
 public:
  static constexpr std::string_view name = "sparse_ease";
  static constexpr Tier tier = Tier::collaborative;

  /// Time: that of `similar_rows`, then for each item k^3 / 3 and the products among its k items, which are found user
  /// by user. Memory of the model: 8 bytes x k x items. The same bytes for any number of threads; by rounding they
  /// differ between instruction sets.
  /// @throws InvalidParameter; NotPositiveDefinite where l2 is too small for single precision; MemoryLimitExceeded,
  ///         Cancelled, DeadlineExceeded.
  [[nodiscard]] static SparseEase fit(Interactions interactions, const SparseEaseConfig& config = {},
                                      const RunOptions& options = {});

  /// The largest memory in bytes that `fit` will use beside the interactions, the model included.
  [[nodiscard]] static std::uint64_t estimate_fit_memory(const Interactions& interactions,
                                                         const SparseEaseConfig& config = {},
                                                         const RunOptions& options = {});

  /// From parts that were fitted before.
  /// @throws InvalidData weights that do not belong to the interactions.
  [[nodiscard]] static SparseEase from_parts(Interactions interactions, const SparseEaseConfig& config,
                                             ItemWeights weights);

  [[nodiscard]] const SparseEaseConfig& config() const noexcept { return config_; }
  [[nodiscard]] const Interactions& interactions() const noexcept { return interactions_; }
  [[nodiscard]] const PopularItems& popular_items() const noexcept { return popular_items_; }

  /// B, without its diagonal.
  [[nodiscard]] const ItemWeights& weights() const noexcept { return weights_; }

  /// The j with the largest B_ij above 0, best first.
  [[nodiscard]] std::span<const ScoredItem> similar_items(ItemIx i) const noexcept { return weights_.similar_items(i); }

  /// See `Recommender`. Only scores above 0 are ranked. O(items of the history x k) on average.
  void rank(const History& history, std::size_t n, Scratch& scratch) const { weights_.rank(history, n, scratch); }

 private:
  SparseEase(Interactions interactions, const SparseEaseConfig& config, ItemWeights weights);

  SparseEaseConfig config_;
  Interactions interactions_;
  ItemWeights weights_;
  PopularItems popular_items_;
};

static_assert(KnowsSimilarItems<SparseEase>);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/models/sparse_ease_inl.hpp>
#endif
