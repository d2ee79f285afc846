/// What a model must be able to do, and what a recommendation is.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <recocore/core/extended_ids.hpp>
#include <recocore/core/index.hpp>
#include <recocore/data/catalogue.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/rank/popular_items.hpp>
#include <recocore/rank/scratch.hpp>

namespace recocore {

/// Where an entry of a list comes from. What a model has to say comes first, then segment, then popular.
enum class Tier : std::uint8_t {
  collaborative,  ///< from what similar people chose
  popular,        ///< from what everybody chooses, where the model had too little
  content,        ///< from what the items are, where nobody or hardly anybody has chosen yet
  segment,        ///< from what people of the same profile choose
};

inline constexpr std::array<std::string_view, 4> tier_names{"collaborative", "popular", "content", "segment"};

[[nodiscard]] constexpr std::string_view to_string(Tier tier) noexcept {
  return tier_names[static_cast<std::size_t>(tier)];
}

/// One entry of a list. Scores descend through the whole list. Those of `collaborative` and `content` are on one scale;
/// otherwise they are comparable inside a tier.
struct Recommendation {
  ItemIx item{};
  float score = 0.0F;
  Tier tier = Tier::collaborative;

  friend bool operator==(const Recommendation&, const Recommendation&) = default;
};

/// What somebody did: ascending items, and how much of each (empty: 1 each).
struct History {
  std::span<const ItemIx> items{};
  std::span<const float> weights{};
  /// The same items in the order they came, the latest last, an item as often as it did. Empty: not known here; see
  /// `sequence_of`.
  std::span<const ItemIx> sequence{};
  /// Whose it is, when the items are those of a user of the model's interactions.
  std::optional<UserIx> user{};

  [[nodiscard]] float weight(std::size_t entry) const noexcept { return weights.empty() ? 1.0F : weights[entry]; }
};

/// A fitted model: an immutable value that ranks items for a history.
///
/// `rank` leaves in `scratch.ranked` the best `n` of the items that `scratch.mask` allows and that the model has
/// something to say about, in the total order. It uses the caller's thread, takes no lock, and touches nothing but
/// the scratch.
template <class M>
concept Recommender = std::copyable<M> && requires(const M& model, History history, std::size_t n, Scratch& scratch) {
  { model.interactions() } -> std::same_as<const Interactions&>;
  { model.popular_items() } -> std::same_as<const PopularItems&>;
  { model.rank(history, n, scratch) } -> std::same_as<void>;
  { M::name } -> std::convertible_to<std::string_view>;
  { M::tier } -> std::convertible_to<Tier>;
};

/// A model with more items than it has interactions for: those of its catalogue, also those added since the fit, which
/// lie behind.
template <class M>
concept HasCatalogue = Recommender<M> && requires(const M& model) {
  { model.items() } -> std::same_as<const ExtendedIds&>;
  { model.catalogue() } -> std::same_as<const Catalogue&>;
};

/// A model that also has users added since the fit. A `History` carries their position.
template <class M>
concept HasProfiles = Recommender<M> && requires(const M& model) {
  { model.users() } -> std::same_as<const ExtendedIds&>;
  { model.profiles() } -> std::same_as<const Catalogue&>;
};

/// A model whose items come from different tiers.
template <class M>
concept KnowsTiers = Recommender<M> && requires(const M& model, ItemIx item) {
  { model.tier_of(item) } -> std::same_as<Tier>;
};

/// A model with something between its own ranking and what is popular: `fill` is like `rank`, of `Tier::segment`.
template <class M>
concept FillsFromSegments =
    Recommender<M> && requires(const M& model, History history, std::size_t n, Scratch& scratch) {
      { model.fill(history, n, scratch) } -> std::same_as<void>;
    };

/// How many items a list can be made of.
template <Recommender M>
[[nodiscard]] std::size_t item_count(const M& model) noexcept {
  if constexpr (HasCatalogue<M>) {
    return model.items().size();
  } else {
    return model.interactions().items().size();
  }
}

/// A model that knows which items are similar, best first.
template <class M>
concept KnowsSimilarItems = Recommender<M> && requires(const M& model, ItemIx item) {
  { model.similar_items(item) } -> std::same_as<std::span<const ScoredItem>>;
};

/// A model that finds similar items when it is asked: `rank_similar` is like `rank`, and never ranks the item itself.
template <class M>
concept RanksSimilarItems = Recommender<M> && requires(const M& model, ItemIx item, std::size_t n, Scratch& scratch) {
  { model.rank_similar(item, n, scratch) } -> std::same_as<void>;
};

}  // namespace recocore
