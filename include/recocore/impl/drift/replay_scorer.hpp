/// A model of one origin in the periods after it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <recocore/core/bit_set.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/drift/input_drift.hpp>
#include <recocore/drift/replay.hpp>
#include <recocore/eval/metrics.hpp>
#include <recocore/impl/drift/replay_histories.hpp>
#include <recocore/impl/drift/replay_lists.hpp>
#include <recocore/impl/drift/replay_tally.hpp>
#include <recocore/models/blend.hpp>

namespace recocore::detail {

/// Where the shop knows what it offers, the instants between which it does, one pair an item.
struct Offers {
  std::span<const std::int64_t> from{};
  std::span<const std::int64_t> until{};
};

/// Whether the list that is best among many items, and happens to have only some of them, is also the best list among
/// these. A Blend scores an item by how far it stands above the others that are allowed.
[[nodiscard]] inline bool ranks_apart(const AnyModel& model) noexcept { return model.name() != Blend::name; }

/// The variants: whatever the model knows, and only what is on offer.
inline constexpr std::size_t replay_variants = 2;

/// What one thread needs and counts.
struct ReplaySlot {
  ReplaySlot(const Timeline& timeline, std::size_t model_items) { tallies.fill(PeriodTally(timeline, model_items)); }

  Scratch scratch{};
  HistoryBuffers buffers{};
  std::vector<ItemIx> had{};
  std::vector<Recommendation> list{};
  std::vector<std::uint8_t> hits{};
  std::array<PeriodTally, replay_variants> tallies{};
};

/// The items of the model that may be recommended in a period, by either variant.
struct Allowed {
  BitSet all{};
  BitSet live{};
};

/// What the lists of one period were worth, list by list.
struct ListOutcomes {
  explicit ListOutcomes(std::size_t lists) : hit(lists) { ndcg.fill(std::vector<double>(lists)); }

  std::vector<std::uint8_t> hit;
  std::array<std::vector<double>, replay_variants> ndcg{};
};

class ReplayScorer {
 public:
  ReplayScorer(const Timeline& timeline, const ReplayConfig& config, const ReplayLists& lists, const Offers& offers,
               const AnyModel& model)
      : timeline_(timeline),
        config_(config),
        lists_(lists),
        offers_(offers),
        model_(model),
        positions_(timeline, model),
        ranks_apart_(ranks_apart(model)) {}

  [[nodiscard]] OriginScores score(std::size_t origin, std::size_t ages, const RunOptions& options) const {
    const std::size_t last = ages < timeline_.periods() - origin ? origin + ages : timeline_.periods();
    std::vector<ReplaySlot> slots;
    slots.reserve(parallel_slots(options));
    for (unsigned slot = 0; slot < parallel_slots(options); ++slot) {
      slots.emplace_back(timeline_, positions_.model_items());
    }
    OriginScores result{.origin = origin};
    std::array<std::vector<std::uint64_t>, replay_variants> first_times;
    RunOptions quiet = options;
    quiet.progress = {};
    for (std::size_t period = origin; period < last; ++period) {
      auto outcomes = make_lists_of(period, origin, quiet, slots);
      for (std::size_t variant = 0; variant < replay_variants; ++variant) {
        auto& scores = variant == 0 ? result.all : result.live;
        const auto& tally = slots.front().tallies[variant];
        scores.periods.push_back(summarise(tally, outcomes.ndcg[variant], first_times[variant]));
        if (period == origin) {
          scores.fresh = tally.by_age();
        }
      }
      result.outcomes.push_back(std::move(outcomes.hit));
      if (options.progress) {
        options.progress("replay", lists_.of_period[period + 1] - lists_.of_period[origin],
                         lists_.of_period[last] - lists_.of_period[origin]);
      }
    }
    return result;
  }

 private:
  /// Leaves what was counted in the first slot.
  [[nodiscard]] ListOutcomes make_lists_of(std::size_t period, std::size_t origin, const RunOptions& options,
                                           std::vector<ReplaySlot>& slots) const {
    const auto first = static_cast<std::size_t>(lists_.of_period[period]);
    const auto count = static_cast<std::size_t>(lists_.of_period[period + 1]) - first;
    const std::size_t as_if = period == origin ? origin - config_.first + 1 : 0;
    for (auto& slot : slots) {
      for (auto& tally : slot.tallies) {
        tally.start(period, origin, as_if);
      }
    }
    const auto allowed = allowed_in(period);
    ListOutcomes outcomes(count);
    constexpr std::size_t grain = 16;
    parallel_for(count, grain, options, "replay", [&](std::size_t begin, std::size_t end, unsigned slot) {
      for (std::size_t list = begin; list < end; ++list) {
        const auto ndcg = make_list(first + list, period, allowed, slots[slot], outcomes.hit[list]);
        for (std::size_t variant = 0; variant < replay_variants; ++variant) {
          outcomes.ndcg[variant][list] = ndcg[variant];
        }
      }
    });
    for (std::size_t slot = 1; slot < slots.size(); ++slot) {
      for (std::size_t variant = 0; variant < replay_variants; ++variant) {
        slots.front().tallies[variant].add(slots[slot].tallies[variant]);
      }
    }
    return outcomes;
  }

