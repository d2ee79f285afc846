/// Item-based nearest neighbours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <recocore/core/run_options.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/rank/popular_items.hpp>
#include <recocore/rank/recommender.hpp>
#include <recocore/stats/neighbours.hpp>
#include <recocore/stats/similar_rows.hpp>

namespace recocore {

/// k neighbours, similarity, weighting, shrinkage: see `Similarity` and `Weighting` for formulas and papers.
using ItemKnnConfig = SimilarRowsConfig;

/// "Who chose this also chose": score(u, j) = sum of w_ui sim(i, j) over the items i of u that are among the k items
/// with the largest sim(i, j). Sarwar et al. 2001; Deshpande, Karypis 2004.
///
/// The k are the nearest of the *candidate* j. Cutting the lists of the history's items instead, as some libraries do,
/// puts popular candidates in too many lists: on three public splits it costs 4 to 17 % of NDCG@20 (docs/accuracy.md).
///
/// Needs nothing but a history, so it serves a visitor without an account as well. Immutable; copies share everything.
class ItemKnn {
 public:
  static constexpr std::string_view name = "item_knn";
  static constexpr Tier tier = Tier::collaborative;

  /// Time: see `similar_rows`. Memory of the
  /// model: 16 bytes x k x items, 24 when not symmetric, beside the interactions. While fitting: see `similar_rows`.
  /// @throws InvalidParameter, InvalidData (negative weights where they are forbidden), Cancelled.
  [[nodiscard]] static ItemKnn fit(Interactions interactions, const ItemKnnConfig& config = {},
                                   const RunOptions& options = {});

  /// The largest memory in bytes that `fit` will use beside the interactions, the model included. See
  /// `estimate_similar_rows_memory`. @throws as `fit` does.
  [[nodiscard]] static std::uint64_t estimate_fit_memory(const Interactions& interactions,
                                                         const ItemKnnConfig& config = {},
                                                         const RunOptions& options = {});

  /// From parts that were fitted before, for instance read from a file.
  /// @param similar for each item i the j with the largest sim(i, j), best first.
  /// @param nearest for each item j the i with the largest sim(i, j), best first; ignored when the similarity is
  ///        symmetric, since it is `similar` then.
  /// @throws InvalidData lists that do not belong to the interactions.
  [[nodiscard]] static ItemKnn from_parts(Interactions interactions, const ItemKnnConfig& config,
                                          Neighbours<ItemIx> similar, Neighbours<ItemIx> nearest = {});

  [[nodiscard]] const ItemKnnConfig& config() const noexcept { return config_; }
  [[nodiscard]] const Interactions& interactions() const noexcept { return interactions_; }
  [[nodiscard]] const PopularItems& popular_items() const noexcept { return popular_items_; }

  /// The parts `from_parts` takes.
  [[nodiscard]] const Neighbours<ItemIx>& similar() const noexcept { return *similar_; }
  [[nodiscard]] const Neighbours<ItemIx>& nearest() const noexcept { return *nearest_; }

  /// For each item i the candidates j that have i among their nearest: score(u, j) = sum of w_ui votes_ij.
  [[nodiscard]] const Neighbours<ItemIx>& votes() const noexcept { return *votes_; }

  /// The j with the largest sim(i, j), best first: at most k.
  [[nodiscard]] std::span<const ScoredItem> similar_items(ItemIx i) const noexcept { return similar_->of(i); }

  /// See `Recommender`. Only scores above 0 are ranked. O(items of the history x k) on average.
  void rank(const History& history, std::size_t n, Scratch& scratch) const;

 private:
  using Lists = std::shared_ptr<const Neighbours<ItemIx>>;

  ItemKnn(Interactions interactions, const ItemKnnConfig& config, Lists similar, Lists nearest,
          const RunOptions& options);

  ItemKnnConfig config_;
  Interactions interactions_;
  Lists similar_;
  Lists nearest_;
  /// votes_[i]: the candidates j that have i among their nearest, which is what serving a history reads.
  Lists votes_;
  PopularItems popular_items_;
};

static_assert(KnowsSimilarItems<ItemKnn>);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/models/item_knn_inl.hpp>
#endif
