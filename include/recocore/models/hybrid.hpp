/// What people did and what items are, in one list.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <recocore/content/content_index.hpp>
#include <recocore/core/extended_ids.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/data/catalogue.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/rank/any_model.hpp>
#include <recocore/rank/popular_items.hpp>
#include <recocore/rank/recommender.hpp>
#include <recocore/stats/neighbours.hpp>

namespace recocore {

struct HybridConfig {
  /// h: with this many users the interactions of an item count as much as what it is. 0: what it is counts only where
  /// there are no interactions at all.
  double half_support = 5.0;
  /// g: how much of what its relatives have an item inherits.
  double inheritance = 1.0;
  /// b: how much being alike counts by itself, in units of a strong collaborative link.
  double likeness = 0.3;
  /// Relatives of an item: the k most like it among those with interactions.
  std::size_t k = 30;
  /// Links kept of each item: its largest.
  std::size_t links = 1000;
  /// h_u: with this many items a user's history counts as much as what the profile says.
  double user_half_support = 3.0;
  /// People of a similar profile whose favourites fill a list.
  std::size_t segment = 200;

  /// @throws InvalidParameter when a field makes no sense.
  void validate() const;

  friend bool operator==(const HybridConfig&, const HybridConfig&) = default;
};

/// For each item of a table the k most like it among those with interactions, by item.
/// @param content made of the rows of `items`, whose ids are those of the interactions.
/// @throws Cancelled, DeadlineExceeded.
[[nodiscard]] Neighbours<ItemIx> find_relatives(const ContentIndex& content, const AttributeTable& items,
                                                const Interactions& interactions, std::size_t k,
                                                const RunOptions& options = {});

/// Rows and what makes them alike: items, or the profiles of users.
struct Described {
  Catalogue rows{};
  /// Of the base of `rows`.
  ContentIndex content{};
};

/// A linear model of items, score(u, j) = sum of w_ui L_ij over the items i of the history, whose links come from a
/// linear collaborative model S and fade over to it from what items are:
///
///   L_ij = a_j S_ij + (1 - a_j) (g sum_m p_jm S_im + b s K_ij)     a_j = n_j / (n_j + h)
///
/// (K_ij where i is among the relatives of j)
/// for the n_j users of j, the likeness K of the content, the relatives m of j with p_jm = K_jm / sum of K_jm over
/// them, and a unit s that makes K comparable with S. So a new item is in the lists of those who liked its relatives,
/// on the scale of all others, and with each user relies less on them. Without relatives a_j is 1. An item i of a
/// history that nobody else has stands for its relatives: L_ij = g sum_m p_im L_mj + b s K_ij.
///
/// A user with a profile, whose columns have the names and kinds of columns of the catalogue, is taken to have
/// something like that besides: with weight h_u / (n_u + h_u) for n_u items.
///
/// Immutable; copies, and the models that `with_items` and its like give, share what is large. Of equal scores the
/// items of the fit come first, then those added since, each by id.
class Hybrid {
 public:
  static constexpr std::string_view name = "hybrid";
  static constexpr Tier tier = Tier::collaborative;

  /// @param collaborative a linear model of items: ItemKnn, Rp3beta, Slim, SparseEase or Ease, fitted on interactions
  ///        extended to all items of the catalogue.
  /// @param items its base has the items of the interactions.
  /// @param relatives of `find_relatives` with config.k.
  /// @param people its base has the users of the interactions.
  /// @throws InvalidParameter another kind of model, or parts that do not belong together; Cancelled, DeadlineExceeded.
  [[nodiscard]] static Hybrid fit(const AnyModel& collaborative, Described items, Neighbours<ItemIx> relatives,
                                  Described people, const HybridConfig& config = {}, const RunOptions& options = {});

  /// From parts that were fitted before, for instance read from a file: relatives and links are found again.
  /// @param items, people with what was added and retired since. @param weights, people_weights of their columns.
  /// @throws as `fit`.
  [[nodiscard]] static Hybrid from_parts(const AnyModel& collaborative, const Catalogue& items,
                                         std::vector<double> weights, const Catalogue& people,
                                         std::vector<double> people_weights, const HybridConfig& config,
                                         const RunOptions& options = {});

