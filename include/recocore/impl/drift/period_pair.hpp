/// Two periods, what each user did in them, and how they differ when what users did is swapped.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include <recocore/core/random.hpp>
#include <recocore/drift/input_drift.hpp>
#include <recocore/drift/timeline.hpp>

namespace recocore::detail {

/// The n-th number of the stream of a seed, in [0, 1).
[[nodiscard]] inline double nth_uniform(std::uint64_t seed, std::uint64_t n) noexcept {
  return Random(seed + n * 0x9E3779B97F4A7C15ULL).uniform();
}

/// The first event of each user (item) among these, in the order of time: a name that no other future changes, as the
/// position among all users would. Those without are left at 0. @param column the events up to the period looked at.
template <class Ix>
[[nodiscard]] std::vector<std::uint64_t> first_events(std::span<const Ix> column, std::size_t size) {
  std::vector<std::uint64_t> first(size);
  for (std::size_t event = column.size(); event-- > 0;) {
    first[column[event].value] = event;
  }
  return first;
}

/// How the events of two periods differ; in each more is more.
struct Differences {
  double disorder = 0.0;  ///< 1 - rank-biased overlap
  double stability = 0.0;
  double deaths = 0.0;
};

struct EventOfUser {
  std::uint64_t user = 0;  ///< the user's first event
  std::uint32_t item = 0;
  std::int64_t time = 0;

  friend auto operator<=>(const EventOfUser&, const EventOfUser&) = default;
};

[[nodiscard]] inline std::vector<EventOfUser> events_by_user(const Timeline& timeline, std::size_t period,
                                                             std::span<const std::uint64_t> names) {
  const auto begin = static_cast<std::size_t>(timeline.offsets()[period]);
  const auto end = static_cast<std::size_t>(timeline.offsets()[period + 1]);
  std::vector<EventOfUser> events;
  events.reserve(end - begin);
  for (std::size_t event = begin; event < end; ++event) {
    events.push_back({names[timeline.events().user[event].value], timeline.events().item[event].value,
                      timeline.events().time[event]});
  }
  std::sort(events.begin(), events.end());
  return events;
}

/// Leaves each basket (the events of a user at one instant) with this probability.
inline void thin_out(std::vector<EventOfUser>& events, double share, std::uint64_t seed) {
  std::erase_if(events, [share, seed](const EventOfUser& event) {
    const auto of_user = Random(seed ^ event.user).next();
    return nth_uniform(of_user, static_cast<std::uint64_t>(event.time)) >= share;
  });
}

/// What a thread keeps.
struct PairScratch {
  std::vector<std::uint32_t> reference{};
  std::vector<std::uint32_t> period{};
  std::vector<std::uint32_t> places{};
  std::vector<std::uint32_t> reference_order{};
  std::vector<std::uint32_t> period_order{};
  std::vector<std::uint8_t> met{};
};

/// The positions of the counts above 0, the greatest first, equal ones in ascending order; the first `depth` of them.
/// O(counts + greatest count).
inline void order_by_count(std::span<const std::uint32_t> counts, std::size_t depth, std::vector<std::uint32_t>& places,
                           std::vector<std::uint32_t>& order) {
  const auto most = counts.empty() ? 0U : *std::max_element(counts.begin(), counts.end());
  places.assign(std::size_t{most} + 2, 0);
  for (const auto count : counts) {
    ++places[count];
  }
  // Where those of a count begin: behind all that have more.
  std::uint32_t behind = 0;
  std::uint32_t least = most + 1;
  for (std::uint32_t count = most; count > 0 && behind < depth; --count) {
    behind += std::exchange(places[count], behind);
    least = count;
  }
  order.resize(behind);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] >= least) {
      order[places[counts[i]]++] = static_cast<std::uint32_t>(i);
    }
  }
  order.resize(std::min(order.size(), depth));
}

