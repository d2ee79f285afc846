/// What comes next in a session.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <recocore/core/index.hpp>
#include <recocore/core/ranking.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/rank/popular_items.hpp>
#include <recocore/rank/recommender.hpp>
#include <recocore/stats/neighbours.hpp>

namespace recocore {

namespace detail {
struct SessionParts;
}  // namespace detail

/// How sessions become scores.
enum class SessionScoring : std::uint8_t {
  full,  ///< all that `SessionKnn` describes
  vmis,  ///< VMIS-kNN, Kersbergen et al. 2022: of the configuration only `k` and `max_sessions` count
};

[[nodiscard]] std::span<const std::string_view> session_scoring_names() noexcept;
/// @throws InvalidParameter for an unknown name; the message lists the known ones.
[[nodiscard]] SessionScoring parse_session_scoring(std::string_view name);

struct SessionKnnConfig {
  SessionScoring scoring = SessionScoring::full;
  /// Neighbouring sessions, at least 1.
  std::size_t k = 300;
  /// Of an item only so many of the latest sessions are looked at, which bounds the time of a list; 0 for all.
  std::size_t max_sessions = 5000;
  /// 0 to 4: the item d steps back weighs (d + 1)^-position_decay e^(-d / 20).
  double position_decay = 1.0;
  /// Above 0, at most 4: the power of the similarity of a session.
  double neighbour_power = 1.25;
  /// 0 to 2: a session of |s| events weighs |s|^-length_exponent.
  double length_exponent = 0.5;
  /// 0 to 20: the oldest session weighs e^-recency times what the latest does.
  double recency = 0.7;
  /// 0 to 4: what is D steps from a matching item weighs D^-distance_decay e^(-0.15 (D - 1)).
  double distance_decay = 0.5;
  /// 0 to 1: what came before a matching item, beside what came after it.
  double before_weight = 0.8;
  /// -1 to 1: a candidate of n sessions is multiplied by (n + 5)^-popularity_exponent.
  double popularity_exponent = 0.15;
  /// 0 to 10: how much items similar to those of the session count as part of it. 0: not at all.
  double expansion = 1.0;
  /// 0 to 10: the weight of what follows the similar items in general, beside the neighbours. 0: none.
  double second_hop = 0.35;
  /// 0 to 10: the weight of coming back to what was looked at. 0: none.
  double reminders = 1.0;

  /// @throws InvalidParameter when a field makes no sense.
  void validate() const;

  friend bool operator==(const SessionKnnConfig&, const SessionKnnConfig&) = default;
};

/// The next item of a session from the sessions most like it, in the manner of VMIS-kNN (Kersbergen et al. 2022,
/// "Serenade") and STAN (Garg et al. 2019), with items soft-matched and people's habit of coming back learned.
///
/// Each user of the interactions is one session. For the query x_1 ... x_L (latest last), d the steps back:
///
///     p_i  = (d + 1)^-position_decay e^(-d / 20) of its distinct items at their latest place, at most 20 steps back;
///            the 10 items l most similar to each of the latest five join with expansion p_i S(i, l)
///     W(s) = (sum of p_i over the items of s)^neighbour_power |s|^-length_exponent e^(-recency age(s)), the k largest
///     K(j) = (n_j + 5)^-popularity_exponent sum over s of W(s) sum over places a, b of s, s_b = j, of p_(s_a) g(b - a)
///     H(j) = sum over the latest five places of (d + 1)^-0.7 HT(x_(L-d), j),  HT(i, j) = sum over l of S(i, l) T(l, j)
///     score(j) = K(j) / sum K + second_hop ((1 + sum of W over all sessions) / 20)^-0.3 H(j) / sum H
///                + reminders r_d / (1 - R) where j is the d-th distinct item back, R the sum of these r_d
///
/// S are similarities of items by common sessions, T transitions within 30 places, r_d how often the next item was
/// the d-th distinct item back; age runs from 0 (latest) to 1. g is D^-distance_decay e^(-0.15 (D - 1)) forwards;
/// backwards it falls faster and is multiplied by before_weight. Where fewer than one next item in a hundred is the
/// item before, the latest item has no K and no H.
///
/// The right answer often *is* something seen: ask for lists that do not exclude what was seen. Weights of events and
/// of a history do not count, but events of weight 0 and less are left out. Of a session the latest 256 events count.
/// Immutable; copies share everything.
class SessionKnn {
 public:
  static constexpr std::string_view name = "session_knn";
  static constexpr Tier tier = Tier::collaborative;

  /// O(events log events + sum of squared lengths of sessions). Memory of the model: 8 bytes an event and 16 a
  /// session; 8 bytes for each of at most 230 related items of an item.
  /// @throws InvalidParameter; InvalidData without times; Cancelled, DeadlineExceeded, MemoryLimitExceeded.
  [[nodiscard]] static SessionKnn fit(Interactions interactions, const SessionKnnConfig& config = {},
                                      const RunOptions& options = {});

  /// The largest memory in bytes that `fit` will use beside the interactions, the model included.
  /// @throws InvalidParameter when a field of the configuration makes no sense.
  [[nodiscard]] static std::uint64_t estimate_fit_memory(const Interactions& interactions,
                                                         const SessionKnnConfig& config = {},
                                                         const RunOptions& options = {});

  [[nodiscard]] const SessionKnnConfig& config() const noexcept { return config_; }
  [[nodiscard]] const Interactions& interactions() const noexcept { return interactions_; }
  [[nodiscard]] const PopularItems& popular_items() const noexcept { return popular_items_; }

  /// HT: what is looked at next by those who look at the item or at one like it, best first, at most 200.
  [[nodiscard]] std::span<const ScoredItem> similar_items(ItemIx i) const noexcept { return next_items().of(i); }
  [[nodiscard]] const Neighbours<ItemIx>& next_items() const noexcept;
  /// S: the at most 30 items most often in the same sessions, best first, each row with the sum 1.
  [[nodiscard]] const Neighbours<ItemIx>& alike() const noexcept;
  /// r_0 ... r_19.
  [[nodiscard]] std::span<const double> reminder_rates() const noexcept;

  /// See `Recommender`. The items of a history are read in their order; a user of the interactions goes on with the
  /// session that is theirs, which is then no neighbour. O(sessions of the items of the query + k x |s|).
  void rank(const History& history, std::size_t n, Scratch& scratch) const;

 private:
  using Parts = std::shared_ptr<const detail::SessionParts>;

  SessionKnn(Interactions interactions, const SessionKnnConfig& config, Parts parts);

  SessionKnnConfig config_;
  Interactions interactions_;
  Parts parts_;
  PopularItems popular_items_;
};

static_assert(KnowsSimilarItems<SessionKnn>);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/models/session_knn_inl.hpp>
#endif
