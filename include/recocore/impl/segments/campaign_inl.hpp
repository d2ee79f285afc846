#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/impl/core/slots.hpp>
#include <recocore/impl/segments/audience_inl.hpp>
#include <recocore/impl/segments/unseen_lists.hpp>
#include <recocore/segments/campaign.hpp>
#include <recocore/segments/capped_assignment.hpp>

namespace recocore {

namespace detail {

/// What a user may be told.
struct PossibleMessage {
  std::uint32_t column = 0;
  float meaning = 0.0F;
  float score = 0.0F;
};

/// For each item its place among those given. @throws InvalidParameter an item that cannot be, or is given twice.
[[nodiscard]] inline std::vector<std::uint32_t> columns_of(const UnseenLists& lists, std::span<const ItemIx> items,
                                                           BitSet& wanted) {
  std::vector<std::uint32_t> columns(lists.model().items().size());
  for (std::size_t column = 0; column < items.size(); ++column) {
    lists.check_item(items[column]);
    if (wanted[items[column].value]) {
      throw InvalidParameter("item " + to_display(lists.model().items().at(items[column].value)) +
                             " is given twice; a campaign has different items");
    }
    wanted.set(items[column].value);
    columns[items[column].value] = static_cast<std::uint32_t>(column);
  }
  return columns;
}

inline void check_users(const AnyModel& model, std::span<const UserIx> users) {
  BitSet seen(model.users().size());
  for (const UserIx user : users) {
    if (user.value >= seen.size() || seen[user.value]) {
      throw InvalidParameter("a campaign is for different users of the model, of which there are " +
                             std::to_string(seen.size()) + "; position " + std::to_string(user.value) +
                             (user.value < seen.size() ? " is given twice" : " is beyond them"));
    }
    seen.set(user.value);
  }
}

}  // namespace detail

RECOCORE_INLINE void CampaignOptions::validate() const {
  if (per_user < 1 || per_item < 1) {
    throw InvalidParameter("per_user and per_item, the caps of a campaign, must be at least 1; got " +
                           std::to_string(per_user) + " and " + std::to_string(per_item));
  }
  if (!(min_meaning >= 0.0 && min_meaning <= 1.0)) {
    throw InvalidParameter("min_meaning must be from 0 to 1; got " + std::to_string(min_meaning));
  }
  if (!(tolerance > 0.0 && tolerance <= 1.0)) {
    throw InvalidParameter("tolerance must be above 0 and at most 1; got " + std::to_string(tolerance));
  }
}

RECOCORE_INLINE std::uint64_t estimate_campaign_memory(std::size_t users, std::size_t items) noexcept {
  // A pair once as it is found and once as it is assigned, with its place in the order and in the auction.
  constexpr std::uint64_t per_pair = sizeof(detail::PossibleMessage) + sizeof(PairWorths::Entry) + 16 + 24 + 16;
  return static_cast<std::uint64_t>(users) * (items * per_pair + 64);
}

RECOCORE_INLINE Campaign campaign(const AnyModel& model, std::span<const UserIx> users, std::span<const ItemIx> items,
                                  const AudienceBars& bars, const CampaignOptions& options, const RunOptions& run) {
  options.validate();
  const detail::UnseenLists lists(model);
  BitSet wanted(model.items().size());
  const auto columns = detail::columns_of(lists, items, wanted);
  detail::check_users(model, users);
  require_memory(estimate_campaign_memory(users.size(), items.size()), run, "a campaign",
                 "fewer users or items at a time need less");
  if (items.empty()) {
    return {};
  }

  std::vector<std::vector<detail::PossibleMessage>> possible(users.size());
  std::vector<std::uint32_t> row_caps(users.size());
  constexpr std::size_t grain = 64;
  detail::Slots<Scratch> slots(parallel_slots(run));
  parallel_for(users.size(), grain, run, "messages", [&](std::size_t begin, std::size_t end, unsigned slot) {
    auto& scratch = slots.get(slot, [] { return Scratch{}; });
    std::vector<ScoredItem> scored;
    for (std::size_t row = begin; row < end; ++row) {
      row_caps[row] = options.filter.room_of(model, users[row], options.per_user);
      if (row_caps[row] == 0) {
        continue;
      }
      lists.rank_only(users[row], items, wanted, scratch);
      scored.assign(scratch.ranked.begin(), scratch.ranked.end());
      for (const ScoredItem& entry : scored) {
        const float meaning = meaning_of(entry.score, detail::alternative_of(lists, bars, users[row], entry, scratch));
        if (meaning > 0.0F && static_cast<double>(meaning) >= options.min_meaning) {
          possible[row].push_back({columns[entry.index.value], meaning, entry.score});
        }
      }
    }
  });

  PairWorths pairs;
  for (const auto& row : possible) {
    for (const auto& message : row) {
      pairs.entries.push_back({message.column, message.meaning});
    }
    pairs.offsets.push_back(pairs.entries.size());
  }
  const std::vector<std::uint32_t> column_caps(items.size(), options.per_item);
  const auto assignment = assign_capped(pairs, row_caps, column_caps, options.tolerance, run);

  Campaign result{.total = assignment.total, .upper_bound = assignment.upper_bound};
  result.messages.reserve(assignment.chosen.size());
  std::vector<std::size_t> begins{0};  // of the messages of a user
  std::size_t row = 0;
  for (const auto entry : assignment.chosen) {
    for (; entry >= pairs.offsets[row + 1]; ++row) {
      if (result.messages.size() > begins.back()) {
        begins.push_back(result.messages.size());
      }
    }
    const auto& message = possible[row][entry - pairs.offsets[row]];
    result.messages.push_back({.item = items[message.column],
                               .to = {.user = users[row],
                                      .meaning = message.meaning,
                                      .score = message.score,
                                      .evidence = detail::evidence_of(lists, users[row])}});
  }
  begins.push_back(result.messages.size());

  if (options.ranks) {
    parallel_for(begins.size() - 1, 1, run, "places in lists", [&](std::size_t begin, std::size_t end, unsigned slot) {
      auto& scratch = slots.get(slot, [] { return Scratch{}; });
      std::vector<ItemIx> told;
      std::vector<std::uint32_t> places;
      for (std::size_t group = begin; group < end; ++group) {
        const auto messages = std::span(result.messages).subspan(begins[group], begins[group + 1] - begins[group]);
        if (messages.empty()) {
          continue;
        }
        told.clear();
        for (const Message& message : messages) {
          told.push_back(message.item);
        }
        places.assign(told.size(), 0);
        lists.find_places(messages.front().to.user, told, places, scratch);
        for (std::size_t m = 0; m < messages.size(); ++m) {
          messages[m].to.rank = places[m];
        }
      }
    });
  }
  std::sort(result.messages.begin(), result.messages.end(), [](const Message& a, const Message& b) {
    if (a.to.user != b.to.user) {
      return a.to.user < b.to.user;
    }
    return a.to.meaning != b.to.meaning ? a.to.meaning > b.to.meaning : a.item < b.item;
  });
  return result;
}

}  // namespace recocore
