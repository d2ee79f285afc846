/// A list of neighbours that is longer than what is shown of it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <recocore/core/ranking.hpp>

namespace recocore::detail {

/// What two items share, on the side of one of them.
struct SharedUsers {
  ItemIx item{};             ///< the other item
  std::uint32_t common = 0;  ///< users who have both
  std::int64_t dot = 0;      ///< the sum of the products of their values, in fixed point
  bool listed = false;       ///< whether it is among the k nearest
};

/// Ascending by item.
using SharedUsersRow = std::vector<SharedUsers>;

[[nodiscard]] inline SharedUsersRow::iterator place_of(SharedUsersRow& row, ItemIx item) noexcept {
  return std::lower_bound(row.begin(), row.end(), item,
                          [](const SharedUsers& entry, ItemIx wanted) { return entry.item < wanted; });
}

/// Null when it is not there.
[[nodiscard]] inline SharedUsers* find_in(SharedUsersRow& row, ItemIx item) noexcept {
  const auto at = place_of(row, item);
  return at != row.end() && at->item == item ? &*at : nullptr;
}

inline void insert_into(SharedUsersRow& row, const SharedUsers& entry) { row.insert(place_of(row, entry.item), entry); }

inline void erase_from(SharedUsersRow& row, ItemIx item) noexcept {
  const auto at = place_of(row, item);
  if (at != row.end() && at->item == item) {
    row.erase(at);
  }
}

/// The candidates of an item's list that are kept track of, and a bound on all others.
struct SpillList {
  SharedUsersRow kept{};
  /// No item that is not kept had a larger similarity when it was last looked at. 0: all that have one are kept.
  float bound = 0.0F;
  /// The last of the k nearest, when there are k.
  ScoredItem last{};
  bool is_full = false;
  /// How many were kept when the list was last made.
  std::size_t made_with = 0;
};

}  // namespace recocore::detail
