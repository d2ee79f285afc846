#pragma once

#include <optional>
#include <string>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/drift/replay.hpp>
#include <recocore/impl/core/text.hpp>
#include <recocore/impl/drift/replay_compare.hpp>
#include <recocore/impl/drift/replay_scorer.hpp>

namespace recocore {

namespace detail {

[[nodiscard]] inline std::uint64_t sum_of(const SliceCounts& slices, std::uint64_t SliceCount::* field) noexcept {
  std::uint64_t sum = 0;
  for (const auto& slice : slices) {
    sum += slice.*field;
  }
  return sum;
}

inline void check_offers(const IdMap& items, std::span<const std::int64_t> from, std::span<const std::int64_t> until) {
  if (from.size() != until.size() || (!from.empty() && from.size() != items.size())) {
    throw InvalidParameter("there are " + std::to_string(from.size()) + " instants from which and " +
                           std::to_string(until.size()) + " until which an item is on offer, for " +
                           count_text(items.size(), "item") + "; give both for every item, or none");
  }
  for (std::size_t item = 0; item < from.size(); ++item) {
    if (from[item] > until[item]) {
      throw InvalidParameter("item " + to_display(items.at(item)) + " is on offer until " +
                             std::to_string(until[item]) + ", but only from " + std::to_string(from[item]) +
                             " on; an item that never is has twice the same");
    }
  }
}

inline void check_first(const Timeline& timeline, const ReplayConfig& config) {
  if (config.first >= timeline.periods()) {
    throw InvalidParameter("the first period a model is fitted for is " + std::to_string(config.first) +
                           ", but there are only " + count_text(timeline.periods(), "period") +
                           "; take shorter periods or an earlier one");
  }
}

}  // namespace detail

RECOCORE_INLINE void ReplayConfig::validate() const {
  if (n < 1) {
    throw InvalidParameter("n, the length of the lists, must be at least 1; got 0");
  }
  if (first < 1) {
    throw InvalidParameter(
        "first, the first period a model is fitted for, must be at least 1; got 0, before which "
        "there are no events");
  }
}

RECOCORE_INLINE std::uint64_t PeriodScores::hits() const noexcept { return detail::sum_of(slices, &SliceCount::hits); }

RECOCORE_INLINE std::uint64_t PeriodScores::relevant() const noexcept {
  return detail::sum_of(slices, &SliceCount::relevant);
}

RECOCORE_INLINE Replay::Replay(const Timeline& timeline, const ReplayConfig& config,
                               std::span<const std::int64_t> offered_from, std::span<const std::int64_t> offered_until)
    : timeline_(&timeline),
      config_(config),
      offered_from_(offered_from.begin(), offered_from.end()),
      offered_until_(offered_until.begin(), offered_until.end()) {
  config.validate();
  detail::check_first(timeline, config);
  detail::check_offers(timeline.events().items, offered_from, offered_until);
  lists_ = std::make_shared<const detail::ReplayLists>(timeline, config);
}

RECOCORE_INLINE OriginScores Replay::score(const AnyModel& model, std::size_t origin, std::size_t ages,
                                           const RunOptions& options) const {
  if (origin < config_.first || origin >= timeline_->periods()) {
    throw InvalidParameter("the origin is period " + std::to_string(origin) + "; it must be at least " +
                           std::to_string(config_.first) + ", the first of the replay, and below " +
                           std::to_string(timeline_->periods()) + ", the number of periods");
  }
  if (ages < 1) {
    throw InvalidParameter("ages, how many periods are scored, must be at least 1; got 0");
  }
  const detail::Offers offers{.from = offered_from_, .until = offered_until_};
  return detail::ReplayScorer(*timeline_, config_, *lists_, offers, model).score(origin, ages, options);
}

RECOCORE_INLINE Replay::ListChange Replay::compare(const AnyModel& older, const AnyModel& newer, std::size_t period,
                                                   std::size_t most, const RunOptions& options) const {
  if (period >= timeline_->periods()) {
    throw InvalidParameter("period " + std::to_string(period) + " is not among the " +
                           detail::count_text(timeline_->periods(), "period") + " there are");
  }
  auto users = detail::users_of_period(*timeline_, period);
  detail::draw_entries(config_.seed, period, most, users);
  const detail::ListComparer comparer(*timeline_, config_, period, older, newer);
  std::vector<std::optional<detail::ListComparer::Likeness>> likeness(users.size());
  std::vector<detail::ListComparer::Slot> slots(parallel_slots(options));
  constexpr std::size_t grain = 16;
  parallel_for(users.size(), grain, options, "comparison", [&](std::size_t begin, std::size_t end, unsigned slot) {
    for (std::size_t user = begin; user < end; ++user) {
      likeness[user] = comparer.compare(users[user].user, slots[slot]);
    }
  });
  ListChange change;
  double jaccard = 0.0;
  double rbo = 0.0;
  for (const auto& of_user : likeness) {
    if (of_user) {
      ++change.lists;
      jaccard += of_user->jaccard;
      rbo += of_user->rbo;
    }
  }
  if (change.lists > 0) {
    change.jaccard = jaccard / static_cast<double>(change.lists);
    change.rbo = rbo / static_cast<double>(change.lists);
  }
  return change;
}

}  // namespace recocore
