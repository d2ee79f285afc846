/// A linear model of all items by all items, in closed form.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <recocore/core/raw_vector.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/models/ease_config.hpp>
#include <recocore/rank/popular_items.hpp>
#include <recocore/rank/recommender.hpp>
#include <recocore/stats/neighbours.hpp>

namespace recocore {

/// score(u, j) = sum of w_ui B_ij over the items i of u, where column j of B is the ridge regression of item j on all
/// others: with P = (G + L)^-1, B = I - P diag(1 / P_jj). Steck 2019, "Embarrassingly shallow autoencoders for sparse
/// data"; dropout: Steck 2020, "Autoencoders that don't overfit towards the identity"; a relaxed diagonal: Moon et al.
/// 2023, "It's enough: relaxing diagonal constraints in linear autoencoders for recommendation". See `EaseConfig`.
///
/// Weights of either sign, for every pair of items: 4 bytes x items^2, fitted in place. For catalogues of more than
/// some ten thousand items see `SparseEase`. Immutable; copies share everything.
class Ease {
 public:
  static constexpr std::string_view name = "ease";
  static constexpr Tier tier = Tier::collaborative;
  /// Entries of `similar_items`, at most.
  static constexpr std::size_t most_similar = 100;

  /// O(sum of squared numbers of items of users + items^3). The same bytes for any number of threads; by rounding they
  /// differ between instruction sets.
  /// @throws InvalidParameter; NotPositiveDefinite where l2 is too small for single precision; MemoryLimitExceeded,
  ///         also when the memory cannot be had; Cancelled, DeadlineExceeded.
  [[nodiscard]] static Ease fit(Interactions interactions, const EaseConfig& config = {},
                                const RunOptions& options = {});

  /// The largest memory in bytes that `fit` will use beside the interactions, the model included.
  [[nodiscard]] static std::uint64_t estimate_fit_memory(const Interactions& interactions,
                                                         const EaseConfig& config = {}, const RunOptions& options = {});

  /// From parts that were fitted before.
  /// @throws InvalidData weights that are not finite or not items x items.
  [[nodiscard]] static Ease from_parts(Interactions interactions, const EaseConfig& config, RawVector<float> weights);

  [[nodiscard]] const EaseConfig& config() const noexcept { return config_; }
  [[nodiscard]] const Interactions& interactions() const noexcept { return interactions_; }
  [[nodiscard]] const PopularItems& popular_items() const noexcept { return popular_items_; }

  /// B, row by row: B_ij is what an i in the history adds to the score of j.
  [[nodiscard]] std::span<const float> weights() const noexcept { return *weights_; }

  /// The j with the largest B_ij above 0, best first.
  [[nodiscard]] std::span<const ScoredItem> similar_items(ItemIx i) const noexcept { return similar_->of(i); }

  /// See `Recommender`. Only scores above 0 are ranked. O(items of the history x items of the catalogue).
  void rank(const History& history, std::size_t n, Scratch& scratch) const;

 private:
  using Weights = std::shared_ptr<const RawVector<float>>;

  Ease(Interactions interactions, const EaseConfig& config, Weights weights, const RunOptions& options);

  EaseConfig config_;
  Interactions interactions_;
  Weights weights_;
  std::shared_ptr<const Neighbours<ItemIx>> similar_;
  PopularItems popular_items_;
};

static_assert(KnowsSimilarItems<Ease>);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/models/ease_inl.hpp>
#endif
