/// The lists of an ItemKnn, repaired where something changed.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <recocore/core/parallel.hpp>
#include <recocore/core/ranking.hpp>
#include <recocore/impl/core/slots.hpp>
#include <recocore/impl/live/live_rows.hpp>
#include <recocore/impl/live/paged_rows.hpp>
#include <recocore/impl/live/pair_formula.hpp>
#include <recocore/impl/live/shared_counts.hpp>
#include <recocore/impl/live/spill_list.hpp>
#include <recocore/impl/stats/exact_squares.hpp>
#include <recocore/impl/stats/weigher.hpp>
#include <recocore/models/item_knn.hpp>
#include <recocore/stats/neighbours.hpp>

namespace recocore::detail {

/// Keeps, for every item j, the k items i with the largest sim(i, j), as a fit would find them; or with the largest
/// sim(j, i), by direction.
///
/// The list of j keeps more candidates than k, with what they share with j, and a bound on the similarity of all
/// others. A change of a user's row changes what pairs of that user's items share, which is counted anew where a pair
/// may come into a list; and the norms (or numbers of users) of the items that changed, on which their similarities to
/// all items depend. Where a norm grows, similarities fall, and the bounds hold. Where it shrinks they rise, by a known
/// factor at most: an item whose norm fell by more than a 32nd since its pairs were last counted has them counted anew,
/// and a list shows its k only while the last of them is above the bound by that factor. Otherwise it is made anew.
class LiveNeighbours {
 public:
  /// What readers see of the lists. Scores are not kept: they follow from what pairs share and a number of each item,
  /// so that a user more does not move all the lists that an item is in.
  class Shown {
   public:
    /// Of an item i the items j whose list it is in, ascending, with what they share.
    [[nodiscard]] std::span<const SharedUsers> votes_of(ItemIx item) const noexcept {
      const auto* row = votes_.find(item.value);
      return row != nullptr ? std::span<const SharedUsers>(*row) : base_->of(item);
    }
    /// As `ItemKnn::votes`: sim(i, j) for these j. There must be room for as many.
    void write_votes(ItemIx item, ScoredItem* votes) const { formula_.write_scores(item, votes_of(item), votes); }
    /// The items in the list of j that `wanted` lets pass, ascending.
    template <class Wanted>
    void append_list(ItemIx list, const Wanted& wanted, std::vector<ScoredItem>& entries) const;

   private:
    friend class LiveNeighbours;
    using Members = std::vector<ItemIx>;

    /// All votes as they were at first.
    struct Base {
      std::vector<std::uint64_t> offsets{0};
      std::vector<SharedUsers> entries{};
      std::vector<std::uint64_t> list_offsets{0};
      std::vector<ItemIx> members{};

      [[nodiscard]] std::span<const SharedUsers> of(ItemIx item) const noexcept {
        return std::span(entries).subspan(offsets[item.value], offsets[item.value + 1] - offsets[item.value]);
      }
      [[nodiscard]] std::span<const ItemIx> members_of(ItemIx list) const noexcept {
        return std::span(members).subspan(list_offsets[list.value],
                                          list_offsets[list.value + 1] - list_offsets[list.value]);
      }
    };

    std::shared_ptr<const Base> base_{};
    PagedRows<SharedUsersRow, 16> votes_{};
    PagedRows<Members, 16> members_{};
    PairFormula formula_{};
  };

  /// @param base the model whose lists these are; its interactions are those of `rows`.
  LiveNeighbours(const ItemKnn& base, Direction direction, const RunOptions& options);

  [[nodiscard]] std::uint32_t users_of(ItemIx item) const noexcept { return item_users_[item.value]; }
  [[nodiscard]] std::span<const std::uint32_t> item_users() const noexcept { return item_users_; }
  /// Items that nobody has any more, ascending. A fit would not know them.
  [[nodiscard]] const std::vector<ItemIx>& vanished() const noexcept { return vanished_; }
  [[nodiscard]] bool reads_values() const noexcept { return weighted_; }

  /// Puts a user's row in the place of another. Lists are right again after `repair`.
  /// @param rows in which `after` stands already.
  void replace(const UserRows& rows, UserIx user, const UserRowView& before, const UserRowView& after);
  void repair(const UserRows& rows);

  [[nodiscard]] Shown version() {
    Shown version;
    version.base_ = shown_.base_;
    version.votes_ = shown_.votes_.version();
    version.members_ = shown_.members_.version();
    version.formula_ = shown_.formula_.version();
    return version;
  }

  /// The lists, best first, of the items that have users, in their order.
  [[nodiscard]] Neighbours<ItemIx> nearest() const;

