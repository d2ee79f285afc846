/// Scores of single items for users of a model, and what is in their lists besides.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/models/blend.hpp>
#include <recocore/rank/any_model.hpp>

namespace recocore::detail {

/// Ranks, for users of a model, what they do not have and is not retired: without filling up.
class UnseenLists {
 public:
  explicit UnseenLists(const AnyModel& model)
      : model_(&model),
        items_(model.items().size()),
        retired_(model.catalogue() == nullptr ? nullptr : &model.catalogue()->retired_set()),
        depends_on_the_list_(model.get_if<Blend>() != nullptr) {}

  [[nodiscard]] const AnyModel& model() const noexcept { return *model_; }

  [[nodiscard]] History history_of(UserIx user) const noexcept {
    const auto& by_user = model_->interactions().by_user();
    // Who came after the fit has no row.
    return user.value < by_user.rows()
               ? History{.items = by_user.row(user), .weights = by_user.row_values(user), .user = user}
               : History{.user = user};
  }

  [[nodiscard]] bool has(UserIx user, ItemIx item) const noexcept {
    const auto items = history_of(user).items;
    return std::binary_search(items.begin(), items.end(), item);
  }

  /// Leaves the first `n` of the user's list, which has scores above 0 only, in `scratch.ranked`.
  void rank(UserIx user, std::size_t n, Scratch& scratch) const {
    const auto history = history_of(user);
    scratch.mask.allow_all(items_);
    forbid(history, scratch);
    const std::size_t most = std::min(n, items_);
    // Blends score by what else is in the lists of their parts: only those of whole lists belong together.
    model_->rank(history, depends_on_the_list_ ? items_ : most, scratch);
    if (scratch.ranked.size() > most) {
      scratch.ranked.resize(most);
    }
    drop_nothing_to_say(scratch);
  }

  /// Leaves those of the items that are in the user's list in `scratch.ranked`, in its order.
  /// @param wanted the same items as a set.
  void rank_only(UserIx user, std::span<const ItemIx> items, const BitSet& wanted, Scratch& scratch) const {
    if (depends_on_the_list_) {
      rank(user, items_, scratch);
      std::erase_if(scratch.ranked, [&wanted](const ScoredItem& entry) { return !wanted[entry.index.value]; });
      return;
    }
    const auto history = history_of(user);
    scratch.mask.allow_only(items_, items);
    forbid(history, scratch);
    model_->rank(history, items.size(), scratch);
    drop_nothing_to_say(scratch);
  }

  /// The place, from 1, of each of these items in the user's list, which they must be in.
  void find_places(UserIx user, std::span<const ItemIx> items, std::span<std::uint32_t> places,
                   Scratch& scratch) const {
    constexpr std::size_t first_guess = 128;
    constexpr std::size_t growth = 8;
    for (std::size_t n = first_guess;; n *= growth) {
      rank(user, n, scratch);
      std::size_t missing = items.size();
      for (std::size_t i = 0; i < items.size(); ++i) {
        const auto at = std::find_if(scratch.ranked.begin(), scratch.ranked.end(),
                                     [item = items[i]](const ScoredItem& entry) { return entry.index == item; });
        if (at != scratch.ranked.end()) {
          places[i] = static_cast<std::uint32_t>(at - scratch.ranked.begin()) + 1;
          --missing;
        }
      }
      if (missing == 0 || n >= items_) {
        return;
      }
    }
  }

  /// @throws InvalidParameter an item that is not in the model, or retired.
  void check_item(ItemIx item) const {
    if (item.value >= items_) {
      throw InvalidParameter("there is no item at position " + std::to_string(item.value) + ": the model has " +
                             std::to_string(items_));
    }
    if (model_->catalogue() != nullptr && model_->catalogue()->is_retired(item.value)) {
      throw InvalidParameter("item " + to_display(model_->items().at(item.value)) +
                             " is retired: nobody is told about it; add it again first");
    }
  }

 private:
  void forbid(const History& history, Scratch& scratch) const {
    scratch.mask.forbid(history.items);
    if (retired_ != nullptr) {
      scratch.mask.forbid(*retired_);
    }
  }

  static void drop_nothing_to_say(Scratch& scratch) {
    while (!scratch.ranked.empty() && scratch.ranked.back().score <= 0.0F) {
      scratch.ranked.pop_back();
    }
  }

  const AnyModel* model_;
  std::size_t items_;
  const BitSet* retired_;
  bool depends_on_the_list_;
};

}  // namespace recocore::detail
