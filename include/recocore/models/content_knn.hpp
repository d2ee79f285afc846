/// Nearest neighbours by what the items are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <recocore/content/column_weights.hpp>
#include <recocore/content/content_features.hpp>
#include <recocore/content/content_index.hpp>
#include <recocore/content/content_match.hpp>
#include <recocore/core/extended_ids.hpp>
#include <recocore/core/id_column.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/data/attribute_table.hpp>
#include <recocore/data/catalogue.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/models/row_pages.hpp>
#include <recocore/rank/popular_items.hpp>
#include <recocore/rank/recommender.hpp>
#include <recocore/stats/neighbours.hpp>

namespace recocore {

struct ContentKnnConfig {
  /// Nearest items kept of each.
  std::size_t k = 100;
  ColumnWeightsConfig weights{};

  /// @throws InvalidParameter when k is 0, or for weights that make no sense.
  void validate() const;

  friend bool operator==(const ContentKnnConfig&, const ContentKnnConfig&) = default;
};

/// "Like what you chose": score(u, j) = sum of w_ui sim(i, j) over the items i of u that are among the k most similar
/// of j, or have j among theirs. sim is the weighted sum of `ContentFeatures` over the columns of the table; the
/// weights are learned (`learn_column_weights`) or given.
///
/// Items are those of the interactions and of the table, at the fit; and those added since. Immutable; copies share
/// everything.
class ContentKnn {
 public:
  static constexpr std::string_view name = "content_knn";
  static constexpr Tier tier = Tier::content;

  /// Time: O(items^2 x columns), for texts and labels O(items x their postings). Memory of the model: 24 bytes x k x
  /// items, the table, and per item some 20 bytes a column, for texts up to 1 kB.
  /// @param items may lack items of the interactions, which then are like nothing, and have others.
  /// @throws InvalidParameter, InvalidData, IdTypeError, MemoryLimitExceeded, Cancelled, DeadlineExceeded.
  [[nodiscard]] static ContentKnn fit(Interactions interactions, const Catalogue& items,
                                      const ContentKnnConfig& config = {}, const RunOptions& options = {});
  [[nodiscard]] static ContentKnn fit(Interactions interactions, const AttributeTable& items,
                                      const ContentKnnConfig& config = {}, const RunOptions& options = {}) {
    return fit(std::move(interactions), Catalogue(items), config, options);
  }

  /// The largest memory in bytes that `fit` will use beside interactions and table, the model included.
  [[nodiscard]] static std::uint64_t estimate_fit_memory(const Interactions& interactions, const Catalogue& items,
                                                         const ContentKnnConfig& config = {},
                                                         const RunOptions& options = {});

  /// From parts that were fitted before, for instance read from a file.
  /// @param interactions, catalogue of the same items, none of them added yet. @param nearest as `nearest()` was.
  /// @throws InvalidData parts that do not belong together.
  [[nodiscard]] static ContentKnn from_parts(Interactions interactions, AttributeTable items,
                                             const ContentKnnConfig& config, ColumnWeights weights,
                                             Neighbours<ItemIx> nearest, const RunOptions& options = {});

  /// With rows of a table added or, where the id is known, changed (`Catalogue::updated`). Encoders and weights stay.
  /// An added item gets, and is in, the same lists as if it had been there at the fit. Where items are changed, lists
  /// of others they leave are not filled up again. Some ms a row for 100,000 items; nothing of the base is copied.
  /// @throws InvalidData, IdTypeError as `Catalogue::updated`.
  [[nodiscard]] ContentKnn with_items(const AttributeTable& rows) const;

  /// With items retired: they count in histories, and are not recommended.
  /// @throws UnknownId, IdTypeError.
  [[nodiscard]] ContentKnn with_retired(const IdColumn& ids) const;

  [[nodiscard]] const ContentKnnConfig& config() const noexcept { return config_; }
  /// Of the fit; their items are the first of `items()`.
  [[nodiscard]] const Interactions& interactions() const noexcept { return interactions_; }
  [[nodiscard]] const PopularItems& popular_items() const noexcept { return popular_items_; }
  [[nodiscard]] const Catalogue& catalogue() const noexcept { return catalogue_; }
  [[nodiscard]] const ExtendedIds& items() const noexcept { return catalogue_.ids(); }
  [[nodiscard]] const ContentFeatures& features() const noexcept { return index_.features(); }
  [[nodiscard]] const ContentIndex& index() const noexcept { return index_; }
  [[nodiscard]] const ColumnWeights& column_weights() const noexcept { return *weights_; }
  [[nodiscard]] const ContentReport& report() const noexcept { return weights_->report; }
  /// Of the fit: the k items most like each.
  [[nodiscard]] const Neighbours<ItemIx>& nearest() const noexcept { return nearest_.base(); }

  /// The k items most like one, best first.
  [[nodiscard]] std::span<const ScoredItem> similar_items(ItemIx item) const noexcept { return nearest_.of(item); }
  /// The same, and the items that have it among their k, in no order: what a history is scored with.
  [[nodiscard]] std::span<const ScoredItem> linked_items(ItemIx item) const noexcept { return links_.of(item); }

  /// An item as the encoders see it.
  [[nodiscard]] FeatureRow features_of(ItemIx item) const;
  /// The n items most like a row that need not be an item: of a questionnaire, say. See `ContentFeatures::encode`.
  void neighbours_of(const FeatureRow& row, std::size_t n, ContentIndex::Scratch& scratch,
                     std::vector<ScoredItem>& nearest) const {
    index_.neighbours_of(row, n, std::nullopt, scratch, nearest);
  }

  /// Why two items are alike.
  [[nodiscard]] ContentMatch explain(ItemIx a, ItemIx b) const;

  /// See `Recommender`. Only scores above 0 are ranked. O(items of the history x k) on average.
  void rank(const History& history, std::size_t n, Scratch& scratch) const;

 private:
  ContentKnn(Interactions interactions, Catalogue catalogue, const ContentKnnConfig& config, ColumnWeights weights,
             ContentIndex index, Neighbours<ItemIx> nearest, const RunOptions& options);

  ContentKnnConfig config_;
  Interactions interactions_;
  Catalogue catalogue_;
  std::shared_ptr<const ColumnWeights> weights_;
  ContentIndex index_;
  RowPages nearest_;
  RowPages links_;
  /// The last similarity of each full list of the base, 0 of others.
  std::shared_ptr<const std::vector<float>> bars_;
  PopularItems popular_items_;
};

static_assert(KnowsSimilarItems<ContentKnn>);
static_assert(HasCatalogue<ContentKnn>);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/models/content_knn_inl.hpp>
#endif
