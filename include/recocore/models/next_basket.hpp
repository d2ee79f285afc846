/// What somebody buys next, repeat purchases included.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <recocore/core/index.hpp>
#include <recocore/core/ranking.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/rank/popular_items.hpp>
#include <recocore/rank/recommender.hpp>

namespace recocore {

namespace detail {

/// Sparse rows of scores.
template <class Row, class Ix>
struct ScoredRows {
  std::vector<std::uint64_t> offsets{0};
  std::vector<Scored<Ix>> entries{};

  [[nodiscard]] std::span<const Scored<Ix>> of(Row row) const noexcept {
    return std::span(entries).subspan(offsets[row.value], offsets[row.value + 1] - offsets[row.value]);
  }
};

}  // namespace detail

/// Which events of a user make one basket.
enum class BasketUnit : std::uint8_t {
  time,  ///< those of the same moment
  day,   ///< those of the same day (UTC)
};

[[nodiscard]] std::span<const std::string_view> basket_unit_names() noexcept;
/// @throws InvalidParameter for an unknown name; the message lists the known ones.
[[nodiscard]] BasketUnit parse_basket_unit(std::string_view name);

struct NextBasketConfig {
  /// Neighbours, at least 1.
  std::size_t k = 300;
  /// m, the baskets of a group, at least 1.
  std::uint32_t group_size = 7;
  /// r_b, above 0 to 1: what a basket counts beside the next one of its group.
  double within_decay = 0.9;
  /// r_g, above 0 to 1: what a group counts beside the next one.
  double group_decay = 0.7;
  /// 0 to 1: the share of the user's own purchases in the score. 1: no neighbours.
  double alpha = 0.7;
  BasketUnit basket = BasketUnit::time;

  /// @throws InvalidParameter when a field makes no sense.
  void validate() const;

  friend bool operator==(const NextBasketConfig&, const NextBasketConfig&) = default;
};

/// TIFU-KNN: how often, and how lately, somebody bought an item, and people like them. Hu et al. 2020, "Modeling
/// personalized item frequency information for next-basket recommendation".
///
///     score(u, .) = alpha v_u + (1 - alpha) mean of v_n over the k neighbours n of u
///     v_u = mean over the groups g of u of r_g^(groups after g) (mean over the baskets b of g of r_b^(baskets of g
///           after b) [b has the item])
///
/// Baskets are grouped from the latest back, so that the oldest group may be smaller. Neighbours are those with the
/// largest cosine of v, above 0; the paper takes the Euclidean distance, by which somebody who bought next to nothing
/// is near to everybody. With alpha, r_b and r_g 1, and groups as large as can be, the score is the share of a user's
/// baskets that have the item: the personal top.
///
/// The items somebody has are what this model is about: ask for lists that do not exclude what was seen. A history
/// without a user is one basket, its weights the values of v. All events are read, those too that were merged into one
/// interaction; their weights are not, but for those of 0 and less, which are left out. Immutable; copies share
/// everything.
class NextBasket {
 public:
  static constexpr std::string_view name = "next_basket";
  static constexpr Tier tier = Tier::collaborative;

  /// O(events log events). Memory of the model: 16 bytes an interaction.
  /// @throws InvalidParameter; InvalidData without times; Cancelled, DeadlineExceeded, MemoryLimitExceeded.
  [[nodiscard]] static NextBasket fit(Interactions interactions, const NextBasketConfig& config = {},
                                      const RunOptions& options = {});

  /// The largest memory in bytes that `fit` will use beside the interactions, the model included.
  /// @throws InvalidParameter when a field of the configuration makes no sense.
  [[nodiscard]] static std::uint64_t estimate_fit_memory(const Interactions& interactions,
                                                         const NextBasketConfig& config = {},
                                                         const RunOptions& options = {});

  [[nodiscard]] const NextBasketConfig& config() const noexcept { return config_; }
  [[nodiscard]] const Interactions& interactions() const noexcept { return interactions_; }
  [[nodiscard]] const PopularItems& popular_items() const noexcept { return popular_items_; }

  /// v of a user: items ascending, values above 0.
  [[nodiscard]] std::span<const ScoredItem> vector_of(UserIx user) const noexcept { return parts_->vectors.of(user); }

  /// See `Recommender`. O(users of the items of the history + k x items of a neighbour).
  void rank(const History& history, std::size_t n, Scratch& scratch) const;

 private:
  struct Parts {
    /// Row u is v_u.
    detail::ScoredRows<UserIx, ItemIx> vectors{};
    /// Row i lists the users who have the item, ascending, with v_ui / |v_u|.
    detail::ScoredRows<ItemIx, UserIx> users_of{};
  };

  NextBasket(Interactions interactions, const NextBasketConfig& config, std::shared_ptr<const Parts> parts);

  NextBasketConfig config_;
  Interactions interactions_;
  std::shared_ptr<const Parts> parts_;
  PopularItems popular_items_;
};

static_assert(Recommender<NextBasket>);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/models/next_basket_inl.hpp>
#endif
