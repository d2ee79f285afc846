/// What a model that was fitted once is worth, period after period.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <recocore/core/run_options.hpp>
#include <recocore/drift/timeline.hpp>
#include <recocore/rank/any_model.hpp>

namespace recocore {

namespace detail {
struct ReplayLists;
}  // namespace detail

/// What is foreseen of a period.
enum class Protocol : std::uint8_t {
  /// One list for each user of the period, made at its start; the user's items of the period are relevant.
  period,
  /// One list before each event of the period that is not the user's (session's) first of all: its item is relevant,
  /// and all the user did before it, also within the period, is the history. Events of one instant are in the order of
  /// the timeline.
  next,
};

/// What is known of a user when a list is made by a model of the past. Only for `Protocol::period`.
enum class Histories : std::uint8_t {
  frozen,  ///< what the model knew when it was fitted: lists as from a file
  /// All the user did before the period, given to the model as a history: events become weights as the model's own
  /// interactions came from theirs, seen from the moment of the list (the period's start, or the event).
  live,
};

struct ReplayConfig {
  std::size_t n = 10;
  /// Recommend nothing that is in the history, and expect nothing that the user had before the period (before the
  /// event, for `Protocol::next`).
  bool exclude_seen = true;
  Protocol protocol = Protocol::period;
  Histories histories = Histories::frozen;
  /// An item without an event in this many periods before a list is taken for retired by the filter; 0: `usual_gap` of
  /// what is before `first`.
  std::uint32_t retired_after = 0;
  /// The first period a model is fitted for: at least 1.
  std::size_t first = 1;
  /// Of a period with more lists than this, as many are drawn, the same for all models and whatever comes later. 0:
  /// all.
  std::uint64_t most_lists = 0;
  std::uint64_t seed = 0;

  /// @throws InvalidParameter.
  void validate() const;
};

/// Why an item of a period may be missed, seen from an origin. Each relevant pair is in exactly one, the first that
/// applies.
enum class Slice : std::uint8_t {
  new_items,  ///< the item's first event is not before the origin
  new_users,  ///< the user's first event is not before the origin
  warm,       ///< both were there
};
inline constexpr std::array<std::string_view, 3> slice_names{"new_items", "new_users", "warm"};

struct SliceCount {
  std::uint64_t relevant = 0;  ///< pairs that could be found
  std::uint64_t hits = 0;      ///< pairs that were in the list

  friend bool operator==(const SliceCount&, const SliceCount&) = default;
};
using SliceCounts = std::array<SliceCount, slice_names.size()>;

/// A model in one period. Only lists with something to find are made.
struct PeriodScores {
  std::uint64_t lists = 0;
  double ndcg = 0.0;  ///< summed over the lists
  SliceCounts slices{};
  double coverage = 0.0;  ///< of the items of the model, in the lists of this period
  double gini = 0.0;
  /// Jensen-Shannon divergence, in bits, of what was recommended in this period from what the same model recommended in
  /// the first one it served.
  double divergence = 0.0;

  [[nodiscard]] std::uint64_t hits() const noexcept;
  [[nodiscard]] std::uint64_t relevant() const noexcept;
  friend bool operator==(const PeriodScores&, const PeriodScores&) = default;
};

/// A model in the periods from the one it was fitted for: index = age in periods.
struct AgeScores {
  std::vector<PeriodScores> periods{};
  /// The fresh model, age 0, by slices as an older origin sees them: index = age of that origin, at least 0, down to
  /// the first period of the replay.
  std::vector<SliceCounts> fresh{};

  friend bool operator==(const AgeScores&, const AgeScores&) = default;
};

/// All about one model of one origin.
struct OriginScores {
  std::size_t origin = 0;
  AgeScores all{};   ///< whatever the model knows may be recommended
  AgeScores live{};  ///< only what is on offer
  /// For each age, list by list, whether there was a hit: what a shop sees of the model, a period later. Mixed within a
  /// period, since who comes early is not like who comes late. Of `all`.
  std::vector<std::vector<std::uint8_t>> outcomes{};
};

/// Scores models of the past on what came after them. The lists of one period are for the same users, with the same
/// relevant items, whatever the origin, so that sums are comparable.
class Replay {
 public:
  /// Without offers an item is recommended after the period of its first event only, even when the model's catalogue
  /// has it: to know what begins to sell in a period is to know what will be sold.
  /// @param timeline outlives the replay.
  /// @param offered_from, offered_until for each item of the timeline the instants [from, until) in microseconds
  ///        between which it is on offer, where the shop knows: it is so in each period that has one of them; `all`
  ///        begins with the first of these. Empty: judged by the events; an item is on offer as long as `retired_after`
  ///        says.
  /// @throws InvalidParameter a bad configuration, no period from `first` on, offers that are not those of the items.
  Replay(const Timeline& timeline, const ReplayConfig& config, std::span<const std::int64_t> offered_from = {},
         std::span<const std::int64_t> offered_until = {});
  Replay(Timeline&& timeline, const ReplayConfig& config, std::span<const std::int64_t> offered_from = {},
         std::span<const std::int64_t> offered_until = {}) = delete;

  /// @param model fitted on events before period `origin` only.
  /// @param ages how many periods are scored at most, from the origin on.
  /// The same for any number of threads. O(lists x what a list takes), which grows with the user's events where
  /// histories are live; a second one is made only where the first has an
  /// item that is not on offer.
  /// @throws InvalidParameter an origin before the first or after the last period, no ages; IdTypeError; Cancelled,
  ///         DeadlineExceeded.
  [[nodiscard]] OriginScores score(const AnyModel& model, std::size_t origin, std::size_t ages,
                                   const RunOptions& options = {}) const;

  struct ListChange {
    std::uint64_t lists = 0;  ///< of users the older model knew something of
    double jaccard = 1.0;
    double rbo = 1.0;
  };
  /// Lists of the users of a period (a sample of `most` of them, the same for every model; 0: all) by two models, with
  /// what the `older` knew of them as the history: the mean Jaccard similarity and rank-biased overlap (p = 0.9) of the
  /// two. Both may recommend what has its first event before this period.
  /// @throws InvalidParameter no such period; IdTypeError; Cancelled, DeadlineExceeded.
  [[nodiscard]] ListChange compare(const AnyModel& older, const AnyModel& newer, std::size_t period, std::size_t most,
                                   const RunOptions& options = {}) const;

  [[nodiscard]] const ReplayConfig& config() const noexcept { return config_; }

 private:
  const Timeline* timeline_;
  ReplayConfig config_;
  std::vector<std::int64_t> offered_from_{};
  std::vector<std::int64_t> offered_until_{};
  std::shared_ptr<const detail::ReplayLists> lists_;
};

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/drift/replay_inl.hpp>
#endif