  /// Of both variants; the second list is made when it may differ.
  [[nodiscard]] std::array<double, replay_variants> make_list(std::size_t number, std::size_t period,
                                                              const Allowed& allowed, ReplaySlot& slot,
                                                              std::uint8_t& hit) const {
    const auto& list = lists_.lists[number];
    Request request{.history = history_of(list, period, slot.buffers),
                    .n = config_.n,
                    .exclude_seen = config_.exclude_seen,
                    .allowed = &allowed.all};
    if (config_.exclude_seen && config_.histories == Histories::frozen && config_.protocol == Protocol::period) {
      // What was bought since the fit: a shop knows, even where the model does not.
      auto& had = slot.had;
      had.clear();
      for (const RowEvent& event : lists_.history_of(list)) {
        if (const auto position = positions_.in_model(event.item); position != no_position) {
          had.emplace_back(position);
        }
      }
      request.exclude = had;
    }
    slot.list.clear();
    model_.recommend(request, slot.scratch, slot.list);
    std::array<double, replay_variants> ndcg{judge(number, slot, slot.tallies[0]), 0.0};
    hit = std::find(slot.hits.begin(), slot.hits.end(), std::uint8_t{1}) != slot.hits.end() ? 1 : 0;
    const bool is_live = std::all_of(slot.list.begin(), slot.list.end(), [&allowed](const Recommendation& entry) {
      return allowed.live[entry.item.value];
    });
    if (!is_live || !ranks_apart_) {
      request.allowed = &allowed.live;
      slot.list.clear();
      model_.recommend(request, slot.scratch, slot.list);
    }
    ndcg[1] = judge(number, slot, slot.tallies[1]);
    return ndcg;
  }

  [[nodiscard]] History history_of(const ReplayList& list, std::size_t period, HistoryBuffers& buffers) const {
    if (config_.protocol == Protocol::period && config_.histories == Histories::frozen) {
      return frozen_history(model_, positions_, list.user);
    }
    const auto& log = timeline_.events();
    const auto moment = config_.protocol == Protocol::next ? log.time[list.event] : timeline_.start_of(period);
    return live_history(model_, positions_, log, list.user, lists_.history_of(list), moment, buffers);
  }

  /// The nDCG of the list in the slot, which is counted.
  [[nodiscard]] double judge(std::size_t number, ReplaySlot& slot, PeriodTally& tally) const {
    const UserIx user = lists_.lists[number].user;
    const auto relevant = lists_.relevant_of(number);
    for (const ItemIx item : relevant) {
      tally.count_pair(item, user, &SliceCount::relevant);
    }
    slot.hits.clear();
    for (const auto& entry : slot.list) {
      tally.count_entry(entry.item);
      const ItemIx item(positions_.in_timeline(entry.item));
      const bool found = std::binary_search(relevant.begin(), relevant.end(), item);
      slot.hits.push_back(found ? 1 : 0);
      if (found) {
        tally.count_pair(item, user, &SliceCount::hits);
      }
    }
    return ndcg({.hits = slot.hits, .relevant = relevant.size()}, config_.n);
  }

  [[nodiscard]] Allowed allowed_in(std::size_t period) const {
    const auto births = timeline_.item_births();
    const auto start = timeline_.start_of(period);
    const auto end = timeline_.start_of(period + 1);
    if (!offers_.from.empty()) {
      const auto is_listed = [&](ItemIx item) { return offers_.from[item.value] < end; };
      return {.all = positions_.items_where(is_listed), .live = positions_.items_where([&](ItemIx item) {
                return is_listed(item) && offers_.until[item.value] > start;
              })};
    }
    // Not what begins to sell in this very period: to know that would be to know what will be sold.
    return {.all = positions_.items_where([&](ItemIx item) { return births[item.value] < period; }),
            .live = positions_.items_where([&](ItemIx item) { return lists_.is_recent(item, period); })};
  }

  /// @param first_times how often each item was recommended in the first period with recommendations, once there was
  /// one.
  [[nodiscard]] static PeriodScores summarise(const PeriodTally& tally, const std::vector<double>& ndcg,
                                              std::vector<std::uint64_t>& first_times) {
    const auto times = tally.times();
    PeriodScores scores{.lists = ndcg.size(),
                        .ndcg = std::accumulate(ndcg.begin(), ndcg.end(), 0.0),
                        .slices = tally.slices(),
                        .coverage = coverage(times),
                        .gini = gini(times)};
    if (std::all_of(times.begin(), times.end(), [](std::uint64_t count) { return count == 0; })) {
      return scores;
    }
    if (first_times.empty()) {
      first_times.assign(times.begin(), times.end());
    } else {
      scores.divergence = jensen_shannon(first_times, times);
    }
    return scores;
  }

  const Timeline& timeline_;
  const ReplayConfig& config_;
  const ReplayLists& lists_;
  const Offers& offers_;
  const AnyModel& model_;
  ModelPositions positions_;
  bool ranks_apart_;
};

}  // namespace recocore::detail
