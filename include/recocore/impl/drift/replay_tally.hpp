/// What is counted of the lists of a replay.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include <recocore/drift/replay.hpp>

namespace recocore::detail {

[[nodiscard]] constexpr std::size_t slice_index(Slice slice) noexcept { return static_cast<std::size_t>(slice); }

/// What is counted of the lists of a period, of one variant.
class PeriodTally {
 public:
  PeriodTally() = default;
  PeriodTally(const Timeline& timeline, std::size_t model_items) : timeline_(&timeline), times_(model_items) {}

  /// @param as_if how many older origins, beside its own, see the model.
  void start(std::size_t period, std::size_t origin, std::size_t as_if) {
    period_ = period;
    origin_ = origin;
    std::fill(times_.begin(), times_.end(), std::uint64_t{0});
    slices_ = {};
    steps_.assign(as_if > 0 ? as_if + 1 : 0, {});
  }

  void count_entry(ItemIx model_item) noexcept { ++times_[model_item.value]; }

  /// @param field what to count: the pair is relevant, or was found.
  void count_pair(ItemIx item, UserIx user, std::uint64_t SliceCount::* field) {
    const std::size_t item_birth = timeline_->item_births()[item.value];
    const std::size_t user_birth = timeline_->user_births()[user.value];
    const Slice slice = item_birth >= origin_   ? Slice::new_items
                        : user_birth >= origin_ ? Slice::new_users
                                                : Slice::warm;
    ++(slices_[slice_index(slice)].*field);
    if (steps_.empty()) {
      return;
    }
    // New to the origins of this age and above.
    const std::size_t ages = steps_.size() - 1;
    const std::size_t new_item = std::min(ages, period_ - item_birth);
    const std::size_t new_user = std::min(new_item, period_ - user_birth);
    count_steps(Slice::warm, 0, new_user, field);
    count_steps(Slice::new_users, new_user, new_item, field);
    count_steps(Slice::new_items, new_item, ages, field);
  }

  void add(const PeriodTally& other) {
    const auto add_slices = [](SliceCounts& to, const SliceCounts& from) {
      for (std::size_t slice = 0; slice < to.size(); ++slice) {
        to[slice].relevant += from[slice].relevant;
        to[slice].hits += from[slice].hits;
      }
    };
    std::transform(times_.begin(), times_.end(), other.times_.begin(), times_.begin(), std::plus<>{});
    add_slices(slices_, other.slices_);
    for (std::size_t age = 0; age < steps_.size(); ++age) {
      add_slices(steps_[age], other.steps_[age]);
    }
  }

  /// How often each item of the model was recommended.
  [[nodiscard]] std::span<const std::uint64_t> times() const noexcept { return times_; }
  [[nodiscard]] const SliceCounts& slices() const noexcept { return slices_; }

  /// By the age of the origin that looks.
  [[nodiscard]] std::vector<SliceCounts> by_age() const {
    auto sums = steps_;
    for (std::size_t age = 1; age < sums.size(); ++age) {
      for (std::size_t slice = 0; slice < sums[age].size(); ++slice) {
        sums[age][slice].relevant += sums[age - 1][slice].relevant;
        sums[age][slice].hits += sums[age - 1][slice].hits;
      }
    }
    if (!sums.empty()) {
      sums.pop_back();
    }
    return sums;
  }

 private:
  void count_steps(Slice slice, std::size_t from, std::size_t until, std::uint64_t SliceCount::* field) {
    if (from < until) {
      ++(steps_[from][slice_index(slice)].*field);
      --(steps_[until][slice_index(slice)].*field);  // modulo 2^64, which the running sums undo
    }
  }

  const Timeline* timeline_ = nullptr;
  std::size_t period_ = 0;
  std::size_t origin_ = 0;
  std::vector<std::uint64_t> times_{};
  SliceCounts slices_{};
  /// By how much the counts of an age differ from those of the age before.
  std::vector<SliceCounts> steps_{};
};

}  // namespace recocore::detail
