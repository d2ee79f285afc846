/// The lists of `LiveNeighbours`: what is kept of each, when they are made anew, what readers are shown.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include <recocore/impl/live/live_neighbours.hpp>

namespace recocore::detail {

inline double LiveNeighbours::growth() const noexcept {
  // Both norms may have shrunk by the slack. c / (n_i + n_j - c) grows most among the formulas: its denominator is at
  // least half of n_i + n_j.
  constexpr double rounding = 1.0 + 1e-6;
  return config_.similarity.similarity == Similarity::dot ? rounding : rounding / (1.0 - 2.0 * slack);
}

inline std::size_t LiveNeighbours::enough() const noexcept {
  constexpr std::size_t least_spill = 16;
  return config_.k + std::max(least_spill, config_.k / 4);
}

inline void LiveNeighbours::fill(ItemIx list, const SharedCounts& counts, std::vector<ScoredItem>& scored,
                                 SpillList& into) const {
  scored.clear();
  shown_.formula_.append_positive(list, counts.found, counts.common, counts.dot, scored);
  into.bound = cut(scored);
  into.kept.clear();
  into.kept.reserve(scored.size());
  std::sort(scored.begin(), scored.end(), [](const ScoredItem& a, const ScoredItem& b) { return a.index < b.index; });
  for (const auto& entry : scored) {
    into.kept.push_back({entry.index, counts.common[entry.index.value], counts.dot[entry.index.value], false});
  }
  into.made_with = into.kept.size();
}

inline float LiveNeighbours::cut(std::vector<ScoredItem>& scored) const {
  if (scored.size() <= enough()) {
    return 0.0F;
  }
  const auto at = [&scored](std::size_t place) { return scored.begin() + static_cast<std::ptrdiff_t>(place); };
  std::nth_element(scored.begin(), at(enough() - 1), scored.end(), ranks_before<ItemIx>);
  std::nth_element(scored.begin(), at(config_.k - 1), at(enough()), ranks_before<ItemIx>);
  const float kth = scored[config_.k - 1].score;
  if (kth < smallest_bar) {
    return 0.0F;
  }
  constexpr double room = 0.97;
  const auto least = static_cast<float>(static_cast<double>(kth) / growth() * room);
  const auto rest =
      std::partition(at(enough()), scored.end(), [least](const ScoredItem& entry) { return entry.score >= least; });
  float bound = 0.0F;
  for (auto entry = rest; entry != scored.end(); ++entry) {
    bound = std::max(bound, entry->score);
  }
  scored.erase(rest, scored.end());
  return bound;
}

inline void LiveNeighbours::find_last(ItemIx list, std::vector<ScoredItem>& scored, SpillList& of) const {
  scored.clear();
  for (const auto& entry : of.kept) {
    scored.push_back({entry.item, score(list, entry.item, entry.common, entry.dot)});
  }
  std::vector<ScoredItem> ranked;
  ranked.reserve(scored.size());
  std::copy_if(scored.begin(), scored.end(), std::back_inserter(ranked),
               [](const ScoredItem& entry) { return entry.score > 0.0F; });
  of.is_full = ranked.size() >= config_.k;
  if (of.is_full) {
    const auto last = ranked.begin() + static_cast<std::ptrdiff_t>(config_.k) - 1;
    std::nth_element(ranked.begin(), last, ranked.end(), ranks_before<ItemIx>);
    of.last = *last;
  }
}

inline void LiveNeighbours::refill(ItemIx list, const SharedCounts& counts) {
  SpillList made;
  fill(list, counts, scored_, made);
  exchange(list, std::move(made));
}

inline void LiveNeighbours::exchange(ItemIx list, SpillList made) {
  auto& of = lists_[list.value];
  auto old = of.kept.begin();
  for (auto& entry : made.kept) {
    for (; old != of.kept.end() && old->item < entry.item; ++old) {
      drop(list, *old);
    }
    if (old != of.kept.end() && old->item == entry.item) {
      entry.listed = old->listed;
      if (entry.common != old->common || entry.dot != old->dot) {
        auto* const back = find_in(kept_by_[entry.item.value], list);
        back->common = entry.common;
        back->dot = entry.dot;
        if (entry.listed) {
          show_counts(list, entry);
        }
      }
      ++old;
    } else {
      insert_into(kept_by_[entry.item.value], {list, entry.common, entry.dot, false});
    }
  }
  for (; old != of.kept.end(); ++old) {
    drop(list, *old);
  }
  of = std::move(made);
}

inline void LiveNeighbours::drop(ItemIx list, const SharedUsers& entry) {
  erase_from(kept_by_[entry.item.value], list);
  if (entry.listed) {
    hide(list, entry.item);
  }
}

inline bool LiveNeighbours::is_listed(const SpillList& list, const ScoredItem& entry) noexcept {
  return entry.score > 0.0F && (!list.is_full || !ranks_before(list.last, entry));
}

inline void LiveNeighbours::find_crossings(ItemIx item) {
  for (const auto& entry : kept_by_[item.value]) {
    if ((marks_[entry.item.value] & (changed | dirty)) != 0) {
      continue;
    }
    const auto& list = lists_[entry.item.value];
    const ScoredItem now{item, score(entry.item, item, entry.common, entry.dot)};
    // Of the last one any change moves the end of the list.
    const bool moves_end = list.is_full && entry.listed && item == list.last.index && now.score != list.last.score;
    if (moves_end || is_listed(list, now) != entry.listed) {
      mark_dirty(entry.item);
    }
  }
}

inline bool LiveNeighbours::is_certain(const SpillList& list) const noexcept {
  return list.bound == 0.0F || (list.is_full && list.last.score >= smallest_bar &&
                                static_cast<double>(list.last.score) > static_cast<double>(list.bound) * growth());
}

inline void LiveNeighbours::remake(const UserRows& rows, ItemIx list) {
  auto& of = lists_[list.value];
  find_last(list, scored_, of);
  if (!is_certain(of)) {
    count(rows, list, counts_);
    refill(list, counts_);
    counts_.clear();
    find_last(list, scored_, of);
  } else if (of.kept.size() > most_kept(of)) {
    trim(list);
    find_last(list, scored_, of);
  }
  for (std::size_t place = 0; place < of.kept.size(); ++place) {
    auto& entry = of.kept[place];
    const bool is = is_listed(of, scored_[place]);
    if (entry.listed != is) {
      entry.listed = is;
      find_in(kept_by_[entry.item.value], list)->listed = is;
      if (is) {
        show(list, entry);
      } else {
        hide(list, entry.item);
      }
    }
  }
}

inline void LiveNeighbours::trim(ItemIx list) {
  auto& of = lists_[list.value];
  auto scored = scored_;
  scored.erase(std::remove_if(scored.begin(), scored.end(), [](const auto& entry) { return !(entry.score > 0.0F); }),
               scored.end());
  SpillList made;
  made.bound = std::max(of.bound, cut(scored));
  std::sort(scored.begin(), scored.end(), [](const ScoredItem& a, const ScoredItem& b) { return a.index < b.index; });
  made.kept.reserve(scored.size());
  for (const auto& entry : scored) {
    made.kept.push_back(*find_in(of.kept, entry.index));
  }
  made.made_with = made.kept.size();
  exchange(list, std::move(made));
}

inline SharedUsersRow& LiveNeighbours::votes_to_edit(ItemIx item) {
  return shown_.votes_.edit(item.value, [&] {
    const auto base = shown_.base_->of(item);
    return SharedUsersRow(base.begin(), base.end());
  });
}

inline LiveNeighbours::Shown::Members& LiveNeighbours::members_to_edit(ItemIx list) {
  return shown_.members_.edit(list.value, [&] {
    const auto base = shown_.base_->members_of(list);
    return Shown::Members(base.begin(), base.end());
  });
}

inline void LiveNeighbours::show(ItemIx list, const SharedUsers& member) {
  insert_into(votes_to_edit(member.item), {list, member.common, member.dot, true});
  auto& members = members_to_edit(list);
  members.insert(std::lower_bound(members.begin(), members.end(), member.item), member.item);
}

inline void LiveNeighbours::hide(ItemIx list, ItemIx member) {
  erase_from(votes_to_edit(member), list);
  auto& members = members_to_edit(list);
  members.erase(std::lower_bound(members.begin(), members.end(), member));
}

inline void LiveNeighbours::show_counts(ItemIx list, const SharedUsers& member) {
  auto* const vote = find_in(votes_to_edit(member.item), list);
  vote->common = member.common;
  vote->dot = member.dot;
}

template <class Wanted>
void LiveNeighbours::Shown::append_list(ItemIx list, const Wanted& wanted, std::vector<ScoredItem>& entries) const {
  const auto* edited = members_.find(list.value);
  for (const ItemIx member : edited != nullptr ? std::span<const ItemIx>(*edited) : base_->members_of(list)) {
    if (wanted(member)) {
      const auto votes = votes_of(member);
      const auto vote =
          std::lower_bound(votes.begin(), votes.end(), list,
                           [](const SharedUsers& entry, ItemIx searched) { return entry.item < searched; });
      entries.push_back({member, formula_(list, member, vote->common, vote->dot)});
    }
  }
}

inline Neighbours<ItemIx> LiveNeighbours::nearest() const {
  std::vector<std::uint32_t> place_of_item(lists_.size());
  std::uint32_t present = 0;
  for (std::size_t item = 0; item < lists_.size(); ++item) {
    place_of_item[item] = present;
    present += item_users_[item] > 0 ? 1U : 0U;
  }
  Neighbours<ItemIx> result;
  result.offsets.reserve(std::size_t{present} + 1);
  std::vector<ScoredItem> list;
  for (std::size_t j = 0; j < lists_.size(); ++j) {
    if (item_users_[j] == 0) {
      continue;
    }
    list.clear();
    for (const auto& entry : lists_[j].kept) {
      if (entry.listed) {
        list.push_back(
            {ItemIx(place_of_item[entry.item.value]), score(ItemIx(j), entry.item, entry.common, entry.dot)});
      }
    }
    std::sort(list.begin(), list.end(), ranks_before<ItemIx>);
    result.entries.insert(result.entries.end(), list.begin(), list.end());
    result.offsets.push_back(result.entries.size());
  }
  return result;
}

}  // namespace recocore::detail
