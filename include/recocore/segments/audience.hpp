/// Whom to tell about an item.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <recocore/core/bit_set.hpp>
#include <recocore/core/index.hpp>
#include <recocore/core/ranking.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/rank/any_model.hpp>

namespace recocore {

/// How much an item means to a user: with his score s of it, and b the score of the m-th best *other* item that he does
/// not have (of the last one, where the model scores fewer for him),
///
///   meaning = s / (s + b),      1 where there is no other.
///
/// By Luce's choice axiom (1959; Bradley, Terry 1952) it is the probability that he takes this item when he can choose
/// between it and that alternative. With m others, above 1/2 only for one of the first m of his list, below only for
/// the rest. It has no unit: whoever has a long history or large weights, and so large scores throughout, gains nothing
/// by it.
[[nodiscard]] inline float meaning_of(float score, float alternative) noexcept {
  const auto s = static_cast<double>(score);
  return static_cast<float>(s / (s + static_cast<double>(alternative)));
}

/// For each user what an item has to stand up to. Made once for a model and kept: 16 bytes a user. Immutable.
class AudienceBars {
 public:
  /// One list a user. The same bytes for any number of threads.
  /// @param alternative m, at least 1. @throws InvalidParameter; Cancelled, DeadlineExceeded, MemoryLimitExceeded.
  [[nodiscard]] static AudienceBars of(const AnyModel& model, std::size_t alternative = 10, const RunOptions& run = {});

  [[nodiscard]] std::size_t alternative() const noexcept { return alternative_; }
  /// Users there were when these were made.
  [[nodiscard]] std::size_t users() const noexcept { return bars_.size(); }

  /// b, for a user below `users()` and an item that has this score, above 0, for him; 0 when there is no alternative.
  [[nodiscard]] float beside(UserIx user, ScoredItem item) const noexcept {
    return bars_[user.value].beside(item, item.index.value < items_);
  }

  /// The end of somebody's first m + 1 items. The item that is judged may be one of them.
  struct Bar {
    ScoredItem last{};          ///< a score of 0 when there is none
    float last_but_one = 0.0F;  ///< 0 when there is none
    bool is_complete = false;   ///< there are m + 1

    /// @param was_there whether the item could have been among them.
    [[nodiscard]] float beside(ScoredItem item, bool was_there) const noexcept {
      const bool judges_last = was_there ? ranks_before(item, last) : !is_complete;
      return judges_last ? last.score : last_but_one;
    }
  };

 private:
  AudienceBars(std::size_t alternative, std::size_t items, std::vector<Bar> bars) noexcept
      : alternative_(alternative), items_(items), bars_(std::move(bars)) {}

  std::size_t alternative_;
  std::size_t items_;
  std::vector<Bar> bars_;
};

/// Who may be told at all. Whoever has the item already never is, nor a retired user.
struct AudienceFilter {
  /// Only these, of positions in the model's `users()`, if there is such a set. It may be shorter than those.
  const BitSet* allowed = nullptr;
  /// How many messages each user has had lately. Empty: none; it may be shorter than the users.
  std::span<const std::uint32_t> told{};
  /// Who has had as many is not told again. 0: no limit.
  std::uint32_t most_messages = 0;
  /// Items a user must have.
  std::size_t min_history = 0;

  /// How many more messages a user may have, at most `most`.
  [[nodiscard]] std::uint32_t room_of(const AnyModel& model, UserIx user, std::uint32_t most) const noexcept;
};

struct AudienceOptions {
  std::size_t n = 10;
  AudienceFilter filter{};
  /// Also where the item would be in the list of each member, which costs a list each.
  bool ranks = true;

  /// @throws InvalidParameter when n is 0.
  void validate() const;
};

/// A user who may be told about an item.
struct Addressee {
  UserIx user{};
  float meaning = 0.0F;
  float score = 0.0F;
  /// The place of the item in the user's list of all items he does not have, from 1. 0: not asked for.
  std::uint32_t rank = 0;
  /// How many items of his this rests on.
  std::uint32_t evidence = 0;

  friend bool operator==(const Addressee&, const Addressee&) = default;
};

/// The users an item means most to, by meaning, ties by position; an item of a catalogue that nobody has as well.
/// Users to whom the model has nothing to say about it are left out, so there may be fewer than n.
///
/// One pass over the users, each a ranking of a single item, then a list for each member. The same bytes for any number
/// of threads.
/// @param bars of this model, or of the one it was before items or users were added; for users it lacks they are made.
/// @throws InvalidParameter n = 0, an item outside the model or a retired one; Cancelled, DeadlineExceeded.
[[nodiscard]] std::vector<Addressee> audience(const AnyModel& model, ItemIx item, const AudienceBars& bars,
                                              const AudienceOptions& options = {}, const RunOptions& run = {});

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/segments/audience_inl.hpp>
#endif