/// The sums that eq. 32 of Webber, Moffat and Zobel (2010) is made of, taken up depth by depth.
class RankBiasedSum {
 public:
  RankBiasedSum(double p, std::size_t shorter, std::size_t longer) noexcept
      : p_(p), shorter_(static_cast<double>(shorter)), longer_(static_cast<double>(longer)) {}

  /// @param overlap of the first `depth + 1` of both lists, where both or the longer one have as many.
  void add(double overlap) noexcept {
    depth_ += 1.0;
    power_ *= p_;
    overlap_ = overlap;
    if (depth_ <= shorter_) {
      at_shorter_ = overlap;
    }
    const double beyond = depth_ > shorter_ ? at_shorter_ * (depth_ - shorter_) / shorter_ : 0.0;
    sum_ += (overlap + beyond) / depth_ * power_;
  }

  [[nodiscard]] double value() const noexcept {
    const double tail = ((overlap_ - at_shorter_) / longer_ + at_shorter_ / shorter_) * power_;
    return std::clamp((1.0 - p_) / p_ * sum_ + tail, 0.0, 1.0);
  }

 private:
  double p_;
  double shorter_;
  double longer_;
  double depth_ = 0.0;
  double power_ = 1.0;
  double overlap_ = 0.0;
  double at_shorter_ = 0.0;
  double sum_ = 0.0;
};

/// Of lists without an item twice, both of positions below met.size(), which is all 0 and is left so.
[[nodiscard]] inline double overlap_of(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b, double p,
                                       std::vector<std::uint8_t>& met) {
  if (a.empty() || b.empty()) {
    return a.empty() && b.empty() ? 1.0 : 0.0;
  }
  const auto& longer = a.size() < b.size() ? b : a;
  const auto& shorter = a.size() < b.size() ? a : b;
  RankBiasedSum sum(p, shorter.size(), longer.size());
  std::size_t overlap = 0;
  for (std::size_t d = 0; d < longer.size(); ++d) {
    overlap += std::exchange(met[longer[d]], std::uint8_t{1});
    if (d < shorter.size()) {
      overlap += std::exchange(met[shorter[d]], std::uint8_t{1});
    }
    sum.add(static_cast<double>(overlap));
  }
  for (const auto& list : {a, b}) {
    for (const auto item : list) {
      met[item] = 0;
    }
  }
  return sum.value();
}

/// By bins of the items of the reference, most popular first as in `scratch.reference_order`, and one of all others.
[[nodiscard]] inline double stability_of(const InputDriftConfig& config, std::uint64_t in_reference,
                                         std::uint64_t in_period, const PairScratch& scratch) {
  std::vector<std::uint64_t> a(std::size_t{config.bins} + 1);
  std::vector<std::uint64_t> b(a.size());
  std::uint64_t before = 0;
  std::uint64_t known = 0;
  for (const auto item : scratch.reference_order) {
    const auto bin = static_cast<std::size_t>(before * config.bins / in_reference);
    a[bin] += scratch.reference[item];
    b[bin] += scratch.period[item];
    before += scratch.reference[item];
    known += scratch.period[item];
  }
  b.back() = in_period - known;
  return population_stability(a, b);
}

/// @param scratch with the counts of each item in the reference and in the period.
[[nodiscard]] inline Differences differences_of(const InputDriftConfig& config, PairScratch& scratch) {
  std::uint64_t in_reference = 0;
  std::uint64_t in_period = 0;
  std::uint64_t dead = 0;
  for (std::size_t i = 0; i < scratch.reference.size(); ++i) {
    in_reference += scratch.reference[i];
    in_period += scratch.period[i];
    dead += scratch.period[i] == 0 ? scratch.reference[i] : 0;
  }
  // What is deeper weighs less than a millionth.
  const auto depth = static_cast<std::size_t>(std::ceil(std::log(1e-6) / std::log(config.rbo_persistence)));
  order_by_count(scratch.reference, scratch.reference.size(), scratch.places, scratch.reference_order);
  order_by_count(scratch.period, depth, scratch.places, scratch.period_order);
  const std::span<const std::uint32_t> order(scratch.reference_order);
  scratch.met.resize(std::max(scratch.met.size(), scratch.reference.size()));
  return {.disorder = 1.0 - overlap_of(order.first(std::min(depth, order.size())), scratch.period_order,
                                       config.rbo_persistence, scratch.met),
          .stability = stability_of(config, in_reference, in_period, scratch),
          .deaths = static_cast<double>(dead) / static_cast<double>(std::max<std::uint64_t>(1, in_reference))};
}

