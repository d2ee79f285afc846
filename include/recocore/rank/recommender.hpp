/// What a model must be able to do, and what a recommendation is.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <recocore/core/index.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/rank/popular_items.hpp>
#include <recocore/rank/scratch.hpp>

namespace recocore {

/// Where an entry of a list comes from. A list has the entries of one tier before those of the next.
enum class Tier : std::uint8_t {
  collaborative,  ///< from what similar people chose
  popular,        ///< from what everybody chooses, where the model had too little
};

[[nodiscard]] constexpr std::string_view to_string(Tier tier) noexcept {
  return tier == Tier::collaborative ? "collaborative" : "popular";
}

/// One entry of a list. Scores descend through the whole list and are comparable inside a tier.
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

/// A model that knows which items are similar, best first.
template <class M>
concept KnowsSimilarItems = Recommender<M> && requires(const M& model, ItemIx item) {
  { model.similar_items(item) } -> std::same_as<std::span<const ScoredItem>>;
};

}  // namespace recocore
