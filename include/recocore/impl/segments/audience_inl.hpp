#pragma once

#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/impl/core/slots.hpp>
#include <recocore/impl/segments/unseen_lists.hpp>
#include <recocore/segments/audience.hpp>

namespace recocore {

namespace detail {

[[nodiscard]] inline AudienceBars::Bar bar_of(const UnseenLists& lists, UserIx user, std::size_t alternative,
                                              Scratch& scratch) {
  lists.rank(user, alternative + 1, scratch);
  const auto& ranked = scratch.ranked;
  AudienceBars::Bar bar{.is_complete = ranked.size() == alternative + 1};
  if (!ranked.empty()) {
    bar.last = ranked.back();
    bar.last_but_one = ranked.size() > 1 ? ranked[ranked.size() - 2].score : 0.0F;
  }
  return bar;
}

/// The score of the best other item an item has to stand up to; for users the bars do not have it is found.
[[nodiscard]] inline float alternative_of(const UnseenLists& lists, const AudienceBars& bars, UserIx user,
                                          ScoredItem item, Scratch& scratch) {
  return user.value < bars.users() ? bars.beside(user, item)
                                   : bar_of(lists, user, bars.alternative(), scratch).beside(item, true);
}

[[nodiscard]] inline std::uint32_t evidence_of(const UnseenLists& lists, UserIx user) noexcept {
  return static_cast<std::uint32_t>(lists.history_of(user).items.size());
}

}  // namespace detail

RECOCORE_INLINE AudienceBars AudienceBars::of(const AnyModel& model, std::size_t alternative, const RunOptions& run) {
  if (alternative < 1) {
    throw InvalidParameter("alternative, the place of the item others are compared with, must be at least 1; got 0");
  }
  const detail::UnseenLists lists(model);
  const std::size_t users = model.users().size();
  require_memory(users * sizeof(Bar), run, "comparing users", "there is no smaller way");
  // No list is longer than the items there are.
  const std::size_t place = std::min(alternative, model.items().size());
  std::vector<Bar> bars(users);
  constexpr std::size_t grain = 64;
  detail::Slots<Scratch> slots(parallel_slots(run));
  parallel_for(users, grain, run, "alternatives of users", [&](std::size_t begin, std::size_t end, unsigned slot) {
    auto& scratch = slots.get(slot, [] { return Scratch{}; });
    for (std::size_t user = begin; user < end; ++user) {
      bars[user] = detail::bar_of(lists, UserIx(user), place, scratch);
    }
  });
  return {place, model.items().size(), std::move(bars)};
}

RECOCORE_INLINE std::uint32_t AudienceFilter::room_of(const AnyModel& model, UserIx user,
                                                      std::uint32_t most) const noexcept {
  if (allowed != nullptr && (user.value >= allowed->size() || !(*allowed)[user.value])) {
    return 0;
  }
  if (model.profiles() != nullptr && model.profiles()->is_retired(user.value)) {
    return 0;
  }
  const auto& by_user = model.interactions().by_user();
  if ((user.value < by_user.rows() ? by_user.row_size(user) : 0) < min_history) {
    return 0;
  }
  if (most_messages == 0) {
    return most;
  }
  const std::uint32_t had = user.value < told.size() ? told[user.value] : 0;
  return had < most_messages ? std::min(most, most_messages - had) : 0;
}

RECOCORE_INLINE void AudienceOptions::validate() const {
  if (n < 1) {
    throw InvalidParameter("n, the size of an audience, must be at least 1; got 0");
  }
}

RECOCORE_INLINE std::vector<Addressee> audience(const AnyModel& model, ItemIx item, const AudienceBars& bars,
                                                const AudienceOptions& options, const RunOptions& run) {
  options.validate();
  const detail::UnseenLists lists(model);
  lists.check_item(item);
  const std::array<ItemIx, 1> only{item};
  BitSet wanted(model.items().size());
  wanted.set(item.value);

  const std::size_t users = model.users().size();
  std::vector<Addressee> found(users);
  constexpr std::size_t grain = 64;
  detail::Slots<Scratch> slots(parallel_slots(run));
  parallel_for(users, grain, run, "audience", [&](std::size_t begin, std::size_t end, unsigned slot) {
    auto& scratch = slots.get(slot, [] { return Scratch{}; });
    for (std::size_t position = begin; position < end; ++position) {
      const UserIx user(position);
      if (options.filter.room_of(model, user, 1) == 0 || lists.has(user, item)) {
        continue;
      }
      lists.rank_only(user, only, wanted, scratch);
      if (!scratch.ranked.empty()) {
        const ScoredItem scored = scratch.ranked.front();
        found[position] = {
            .user = user,
            .meaning = meaning_of(scored.score, detail::alternative_of(lists, bars, user, scored, scratch)),
            .score = scored.score,
            .evidence = detail::evidence_of(lists, user)};
      }
    }
  });

  std::erase_if(found, [](const Addressee& one) { return one.score <= 0.0F; });
  const std::size_t size = std::min(options.n, found.size());
  std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(size), found.end(),
                    [](const Addressee& a, const Addressee& b) {
                      return a.meaning != b.meaning ? a.meaning > b.meaning : a.user < b.user;
                    });
  found.resize(size);
  found.shrink_to_fit();
  if (options.ranks) {
    parallel_for(size, 1, run, "places in lists", [&](std::size_t begin, std::size_t end, unsigned slot) {
      auto& scratch = slots.get(slot, [] { return Scratch{}; });
      for (std::size_t place = begin; place < end; ++place) {
        lists.find_places(found[place].user, only, std::span(&found[place].rank, 1), scratch);
      }
    });
  }
  return found;
}

}  // namespace recocore