 private:
  /// By how much a norm may fall before pairs are counted anew.
  static constexpr double slack = 1.0 / 32.0;
  /// Smaller numbers keep too few digits to be compared by a factor.
  static constexpr float smallest_bar = 1e-30F;

  enum Mark : std::uint8_t { changed = 1, dirty = 2, stale = 4, seen = 8 };

  /// An item of a user's row before a change or after it.
  struct BeforeAndAfter {
    ItemIx item{};
    bool was_in = false;
    bool is_in = false;
    bool differs = false;
    float old_value = 0.0F;
    float new_value = 0.0F;
    std::int64_t old_fixed = 0;
    std::int64_t new_fixed = 0;
  };

  // Numbers of an item
  [[nodiscard]] std::int64_t fixed(ItemIx item, float value) const noexcept;
  [[nodiscard]] double squared_norm_of(ItemIx item) const noexcept;
  [[nodiscard]] double mass_of(ItemIx item) const noexcept;
  void set_terms(ItemIx item);
  void requantise(ItemIx item);
  void put(UserIx user, const BeforeAndAfter& pair);

  // Pairs
  [[nodiscard]] float score(ItemIx list, ItemIx candidate, std::uint32_t common, std::int64_t dot) const noexcept {
    return shown_.formula_(list, candidate, common, dot);
  }
  [[nodiscard]] double growth() const noexcept;
  void count(const UserRows& rows, ItemIx item, SharedCounts& counts) const;
  [[nodiscard]] bool change_kept(ItemIx list, ItemIx candidate, int common, std::int64_t dot);
  [[nodiscard]] std::uint64_t counting_cost(const UserRows& rows, ItemIx item, std::uint64_t most) const;
  void look_at(const UserRows& rows, ItemIx item, std::span<const ItemIx> others);
  void look_at_pair(ItemIx list, ItemIx candidate, std::uint32_t common, std::int64_t dot);

  // Lists
  [[nodiscard]] std::size_t enough() const noexcept;
  [[nodiscard]] std::size_t most_kept(const SpillList& list) const noexcept {
    return 2 * std::max(list.made_with, enough());
  }
  void fill(ItemIx list, const SharedCounts& counts, std::vector<ScoredItem>& scored, SpillList& into) const;
  [[nodiscard]] float cut(std::vector<ScoredItem>& scored) const;
  void find_last(ItemIx list, std::vector<ScoredItem>& scored, SpillList& of) const;
  [[nodiscard]] static bool is_listed(const SpillList& list, const ScoredItem& entry) noexcept;
  [[nodiscard]] bool is_certain(const SpillList& list) const noexcept;
  void mark_changed(ItemIx item);
  void mark_dirty(ItemIx list);
  void recount(const UserRows& rows, ItemIx item);
  void refill(ItemIx list, const SharedCounts& counts);
  void exchange(ItemIx list, SpillList made);
  void drop(ItemIx list, const SharedUsers& entry);
  void find_crossings(ItemIx item);
  void remake(const UserRows& rows, ItemIx list);
  void trim(ItemIx list);
  void show(ItemIx list, const SharedUsers& member);
  void hide(ItemIx list, ItemIx member);
  void show_counts(ItemIx list, const SharedUsers& member);
  [[nodiscard]] SharedUsersRow& votes_to_edit(ItemIx item);
  [[nodiscard]] Shown::Members& members_to_edit(ItemIx list);

  ItemKnnConfig config_;
  bool weighted_ = false;  ///< values matter, and are not all 1
  std::vector<ItemColumn> columns_{};
  std::vector<SpillList> lists_{};
  /// Of each item i the items j whose lists keep it, with what they share: `lists_` the other way round.
  std::vector<SharedUsersRow> kept_by_{};

  // Of each item, for the formulas
  std::vector<std::uint32_t> item_users_{};
  std::vector<ItemIx> vanished_{};
  std::vector<double> highest_mass_{};   ///< since its pairs were counted
  std::vector<double> factor_{};         ///< of its values in fixed point
  std::vector<std::int64_t> squares_{};  ///< the sum of the squares of these
  std::vector<ExactSquares> exact_squares_{};

  Shown shown_{};

  // Of a change in progress
  std::vector<std::uint8_t> marks_{};
  std::vector<ItemIx> changed_items_{};
  std::vector<ItemIx> dirty_lists_{};
  std::vector<BeforeAndAfter> pairs_{};
  std::vector<ItemIx> missed_{};
  std::vector<ScoredItem> scored_{};
  SharedCounts counts_{};
  std::vector<std::int64_t> of_user_{};  ///< what users have of one item, 0 between uses
};

}  // namespace recocore::detail
