/// User-based nearest neighbours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <recocore/core/ranking.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/rank/popular_items.hpp>
#include <recocore/rank/recommender.hpp>
#include <recocore/stats/similar_rows.hpp>

namespace recocore {

struct UserKnnConfig {
  /// Neighbours, similarity, weighting, shrinkage, with users in the place of items: sim(h, v) is the similarity of the
  /// history h to the user v, common items are counted, and an item with few users says more.
  SimilarRowsConfig similar{.weighting = {.weighting = Weighting::tf_idf}};
  /// Similarities count to this power, 0 to 10. Breese, Heckerman, Kadie 1998 ("case amplification").
  double amplification = 2.0;

  /// @throws InvalidParameter when a field makes no sense.
  void validate() const;

  friend bool operator==(const UserKnnConfig&, const UserKnnConfig&) = default;
};

/// "People like you chose": score(h, j) = sum of sim(h, v)^amplification w_vj over the k users v with the largest
/// sim(h, v). Resnick et al. 1994; Herlocker et al. 1999.
///
/// The neighbours are found when a list is asked for, exactly: a visitor with the history of a user gets the list of
/// that user, but for the user as their own neighbour. Where a weighting is set the weights of a history are weighted
/// as those of the users are, and negative ones count as 0. Immutable; copies share everything.
class UserKnn {
 public:
  static constexpr std::string_view name = "user_knn";
  static constexpr Tier tier = Tier::collaborative;

  /// O(interactions).
  /// @throws InvalidParameter, InvalidData (negative weights where they are forbidden), Cancelled, DeadlineExceeded,
  ///         MemoryLimitExceeded.
  [[nodiscard]] static UserKnn fit(Interactions interactions, const UserKnnConfig& config = {},
                                   const RunOptions& options = {});

  /// The memory in bytes that `fit` will use beside the interactions, the model included: 8 to 16 a user and 8 to 16 an
  /// item, and 4 an interaction where values are weighted. @throws as `fit` does.
  [[nodiscard]] static std::uint64_t estimate_fit_memory(const Interactions& interactions,
                                                         const UserKnnConfig& config = {},
                                                         const RunOptions& options = {});

  [[nodiscard]] const UserKnnConfig& config() const noexcept { return config_; }
  [[nodiscard]] const Interactions& interactions() const noexcept { return interactions_; }
  [[nodiscard]] const PopularItems& popular_items() const noexcept { return popular_items_; }

  /// The users v with the largest sim(h, v), best first: at most k, without the user of the history. They stay valid
  /// until the scratch is used again. O(users of the items of the history).
  [[nodiscard]] std::span<const ScoredUser> similar_users(const History& history, Scratch& scratch) const;

  /// See `Recommender`. Only scores above 0 are ranked. O(users of the items of the history + items of the neighbours +
  /// items).
  void rank(const History& history, std::size_t n, Scratch& scratch) const;

 private:
  struct Users;

  UserKnn(Interactions interactions, const UserKnnConfig& config, std::shared_ptr<const Users> users);

  UserKnnConfig config_;
  Interactions interactions_;
  /// What the formulas need of every user.
  std::shared_ptr<const Users> users_;
  PopularItems popular_items_;
};

static_assert(Recommender<UserKnn>);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/models/user_knn_inl.hpp>
#endif
