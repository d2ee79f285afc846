/// How much the lists of two models have in common.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <recocore/core/bit_set.hpp>
#include <recocore/drift/input_drift.hpp>
#include <recocore/drift/replay.hpp>
#include <recocore/impl/drift/replay_histories.hpp>
#include <recocore/impl/drift/replay_lists.hpp>
#include <recocore/rank/sequence.hpp>

namespace recocore::detail {

/// A user of a period.
struct PeriodUser {
  UserIx user{};
  /// Their first in the period.
  std::uint64_t event = 0;
};

/// Each once, ascending.
[[nodiscard]] inline std::vector<PeriodUser> users_of_period(const Timeline& timeline, std::size_t period) {
  std::vector<PeriodUser> users;
  const auto begin = timeline.offsets()[period];
  const auto end = timeline.offsets()[period + 1];
  users.reserve(static_cast<std::size_t>(end - begin));
  for (auto event = begin; event < end; ++event) {
    users.push_back({timeline.events().user[event], event});
  }
  std::sort(users.begin(), users.end(), [](const PeriodUser& a, const PeriodUser& b) {
    return a.user != b.user ? a.user < b.user : a.event < b.event;
  });
  const auto last = std::unique(users.begin(), users.end(),
                                [](const PeriodUser& a, const PeriodUser& b) { return a.user == b.user; });
  users.erase(last, users.end());
  return users;
}

class ListComparer {
 public:
  /// Memory of a thread.
  struct Slot {
    Scratch scratch{};
    HistoryBuffers older{};
    HistoryBuffers newer{};
    std::vector<std::pair<ItemIx, float>> entries{};
    std::vector<Recommendation> list{};
    std::array<std::vector<std::uint32_t>, 2> items{};
  };
  struct Likeness {
    double jaccard = 0.0;
    double rbo = 0.0;
  };

  ListComparer(const Timeline& timeline, const ReplayConfig& config, std::size_t period, const AnyModel& older,
               const AnyModel& newer)
      : config_(config),
        older_(timeline, period, older),
        newer_(timeline, period, newer),
        in_newer_(translate(older.items(), newer.items(), "item")) {}

  /// None when the older model knows nothing of the user, or there is nothing to recommend.
  [[nodiscard]] std::optional<Likeness> compare(UserIx user, Slot& slot) const {
    const auto row = frozen_history(older_.model, older_.positions, user);
    if (row.items.empty()) {
      return std::nullopt;
    }
    auto& sequence = slot.older.sequence;
    sequence.clear();
    append_sequence(older_.model.interactions(), *row.user, slot.older.places, sequence);
    make_list(older_,
              {.items = row.items,
               .weights = row.weights,
               .sequence = sequence,
               .user = profile_of(older_.model, older_.positions, user)},
              slot, slot.items[0]);
    make_list(newer_, carry_over(row, user, slot), slot, slot.items[1]);
    auto& [a, b] = slot.items;
    if (a.empty() && b.empty()) {
      return std::nullopt;
    }
    if (a.empty() || b.empty()) {
      return Likeness{};
    }
    Likeness likeness{.rbo = rank_biased_overlap(a, b, persistence)};
    std::sort(a.begin(), a.end());
    const auto common = std::count_if(
        b.begin(), b.end(), [&a = a](std::uint32_t item) { return std::binary_search(a.begin(), a.end(), item); });
    likeness.jaccard =
        static_cast<double>(common) / (static_cast<double>(a.size() + b.size()) - static_cast<double>(common));
    return likeness;
  }

 private:
  static constexpr double persistence = 0.9;

  struct Side {
    Side(const Timeline& timeline, std::size_t period, const AnyModel& from)
        : model(from),
          positions(timeline, from),
          allowed(positions.items_where([&](ItemIx item) { return timeline.item_births()[item.value] < period; })) {}

    const AnyModel& model;
    ModelPositions positions;
    BitSet allowed;
  };

  /// What the older model knows of a user, to the newer one.
  [[nodiscard]] History carry_over(const History& row, UserIx user, Slot& slot) const {
    auto& entries = slot.entries;
    entries.clear();
    for (std::size_t entry = 0; entry < row.items.size(); ++entry) {
      if (const auto item = in_newer_[row.items[entry].value]; item != no_position) {
        entries.emplace_back(item, row.weight(entry));
      }
    }
    std::sort(entries.begin(), entries.end());
    auto& [events, items, weights, sequence, places] = slot.newer;
    items.clear();
    weights.clear();
    sequence.clear();
    for (const auto& [item, weight] : entries) {
      items.push_back(item);
      weights.push_back(weight);
    }
    for (const ItemIx item : slot.older.sequence) {
      if (const auto position = in_newer_[item.value]; position != no_position) {
        sequence.emplace_back(position);
      }
    }
    return {.items = items,
            .weights = weights,
            .sequence = sequence,
            .user = profile_of(newer_.model, newer_.positions, user)};
  }

  /// @param items the items of the list, in its order, as positions of the timeline.
  void make_list(const Side& side, const History& history, Slot& slot, std::vector<std::uint32_t>& items) const {
    slot.list.clear();
    side.model.recommend(
        {.history = history, .n = config_.n, .exclude_seen = config_.exclude_seen, .allowed = &side.allowed},
        slot.scratch, slot.list);
    items.clear();
    for (const auto& entry : slot.list) {
      items.push_back(side.positions.in_timeline(entry.item));
    }
  }

  const ReplayConfig& config_;
  Side older_;
  Side newer_;
  std::vector<std::uint32_t> in_newer_;
};

}  // namespace recocore::detail
