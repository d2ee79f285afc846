/// Whether the items' shares of the events of a period are those of the reference, by users.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <recocore/drift/timeline.hpp>
#include <recocore/impl/drift/period_pair.hpp>

namespace recocore::detail {

/// Sum over items of (p_i - q_i)^2 / (n_i / n), p and q the shares of the events in the reference and in the period and
/// n_i the events in both: Pearson's chi-square up to a factor, to which the Jensen-Shannon divergence tends for p near
/// q. Its null distribution: each user's part of all p_i - q_i changes its sign at random, as one (the wild bootstrap,
/// clustered by users).
class ShareShift {
 public:
  /// @param names of the users, as `first_events` gives them.
  ShareShift(const Timeline& timeline, std::span<const std::uint64_t> names, std::size_t reference_begin,
             std::size_t origin, std::size_t period)
      : reference_(timeline.events().items.size()),
        period_(reference_.size()),
        item_place_(reference_.size(), absent),
        user_place_(timeline.events().users.size(), absent) {
    const auto add = [&](std::size_t from, std::size_t until, std::vector<std::uint32_t>& counts) {
      const auto end = static_cast<std::size_t>(timeline.offsets()[until]);
      for (auto event = static_cast<std::size_t>(timeline.offsets()[from]); event < end; ++event) {
        const auto item = timeline.events().item[event].value;
        const auto user = timeline.events().user[event].value;
        ++counts[item];
        items_.push_back(place_of(item, item_place_, known_items_));
        users_.push_back(place_of(user, user_place_, known_users_));
      }
    };
    add(reference_begin, origin, reference_);
    in_reference_ = items_.size();
    add(period, period + 1, period_);
    total_.assign(known_items_.size(), 0.0);
    for (const auto place : items_) {
      total_[place] += 1.0;
    }
    names_.reserve(known_users_.size());
    for (const auto user : known_users_) {
      names_.push_back(names[user]);
    }
  }

  [[nodiscard]] bool empty() const noexcept { return in_reference_ == 0 || in_reference_ == items_.size(); }
  /// Of each item of the timeline.
  [[nodiscard]] std::span<const std::uint32_t> reference() const noexcept { return reference_; }
  [[nodiscard]] std::span<const std::uint32_t> period() const noexcept { return period_; }

  struct Scratch {
    std::vector<std::int64_t> signs{};
    std::vector<std::int64_t> shift{};
  };

  /// Its value, and the sum of the squares it is the rest of: what the value is rounded by goes with that.
  struct Statistic {
    double value = 0.0;
    double squares = 0.0;
  };

  [[nodiscard]] Statistic observed(Scratch& scratch) const {
    scratch.signs.assign(known_users_.size(), 1);
    return statistic(scratch);
  }

  [[nodiscard]] Statistic permuted(std::uint64_t seed, Scratch& scratch) const {
    scratch.signs.clear();
    scratch.signs.reserve(names_.size());
    for (const auto name : names_) {
      scratch.signs.push_back(nth_uniform(seed, name) < 0.5 ? 1 : -1);
    }
    return statistic(scratch);
  }

 private:
  static constexpr std::uint32_t absent = 0xFFFF'FFFFU;

  [[nodiscard]] static std::uint32_t place_of(std::uint32_t value, std::vector<std::uint32_t>& places,
                                              std::vector<std::uint32_t>& known) {
    if (places[value] == absent) {
      places[value] = static_cast<std::uint32_t>(known.size());
      known.push_back(value);
    }
    return places[value];
  }

  /// Times the square of the product of both numbers of events: so that sums are of integers.
  [[nodiscard]] Statistic statistic(Scratch& scratch) const {
    scratch.shift.assign(known_items_.size(), 0);
    const auto of_reference = static_cast<std::int64_t>(items_.size() - in_reference_);
    const auto of_period = -static_cast<std::int64_t>(in_reference_);
    for (std::size_t event = 0; event < items_.size(); ++event) {
      scratch.shift[items_[event]] += scratch.signs[users_[event]] * (event < in_reference_ ? of_reference : of_period);
    }
    double squares = 0.0;
    std::int64_t all = 0;
    for (std::size_t i = 0; i < scratch.shift.size(); ++i) {
      const auto shift = static_cast<double>(scratch.shift[i]);
      squares += shift * shift / total_[i];
      all += scratch.shift[i];
    }
    // Less what comes of the sums of the signed shares not being 0.
    const auto sum = static_cast<double>(all);
    return {.value = squares - sum * sum / static_cast<double>(items_.size()), .squares = squares};
  }

  std::vector<std::uint32_t> reference_;
  std::vector<std::uint32_t> period_;
  std::vector<std::uint32_t> item_place_;
  std::vector<std::uint32_t> user_place_;
  std::vector<std::uint32_t> known_items_{};
  std::vector<std::uint32_t> known_users_{};
  std::vector<std::uint64_t> names_{};
  /// Of the events of the reference, then of those of the period.
  std::vector<std::uint32_t> items_{};
  std::vector<std::uint32_t> users_{};
  std::size_t in_reference_ = 0;
  std::vector<double> total_{};
};

}  // namespace recocore::detail
