#pragma once

#include <iterator>

#include <recocore/impl/live/live_neighbours.hpp>

namespace recocore::detail {

inline LiveNeighbours::LiveNeighbours(const ItemKnn& base, Direction direction, const RunOptions& options)
    : config_(base.config()) {
  const auto& by_item = base.interactions().by_item();
  const std::size_t count_of_items = by_item.rows();
  config_.k = std::min(config_.k, count_of_items);
  weighted_ = recocore::reads_values(config_.similarity.similarity) && !by_item.is_binary();
  columns_.resize(count_of_items);
  lists_.resize(count_of_items);
  kept_by_.resize(count_of_items);
  shown_.formula_ = PairFormula(config_.similarity, weighted_, direction, count_of_items);
  highest_mass_.resize(count_of_items);
  item_users_.resize(count_of_items);
  marks_.resize(count_of_items);
  if (weighted_) {
    factor_.resize(count_of_items);
    squares_.resize(count_of_items);
    exact_squares_.resize(count_of_items);
  }
  counts_.prepare(count_of_items);
  of_user_.resize(by_item.columns);
  for (std::size_t i = 0; i < count_of_items; ++i) {
    const ItemIx item(i);
    const auto users = by_item.row(item);
    columns_[i].users.assign(users.begin(), users.end());
    item_users_[i] = static_cast<std::uint32_t>(users.size());
    if (weighted_) {
      const auto values = by_item.row_values(item);
      columns_[i].values.assign(values.begin(), values.end());
      for (const float value : values) {
        exact_squares_[i].add(value);
      }
      requantise(item);
    }
    set_terms(item);
    highest_mass_[i] = mass_of(item);
  }

  const UserRows rows(base.interactions().by_user());
  Slots<SharedCounts> slots(parallel_slots(options));
  constexpr std::size_t grain = 16;
  parallel_for(count_of_items, grain, options, "candidates", [&](std::size_t begin, std::size_t end, unsigned number) {
    auto& counts = slots.get(number, [&] {
      SharedCounts made;
      made.prepare(count_of_items);
      return made;
    });
    std::vector<ScoredItem> scored;
    for (std::size_t j = begin; j < end; ++j) {
      count(rows, ItemIx(j), counts);
      fill(ItemIx(j), counts, scored, lists_[j]);
      counts.clear();
      find_last(ItemIx(j), scored, lists_[j]);
      for (std::size_t place = 0; place < lists_[j].kept.size(); ++place) {
        auto& entry = lists_[j].kept[place];
        entry.listed = is_listed(lists_[j], {entry.item, scored[place].score});
      }
    }
  });
  std::vector<std::size_t> sizes(count_of_items, 0);
  for (const auto& list : lists_) {
    for (const auto& entry : list.kept) {
      ++sizes[entry.item.value];
    }
  }
  for (std::size_t i = 0; i < count_of_items; ++i) {
    kept_by_[i].reserve(sizes[i]);
  }
  for (std::size_t j = 0; j < count_of_items; ++j) {
    for (const auto& entry : lists_[j].kept) {
      kept_by_[entry.item.value].push_back({ItemIx(j), entry.common, entry.dot, entry.listed});
    }
  }
  auto first = std::make_shared<Shown::Base>();
  first->offsets.reserve(count_of_items + 1);
  first->list_offsets.reserve(count_of_items + 1);
  for (std::size_t i = 0; i < count_of_items; ++i) {
    const auto is_in = [](const SharedUsers& entry) { return entry.listed; };
    std::copy_if(kept_by_[i].begin(), kept_by_[i].end(), std::back_inserter(first->entries), is_in);
    first->offsets.push_back(first->entries.size());
    for (const auto& entry : lists_[i].kept) {
      if (entry.listed) {
        first->members.push_back(entry.item);
      }
    }
    first->list_offsets.push_back(first->members.size());
  }
  shown_.base_ = std::move(first);
}

inline std::int64_t LiveNeighbours::fixed(ItemIx item, float value) const noexcept {
  if (!weighted_) {
    return 1;
  }
  // Beyond this the factor is about to change, and all is counted anew.
  constexpr double most = 1 << 30;
  return std::llrint(std::clamp(static_cast<double>(value) * factor_[item.value], -most, most));
}

inline double LiveNeighbours::squared_norm_of(ItemIx item) const noexcept {
  if (!weighted_) {
    return static_cast<double>(columns_[item.value].users.size());
  }
  const double unit = 1.0 / factor_[item.value];
  return static_cast<double>(squares_[item.value]) * unit * unit;
}

inline double LiveNeighbours::mass_of(ItemIx item) const noexcept {
  return recocore::reads_values(config_.similarity.similarity) ? squared_norm_of(item)
                                                               : static_cast<double>(columns_[item.value].users.size());
}

inline void LiveNeighbours::set_terms(ItemIx item) {
  shown_.formula_.set(item, {static_cast<double>(columns_[item.value].users.size()), squared_norm_of(item)},
                      weighted_ ? 1.0 / factor_[item.value] : 1.0);
}

inline void LiveNeighbours::requantise(ItemIx item) {
  const auto& column = columns_[item.value];
  factor_[item.value] = fixed_point_factor(exact_squares_[item.value].root_magnitude());
  std::int64_t sum = 0;
  for (const float value : column.values) {
    const auto x = fixed(item, value);
    sum += x * x;
  }
  squares_[item.value] = sum;
}

inline void LiveNeighbours::count(const UserRows& rows, ItemIx item, SharedCounts& counts) const {
  const auto& column = columns_[item.value];
  if (weighted_) {
    for (std::size_t entry = 0; entry < column.users.size(); ++entry) {
      const auto row = rows.of(column.users[entry]);
      const auto x = fixed(item, column.value(entry));
      for (std::size_t e = 0; e < row.items.size(); ++e) {
        const ItemIx other = row.items[e];
        counts.add(other);
        counts.dot[other.value] += x * fixed(other, row.value(e));
      }
    }
    return;
  }
  // Where much is met, looking through all items is cheaper than asking each time whether one is new.
  constexpr std::size_t few = 4;
  if (counting_cost(rows, item, lists_.size() / few) <= lists_.size() / few) {
    for (const UserIx user : column.users) {
      for (const ItemIx other : rows.of(user).items) {
        counts.add(other);
      }
    }
    return;
  }
  auto* const common = counts.common.data();
  for (const UserIx user : column.users) {
    for (const ItemIx other : rows.of(user).items) {
      ++common[other.value];
    }
  }
  counts.find(std::max(1U, config_.similarity.min_common));
}

inline void LiveNeighbours::mark_changed(ItemIx item) {
  if ((marks_[item.value] & changed) == 0) {
    marks_[item.value] |= changed;
    changed_items_.push_back(item);
  }
}

inline void LiveNeighbours::mark_dirty(ItemIx list) {
  if ((marks_[list.value] & (changed | dirty)) == 0) {
    marks_[list.value] |= dirty;
    dirty_lists_.push_back(list);
  }
}

inline void LiveNeighbours::replace(const UserRows& rows, UserIx user, const UserRowView& before,
                                    const UserRowView& after) {
  // Both rows side by side.
  pairs_.clear();
  for (std::size_t b = 0, a = 0; b < before.items.size() || a < after.items.size();) {
    const bool from_before = a == after.items.size() || (b < before.items.size() && before.items[b] <= after.items[a]);
    const bool from_after = b == before.items.size() || (a < after.items.size() && after.items[a] <= before.items[b]);
    BeforeAndAfter pair{.item = from_before ? before.items[b] : after.items[a]};
    if (from_before) {
      pair.was_in = true;
      pair.old_value = before.value(b++);
    }
    if (from_after) {
      pair.is_in = true;
      pair.new_value = after.value(a++);
    }
    pair.differs = pair.was_in != pair.is_in || (weighted_ && pair.old_value != pair.new_value);
    pairs_.push_back(pair);
  }
  if (of_user_.size() <= user.value) {
    of_user_.resize(user.value + 1);
  }
  for (auto& pair : pairs_) {
    pair.old_fixed = pair.was_in ? fixed(pair.item, pair.old_value) : 0;
    pair.new_fixed = pair.is_in ? fixed(pair.item, pair.new_value) : 0;
    if (pair.differs) {
      put(user, pair);
    }
  }
  for (std::size_t x = 0; x < pairs_.size(); ++x) {
    const auto& one = pairs_[x];
    if (!one.differs) {
      continue;
    }
    missed_.clear();
    for (std::size_t y = 0; y < pairs_.size(); ++y) {
      const auto& other = pairs_[y];
      if (y == x || (other.differs && y < x)) {
        continue;  // a pair of two that differ is seen from the first
      }
      const int common = (one.is_in && other.is_in ? 1 : 0) - (one.was_in && other.was_in ? 1 : 0);
      const std::int64_t dot = weighted_ ? one.new_fixed * other.new_fixed - one.old_fixed * other.old_fixed : 0;
      if (common == 0 && dot == 0) {
        continue;
      }
      const bool here = change_kept(one.item, other.item, common, dot);
      const bool there = change_kept(other.item, one.item, common, dot);
      if (!(here && there) && (common > 0 || dot > 0)) {
        missed_.push_back(other.item);
      }
    }
    look_at(rows, one.item, missed_);
  }
}

inline void LiveNeighbours::put(UserIx user, const BeforeAndAfter& pair) {
  const std::size_t i = pair.item.value;
  if (pair.is_in) {
    columns_[i].put(user, pair.new_value, weighted_);
  } else {
    columns_[i].take_out(user);
  }
  item_users_[i] = static_cast<std::uint32_t>(columns_[i].users.size());
  const auto place = std::lower_bound(vanished_.begin(), vanished_.end(), pair.item);
  const bool was_vanished = place != vanished_.end() && *place == pair.item;
  if (was_vanished && item_users_[i] > 0) {
    vanished_.erase(place);
  } else if (!was_vanished && item_users_[i] == 0) {
    vanished_.insert(place, pair.item);
  }
  if (weighted_) {
    if (pair.was_in) {
      exact_squares_[i].remove(pair.old_value);
    }
    if (pair.is_in) {
      exact_squares_[i].add(pair.new_value);
    }
    squares_[i] += pair.new_fixed * pair.new_fixed - pair.old_fixed * pair.old_fixed;
    if (fixed_point_factor(exact_squares_[i].root_magnitude()) != factor_[i]) {
      requantise(pair.item);
      marks_[i] |= stale;
    }
  }
  set_terms(pair.item);
  highest_mass_[i] = std::max(highest_mass_[i], mass_of(pair.item));
  mark_changed(pair.item);
}

inline bool LiveNeighbours::change_kept(ItemIx list, ItemIx candidate, int common, std::int64_t dot) {
  auto* const entry = find_in(lists_[list.value].kept, candidate);
  if (entry == nullptr) {
    return false;
  }
  entry->common = static_cast<std::uint32_t>(static_cast<std::int64_t>(entry->common) + common);
  entry->dot += dot;
  auto* const back = find_in(kept_by_[candidate.value], list);
  back->common = entry->common;
  back->dot = entry->dot;
  if (entry->listed) {
    show_counts(list, *entry);
  }
  return true;
}

inline std::uint64_t LiveNeighbours::counting_cost(const UserRows& rows, ItemIx item, std::uint64_t most) const {
  std::uint64_t cost = 0;
  for (const UserIx user : columns_[item.value].users) {
    cost += rows.of(user).items.size();
    if (cost > most) {
      break;
    }
  }
  return cost;
}

inline void LiveNeighbours::look_at(const UserRows& rows, ItemIx item, std::span<const ItemIx> others) {
  if (others.empty()) {
    return;
  }
  const auto& column = columns_[item.value];
  std::uint64_t by_columns = column.users.size();
  for (const ItemIx other : others) {
    by_columns += columns_[other.value].users.size();
  }
  if (counting_cost(rows, item, by_columns) <= by_columns) {
    count(rows, item, counts_);
    for (const ItemIx other : others) {
      look_at_pair(item, other, counts_.common[other.value], counts_.dot[other.value]);
      look_at_pair(other, item, counts_.common[other.value], counts_.dot[other.value]);
    }
    counts_.clear();
    return;
  }
  // Above a bit that says that the user has the item at all.
  for (std::size_t entry = 0; entry < column.users.size(); ++entry) {
    of_user_[column.users[entry].value] = fixed(item, column.value(entry)) * 2 + 1;
  }
  for (const ItemIx other : others) {
    const auto& theirs = columns_[other.value];
    std::uint32_t common = 0;
    std::int64_t dot = 0;
    if (weighted_) {
      for (std::size_t entry = 0; entry < theirs.users.size(); ++entry) {
        if (const auto mine = of_user_[theirs.users[entry].value]; mine != 0) {
          ++common;
          dot += (mine >> 1) * fixed(other, theirs.value(entry));
        }
      }
    } else {
      for (const UserIx user : theirs.users) {
        common += static_cast<std::uint32_t>(of_user_[user.value] & 1);
      }
    }
    look_at_pair(item, other, common, dot);
    look_at_pair(other, item, common, dot);
  }
  for (const UserIx user : column.users) {
    of_user_[user.value] = 0;
  }
}

inline void LiveNeighbours::look_at_pair(ItemIx list, ItemIx candidate, std::uint32_t common, std::int64_t dot) {
  auto& of = lists_[list.value];
  if (score(list, candidate, common, dot) <= of.bound || find_in(of.kept, candidate) != nullptr) {
    return;
  }
  insert_into(of.kept, {candidate, common, dot, false});
  insert_into(kept_by_[candidate.value], {list, common, dot, false});
  if (of.kept.size() > most_kept(of)) {
    mark_dirty(list);  // and trimmed
  }
}

inline void LiveNeighbours::repair(const UserRows& rows) {
  for (const ItemIx item : changed_items_) {
    if (mass_of(item) < (1.0 - slack) * highest_mass_[item.value]) {
      marks_[item.value] |= stale;
    }
  }
  for (const ItemIx item : changed_items_) {
    if ((marks_[item.value] & stale) != 0) {
      recount(rows, item);
    }
  }
  for (const ItemIx item : changed_items_) {
    find_crossings(item);
  }
  for (const ItemIx list : changed_items_) {
    remake(rows, list);
  }
  for (const ItemIx list : dirty_lists_) {
    remake(rows, list);
  }
  for (const ItemIx item : changed_items_) {
    marks_[item.value] = 0;
  }
  for (const ItemIx list : dirty_lists_) {
    marks_[list.value] = 0;
  }
  changed_items_.clear();
  dirty_lists_.clear();
}

inline void LiveNeighbours::recount(const UserRows& rows, ItemIx item) {
  count(rows, item, counts_);
  auto& keepers = kept_by_[item.value];
  for (auto& entry : keepers) {
    marks_[entry.item.value] |= seen;
    const auto common = counts_.common[entry.item.value];
    const auto dot = counts_.dot[entry.item.value];
    if (entry.common != common || entry.dot != dot) {
      entry.common = common;
      entry.dot = dot;
      auto* const there = find_in(lists_[entry.item.value].kept, item);
      there->common = common;
      there->dot = dot;
      if (there->listed) {
        show_counts(entry.item, *there);
      }
    }
  }
  const std::size_t known = keepers.size();
  for (const auto found : counts_.found) {
    const ItemIx list(found);
    if (list == item || (marks_[list.value] & seen) != 0) {
      continue;
    }
    const SharedUsers shared{list, counts_.common[list.value], counts_.dot[list.value], false};
    if (score(list, item, shared.common, shared.dot) > lists_[list.value].bound) {
      insert_into(lists_[list.value].kept, {item, shared.common, shared.dot, false});
      keepers.push_back(shared);
    }
  }
  for (std::size_t entry = 0; entry < known; ++entry) {
    marks_[keepers[entry].item.value] &= static_cast<std::uint8_t>(~seen);
  }
  const auto by_item = [](const SharedUsers& a, const SharedUsers& b) { return a.item < b.item; };
  const auto middle = keepers.begin() + static_cast<std::ptrdiff_t>(known);
  std::sort(middle, keepers.end(), by_item);
  std::inplace_merge(keepers.begin(), middle, keepers.end(), by_item);
  refill(item, counts_);
  counts_.clear();
  highest_mass_[item.value] = mass_of(item);
}

}  // namespace recocore::detail