  /// The largest memory in bytes that describing the items, `find_relatives` and `fit` will use beside their input, the
  /// model included.
  /// @param dense whether the collaborative model links all items, as Ease does.
  [[nodiscard]] static std::uint64_t estimate_fit_memory(const Interactions& interactions, const AttributeTable& items,
                                                         bool dense, const HybridConfig& config,
                                                         const RunOptions& options = {});

  /// With items added or changed: see `Catalogue::updated`. An item added since the fit is linked anew when it is
  /// changed; of one that was there at the fit only filters and reasons see the change until the next.
  /// O(rows given x items + all links of added items). @throws as `Catalogue::updated`.
  [[nodiscard]] Hybrid with_items(const AttributeTable& rows) const;
  /// @throws as `Catalogue::retired`.
  [[nodiscard]] Hybrid with_retired(const IdColumn& ids) const;
  /// With users added or changed.
  [[nodiscard]] Hybrid with_users(const AttributeTable& rows) const;

  [[nodiscard]] const HybridConfig& config() const noexcept;
  [[nodiscard]] const AnyModel& collaborative() const noexcept;
  [[nodiscard]] const ContentIndex& content() const noexcept { return items_.content; }
  [[nodiscard]] const ContentIndex& people_content() const noexcept { return people_.content; }
  [[nodiscard]] const Interactions& interactions() const noexcept { return collaborative().interactions(); }
  [[nodiscard]] const PopularItems& popular_items() const noexcept { return collaborative().popular_items(); }
  [[nodiscard]] const Catalogue& catalogue() const noexcept { return items_.rows; }
  [[nodiscard]] const ExtendedIds& items() const noexcept { return catalogue().ids(); }
  [[nodiscard]] const Catalogue& profiles() const noexcept { return people_.rows; }
  [[nodiscard]] const ExtendedIds& users() const noexcept { return people_.rows.ids(); }

  /// How many users an item had at the fit.
  [[nodiscard]] std::size_t support(ItemIx item) const noexcept;
  /// How many users have both of two items; 0 for an item added since the fit.
  [[nodiscard]] std::size_t common_users(ItemIx a, ItemIx b) const noexcept;

  /// `content` for an item nobody has.
  [[nodiscard]] Tier tier_of(ItemIx item) const noexcept {
    return support(item) == 0 ? Tier::content : Tier::collaborative;
  }

  /// See `Recommender`. O(items of the history x links).
  void rank(const History& history, std::size_t n, Scratch& scratch) const;
  /// The j with the largest L_ij.
  void rank_similar(ItemIx item, std::size_t n, Scratch& scratch) const;
  /// What users of a similar profile have: the share of them, weighted by similarity.
  void fill(const History& history, std::size_t n, Scratch& scratch) const;

  /// What each item of a history adds to the score of an item.
  struct Shares {
    std::vector<double> of_history{};  ///< parallel to the items of the history
    double of_profile = 0.0;
    double score = 0.0;  ///< their sum, which `rank` rounds to a float
  };
  [[nodiscard]] Shares shares(const History& history, ItemIx item, Scratch& scratch) const;

  struct Base;
  struct Added;

 private:
  Hybrid(std::shared_ptr<const Base> base, Described items, Described people);

  /// Calls `visitor(entry, row, weight)` for the rows of links that make up the scores of a history, `entry` being the
  /// place in the history, or its size for what comes of the profile.
  template <class Visitor>
  void visit_rows(const History& history, Scratch& scratch, const Visitor& visitor) const;
  template <class Visitor>
  void visit_item(ItemIx item, float weight, const Visitor& visitor) const;
  template <class Visitor>
  void visit_profile(const History& history, Scratch& scratch, const Visitor& visitor) const;
  [[nodiscard]] std::span<const ScoredItem> relatives_of(ItemIx item) const noexcept;
  /// Links what was added and is not in `before`, and lists the links of all by the items of the base.
  [[nodiscard]] std::shared_ptr<const Added> link_added(const Hybrid* before, const AttributeTable& changed) const;

  std::shared_ptr<const Base> base_;
  Described items_;
  Described people_;
  std::shared_ptr<const Added> added_;
};

static_assert(Recommender<Hybrid> && HasCatalogue<Hybrid> && HasProfiles<Hybrid> && KnowsTiers<Hybrid> &&
              RanksSimilarItems<Hybrid> && FillsFromSegments<Hybrid>);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/models/hybrid_inl.hpp>
#endif
