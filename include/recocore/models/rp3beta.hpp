/// Random walks of three steps.
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

/// Whose k strongest links are kept.
enum class KeptLinks : std::uint8_t {
  candidate,  ///< of each candidate j the k items i with the largest W_ij
  history,    ///< of each item i of a history the k candidates j with the largest W_ij
};

/// The names as written in configurations, in the order of the enumeration.
[[nodiscard]] std::span<const std::string_view> kept_links_names() noexcept;
/// @throws InvalidParameter for an unknown name; the message lists the known ones.
[[nodiscard]] KeptLinks parse_kept_links(std::string_view name);

struct Rp3betaConfig {
  /// Links to keep of each item, at most.
  std::size_t k = 200;
  /// Transition probabilities count to this power, 0 to 4.
  double alpha = 0.6;
  /// Where the walk ends is divided by its number of users to this power, 0 to 4. 0: P3alpha.
  double beta = 0.2;
  KeptLinks keep = KeptLinks::candidate;
  /// The kept links of an item of a history are scaled so that they sum to 1.
  bool normalise = true;

  /// @throws InvalidParameter when a field makes no sense.
  void validate() const;

  friend bool operator==(const Rp3betaConfig&, const Rp3betaConfig&) = default;
};

/// Random walks user, item, user, item: score(h, j) = sum over the items i of h of w_hi W_ij, with
///
///     W_ij = n_j^-beta sum over the users u of p_iu^alpha p_uj^alpha
///
/// where p_iu = w_ui / (sum of the weights of item i), p_uj = w_uj / (sum of the weights of user u) and n_j is the
/// number of users of j. beta = 0: P3alpha, Cooper et al. 2014, "Random walks in recommender systems". beta > 0:
/// RP3beta, Paudel et al. 2016, "Updatable, accurate, diverse, and scalable recommendations for interactive
/// applications".
///
/// Immutable; copies share everything.
class Rp3beta {
 public:
  static constexpr std::string_view name = "rp3beta";
  static constexpr Tier tier = Tier::collaborative;

  /// Row by row into one accumulator of doubles a thread, the users of a row always in the same order. Time: the sum of
  /// the squared numbers of items of users. Memory of the model: 8 bytes x k x items.
  /// @throws InvalidParameter, InvalidData (negative weights), Cancelled, DeadlineExceeded, MemoryLimitExceeded.
  [[nodiscard]] static Rp3beta fit(Interactions interactions, const Rp3betaConfig& config = {},
                                   const RunOptions& options = {});

  /// The largest memory in bytes that `fit` will use beside the interactions, the model included. An upper bound.
  /// @throws as `fit` does.
  [[nodiscard]] static std::uint64_t estimate_fit_memory(const Interactions& interactions,
                                                         const Rp3betaConfig& config = {},
                                                         const RunOptions& options = {});

  /// From parts that were fitted before, for instance read from a file.
  /// @param rows row i lists the j with their W_ij, the largest first.
  /// @throws InvalidData rows that do not belong to the interactions.
  [[nodiscard]] static Rp3beta from_parts(Interactions interactions, const Rp3betaConfig& config,
                                          Neighbours<ItemIx> rows);

  [[nodiscard]] const Rp3betaConfig& config() const noexcept { return config_; }
  [[nodiscard]] const Interactions& interactions() const noexcept { return interactions_; }
  [[nodiscard]] const PopularItems& popular_items() const noexcept { return popular_items_; }
  [[nodiscard]] const ItemWeights& weights() const noexcept { return weights_; }

  /// The kept j with the largest W_ij, best first.
  [[nodiscard]] std::span<const ScoredItem> similar_items(ItemIx i) const noexcept { return weights_.similar_items(i); }

  /// See `Recommender`. Only scores above 0 are ranked. O(items of the history x k) on average.
  void rank(const History& history, std::size_t n, Scratch& scratch) const { weights_.rank(history, n, scratch); }

 private:
  Rp3beta(Interactions interactions, const Rp3betaConfig& config, ItemWeights weights);

  Rp3betaConfig config_;
  Interactions interactions_;
  ItemWeights weights_;
  PopularItems popular_items_;
};

static_assert(KnowsSimilarItems<Rp3beta>);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/models/rp3beta_inl.hpp>
#endif
