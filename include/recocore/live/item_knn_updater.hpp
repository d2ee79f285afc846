/// Repairing an ItemKnn where something changed, exactly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include <recocore/core/id.hpp>
#include <recocore/core/index.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/data/event_log.hpp>
#include <recocore/models/item_knn.hpp>
#include <recocore/rank/popular_items.hpp>
#include <recocore/rank/recommender.hpp>

namespace recocore {

/// One version of an ItemKnn that changes: ranks as the fitted model would. Immutable; shares with other versions what
/// did not change between them.
class LiveItemKnn {
 public:
  static constexpr std::string_view name = ItemKnn::name;
  static constexpr Tier tier = ItemKnn::tier;

  /// The ids of items and the configuration; no users: see `find_user`.
  [[nodiscard]] const Interactions& interactions() const noexcept;
  [[nodiscard]] const PopularItems& popular_items() const noexcept;

  /// Items that nobody has any more: to be left out of lists, since a fit would not know them.
  [[nodiscard]] std::span<const ItemIx> vanished() const noexcept;

  /// The position of a user, also of one added since. None when unknown or erased.
  /// @throws IdTypeError text where the ids are integers, or the reverse.
  [[nodiscard]] std::optional<UserIx> find_user(const IdView& user) const;
  /// The items of a user, ascending. For `find_user`'s positions only.
  [[nodiscard]] std::span<const ItemIx> row(UserIx user) const noexcept;
  /// How much of each; empty when each counts 1.
  [[nodiscard]] std::span<const float> row_values(UserIx user) const noexcept;

  /// See `Recommender`.
  void rank(const History& history, std::size_t n, Scratch& scratch) const;
  void rank_similar(ItemIx item, std::size_t n, Scratch& scratch) const;

  struct Parts;

 private:
  friend class ItemKnnUpdater;
  explicit LiveItemKnn(std::shared_ptr<const Parts> parts) noexcept;
  std::shared_ptr<const Parts> parts_;
};

static_assert(RanksSimilarItems<LiveItemKnn>);

/// What a change did to the events.
struct ItemKnnChange {
  std::uint64_t events_added = 0;
  std::uint64_t events_removed = 0;
  std::uint64_t users_changed = 0;
};

/// The events of an ItemKnn with what it takes to change its lists in place of a fit. Making it costs several fits. For
/// one thread at a time.
///
/// Per item about (k + k / 4) x 48 bytes, and its users; the events; 8 bytes a user. One event of a user with m items,
/// with an item that c lists keep as a candidate: counting anew what that item shares with those of the m that may come
/// into its list, min(sum of their users, sum of the lengths of its users' rows) steps at most, and O(m log k + c + k
/// candidates) besides. An item whose users fell by a 32nd, or a list that has come too near its bound, is counted
/// anew: the sum of the lengths of its users' rows.
class ItemKnnUpdater {
 public:
  /// Whether a model's lists can be repaired. Otherwise only a fit is exact: a weighting and the formulas of the number
  /// of users (lift, log_likelihood_ratio), which change all lists with each event, tversky with an alpha or beta above
  /// 1, minima of support, a half-life without a reference time, and events of which only their order says which is the
  /// last.
  [[nodiscard]] static bool supports(const ItemKnn& model) noexcept;

  /// @throws Cancelled, DeadlineExceeded, MemoryLimitExceeded.
  explicit ItemKnnUpdater(const ItemKnn& model, const RunOptions& options = {});
  ~ItemKnnUpdater();
  ItemKnnUpdater(ItemKnnUpdater&&) noexcept;
  ItemKnnUpdater& operator=(ItemKnnUpdater&&) noexcept;
  ItemKnnUpdater(const ItemKnnUpdater&) = delete;
  ItemKnnUpdater& operator=(const ItemKnnUpdater&) = delete;

  /// Takes events out and adds others. None, and nothing done, when a fit on the resulting events is needed, because
  /// they have another set of items than the model, or is cheaper, because they are many. An error changes nothing.
  /// @throws InvalidData an event to be removed that is not there, or other columns than the model's events have.
  [[nodiscard]] std::optional<ItemKnnChange> change(const EventLog& removed, const EventLog& added);

  /// All events of a user, as `change` takes them; none when unknown.
  [[nodiscard]] EventLog events_of(const IdView& user) const;
  /// All events, with the users and items that have some.
  [[nodiscard]] EventLog events() const;

  /// The model as it is now, for readers. O(what changed since the last one).
  [[nodiscard]] LiveItemKnn version();

  /// Equal, also in the bytes of its file, to a fit on `events()`.
  [[nodiscard]] ItemKnn frozen(const RunOptions& options = {}) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/live/item_knn_updater_inl.hpp>
#endif