class PeriodPair {
 public:
  /// Both sorted.
  PeriodPair(std::span<const EventOfUser> reference, std::span<const EventOfUser> period,
             const InputDriftConfig& config)
      : config_(config) {
    number_items(reference, period);
    pair_users(reference, period);
  }

  [[nodiscard]] Differences observed(PairScratch& scratch) const {
    return differences([](const UserEvents&) { return true; }, scratch);
  }

  [[nodiscard]] Differences permuted(std::uint64_t seed, PairScratch& scratch) const {
    return differences([seed](const UserEvents& user) { return nth_uniform(seed, user.user) < 0.5; }, scratch);
  }

 private:
  /// Their places among the items of the events of either period.
  struct UserEvents {
    std::uint64_t user = 0;
    std::uint32_t reference_begin = 0;
    std::uint32_t reference_end = 0;
    std::uint32_t period_begin = 0;
    std::uint32_t period_end = 0;
  };

  void number_items(std::span<const EventOfUser> reference, std::span<const EventOfUser> period) {
    std::vector<std::uint32_t> items;
    items.reserve(reference.size() + period.size());
    for (const auto& events : {reference, period}) {
      for (const auto& event : events) {
        items.push_back(event.item);
      }
    }
    std::vector<std::uint32_t> known = items;
    std::sort(known.begin(), known.end());
    known.erase(std::unique(known.begin(), known.end()), known.end());
    total_.assign(known.size(), 0);
    for (auto& item : items) {
      item = static_cast<std::uint32_t>(std::lower_bound(known.begin(), known.end(), item) - known.begin());
      ++total_[item];
    }
    items_ = std::move(items);
  }

  void pair_users(std::span<const EventOfUser> reference, std::span<const EventOfUser> period) {
    const auto behind = static_cast<std::uint32_t>(reference.size());
    std::uint32_t r = 0;
    std::uint32_t p = 0;
    while (r < reference.size() || p < period.size()) {
      const bool no_reference = r == reference.size() || (p < period.size() && period[p].user < reference[r].user);
      UserEvents user{
          .user = no_reference ? period[p].user : reference[r].user, .reference_begin = r, .period_begin = behind + p};
      while (r < reference.size() && reference[r].user == user.user) {
        ++r;
      }
      while (p < period.size() && period[p].user == user.user) {
        ++p;
      }
      user.reference_end = r;
      user.period_end = behind + p;
      users_.push_back(user);
    }
  }

  template <class Stays>
  void count(const Stays& stays_where_it_is, PairScratch& scratch) const {
    scratch.period.assign(total_.size(), 0);
    for (const UserEvents& user : users_) {
      const bool stay = stays_where_it_is(user);
      const std::uint32_t end = stay ? user.period_end : user.reference_end;
      for (std::uint32_t event = stay ? user.period_begin : user.reference_begin; event < end; ++event) {
        ++scratch.period[items_[event]];
      }
    }
    scratch.reference.resize(total_.size());
    std::transform(total_.begin(), total_.end(), scratch.period.begin(), scratch.reference.begin(), std::minus<>{});
  }

  template <class Stays>
  [[nodiscard]] Differences differences(const Stays& stays_where_it_is, PairScratch& scratch) const {
    count(stays_where_it_is, scratch);
    return differences_of(config_, scratch);
  }

  InputDriftConfig config_;
  /// Of the events of the reference, by user, then of those of the period.
  std::vector<std::uint32_t> items_{};
  std::vector<std::uint32_t> total_{};
  std::vector<UserEvents> users_{};
};

}  // namespace recocore::detail
