#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/core/random.hpp>
#include <recocore/drift/input_drift.hpp>
#include <recocore/impl/core/slots.hpp>
#include <recocore/impl/core/text.hpp>
#include <recocore/impl/drift/newborns.hpp>
#include <recocore/impl/drift/period_pair.hpp>
#include <recocore/impl/drift/share_shift.hpp>

namespace recocore {

namespace detail {

inline void require_same_length(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b) {
  if (a.size() != b.size() || a.empty()) {
    throw InvalidParameter("two distributions are compared by counts of the same things; got " +
                           count_text(a.size(), "count") + " and " + count_text(b.size(), "count"));
  }
}

[[nodiscard]] inline double total_count(std::span<const std::uint64_t> counts) noexcept {
  return std::accumulate(counts.begin(), counts.end(), 0.0,
                         [](double sum, std::uint64_t count) { return sum + static_cast<double>(count); });
}

/// x log2(x / mean), 0 for x = 0.
[[nodiscard]] inline double relative_entropy(double x, double mean) noexcept {
  return x > 0.0 ? x * std::log2(x / mean) : 0.0;
}

struct RankedItem {
  std::uint32_t item = 0;
  std::uint32_t depth = 0;

  friend auto operator<=>(const RankedItem&, const RankedItem&) = default;
};

[[nodiscard]] inline std::vector<RankedItem> ranks_by_item(std::span<const std::uint32_t> list) {
  std::vector<RankedItem> ranks;
  ranks.reserve(list.size());
  for (std::size_t depth = 0; depth < list.size(); ++depth) {
    ranks.push_back({list[depth], static_cast<std::uint32_t>(depth)});
  }
  std::sort(ranks.begin(), ranks.end());
  const auto twice = std::adjacent_find(ranks.begin(), ranks.end(),
                                        [](const RankedItem& x, const RankedItem& y) { return x.item == y.item; });
  if (twice != ranks.end()) {
    throw InvalidParameter("item " + count_text(twice->item) +
                           " is twice in a ranking; rank-biased overlap needs each once");
  }
  return ranks;
}

}  // namespace detail

RECOCORE_INLINE double jensen_shannon(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b) {
  detail::require_same_length(a, b);
  const double n_a = detail::total_count(a);
  const double n_b = detail::total_count(b);
  if (n_a <= 0.0 || n_b <= 0.0) {
    throw InvalidParameter("a distribution needs at least one count; one of the two has none");
  }
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double p = static_cast<double>(a[i]) / n_a;
    const double q = static_cast<double>(b[i]) / n_b;
    const double mean = (p + q) / 2.0;
    sum += (detail::relative_entropy(p, mean) + detail::relative_entropy(q, mean)) / 2.0;
  }
  return std::clamp(sum, 0.0, 1.0);
}

RECOCORE_INLINE double population_stability(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b,
                                            double pseudo) {
  detail::require_same_length(a, b);
  if (!(pseudo > 0.0) || !std::isfinite(pseudo)) {
    throw InvalidParameter("pseudo, what each count is raised by, must be finite and above 0; got " +
                           detail::number_text(pseudo));
  }
  const double raised = pseudo * static_cast<double>(a.size());
  const double n_a = detail::total_count(a) + raised;
  const double n_b = detail::total_count(b) + raised;
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double p = (static_cast<double>(a[i]) + pseudo) / n_a;
    const double q = (static_cast<double>(b[i]) + pseudo) / n_b;
    sum += (p - q) * std::log(p / q);
  }
  return sum;
}

RECOCORE_INLINE double rank_biased_overlap(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b,
                                           double p) {
  if (!(p > 0.0 && p < 1.0)) {
    throw InvalidParameter("the persistence of rank-biased overlap must be between 0 and 1, both excluded; got " +
                           detail::number_text(p));
  }
  const auto in_a = detail::ranks_by_item(a);
  const auto in_b = detail::ranks_by_item(b);
  if (a.empty() || b.empty()) {
    return a.empty() && b.empty() ? 1.0 : 0.0;
  }
  // From which depth on an item is in both.
  const std::size_t longer = std::max(a.size(), b.size());
  std::vector<double> more(longer, 0.0);
  for (auto x = in_a.begin(), y = in_b.begin(); x != in_a.end() && y != in_b.end();) {
    if (x->item == y->item) {
      more[std::max(x->depth, y->depth)] += 1.0;
      ++x;
      ++y;
    } else if (x->item < y->item) {
      ++x;
    } else {
      ++y;
    }
  }
  detail::RankBiasedSum sum(p, std::min(a.size(), b.size()), longer);
  double overlap = 0.0;
  for (const double new_ones : more) {
    overlap += new_ones;
    sum.add(overlap);
  }
  return sum.value();
}

RECOCORE_INLINE void InputDriftConfig::validate() const {
  if (reference < 1) {
    throw InvalidParameter("reference, the number of periods before the origin, must be at least 1; got 0");
  }
  if (!(rate > 0.0 && rate < 1.0)) {
    throw InvalidParameter("rate, of false alarms, must be between 0 and 1, both excluded; got " +
                           detail::number_text(rate));
  }
  if ((static_cast<double>(permutations) + 1.0) * rate < 1.0) {
    throw InvalidParameter(detail::count_text(permutations, "permutation") + " can give no p-value of " +
                           detail::number_text(rate) + "; (permutations + 1) * rate must be at least 1");
  }
  if (bins < 2 || bins > 10'000) {
    throw InvalidParameter("bins must be between 2 and 10,000; got " + detail::count_text(bins));
  }
  if (!(rbo_persistence > 0.0 && rbo_persistence < 1.0)) {
    throw InvalidParameter("rbo_persistence must be between 0 and 1, both excluded; got " +
                           detail::number_text(rbo_persistence));
  }
}

namespace detail {

/// Of the events of a period, those with what was born in or after the origin.
template <class Ix>
[[nodiscard]] double share_born_since(std::span<const Ix> column, std::span<const std::uint32_t> births,
                                      std::size_t origin) {
  const auto born = std::count_if(column.begin(), column.end(), [&](Ix ix) { return births[ix.value] >= origin; });
  return static_cast<double>(born) / static_cast<double>(column.size());
}

/// How a period differs from the reference as a whole.
inline void describe_change(const ShareShift& shares, const InputDriftConfig& config, PairScratch& scratch,
                            InputDrift& result) {
  const auto& reference = shares.reference();
  const auto& period = shares.period();
  result.jensen_shannon = jensen_shannon(std::vector<std::uint64_t>(reference.begin(), reference.end()),
                                         std::vector<std::uint64_t>(period.begin(), period.end()));
  scratch.reference.assign(reference.begin(), reference.end());
  scratch.period.assign(period.begin(), period.end());
  const auto differences = differences_of(config, scratch);
  result.rank_overlap = 1.0 - differences.disorder;
  result.population_stability = differences.stability;
  result.deaths = differences.deaths;
}

/// One permutation: which statistics are as extreme, in the order of the p-values.
using Extremes = std::array<std::uint8_t, 6>;

/// The periods of a reference as one: of each user the events of one of them, drawn at random.
[[nodiscard]] inline std::vector<EventOfUser> one_reference(const Timeline& timeline,
                                                            std::span<const std::uint64_t> names, std::size_t begin,
                                                            std::size_t origin, std::uint64_t seed) {
  std::vector<EventOfUser> events;
  for (std::size_t p = begin; p < origin; ++p) {
    for (const auto& event : events_by_user(timeline, p, names)) {
      const double drawn = nth_uniform(seed, event.user) * static_cast<double>(origin - begin);
      if (static_cast<std::size_t>(drawn) == p - begin) {
        events.push_back(event);
      }
    }
  }
  std::sort(events.begin(), events.end());
  return events;
}

/// The reference as one period beside the other, both with about as many events.
[[nodiscard]] inline PeriodPair even_pair(const Timeline& timeline, std::span<const std::uint64_t> names,
                                          std::size_t begin, std::size_t origin, std::size_t period,
                                          const InputDriftConfig& config, std::uint64_t seed) {
  auto reference = one_reference(timeline, names, begin, origin, seed);
  auto now = events_by_user(timeline, period, names);
  auto& larger = reference.size() < now.size() ? now : reference;
  const auto smaller = std::min(reference.size(), now.size());
  thin_out(larger, static_cast<double>(smaller) / static_cast<double>(std::max<std::size_t>(1, larger.size())), ~seed);
  return {reference, now, config};
}

class InputComparison {
 public:
  struct Scratch {
    PairScratch pair{};
    ShareShift::Scratch shift{};
  };

  InputComparison(const Timeline& timeline, std::size_t origin, std::size_t period, const InputDriftConfig& config,
                  std::uint64_t seed, Scratch& scratch)
      : user_names_(names_of(timeline, timeline.events().user, timeline.events().users.size(), period)),
        shift_(timeline, user_names_, origin - config.reference, origin, period),
        pair_(even_pair(timeline, user_names_, origin - config.reference, origin, period, config, seed)),
        births_(timeline, std::span(timeline.events().item),
                names_of(timeline, timeline.events().item, timeline.events().items.size(), period),
                timeline.item_births(), origin - config.reference, origin, period),
        unknown_(timeline, std::span(timeline.events().user), user_names_, timeline.user_births(),
                 origin - config.reference, origin, period),
        observed_shift_(shift_.observed(scratch.shift)),
        observed_(pair_.observed(scratch.pair)) {}

  [[nodiscard]] const ShareShift& shares() const noexcept { return shift_; }

  [[nodiscard]] Extremes permuted(std::uint64_t seed, Scratch& scratch) const {
    Random seeds(seed);
    const auto shift = shift_.permuted(seeds.next(), scratch.shift);
    const auto drawn = pair_.permuted(seeds.next(), scratch.pair);
    // Equal but for rounding is as extreme; `size` is of what a value is the rest of.
    const auto extreme = [](double x, double than, double size) {
      return static_cast<std::uint8_t>(x >= than - 1e-12 * size);
    };
    return {extreme(shift.value, observed_shift_.value, std::max(shift.squares, observed_shift_.squares)),
            extreme(drawn.disorder, observed_.disorder, 1.0),
            extreme(drawn.stability, observed_.stability, 1.0 + observed_.stability),
            static_cast<std::uint8_t>(births_.as_many(seeds.next())),
            extreme(drawn.deaths, observed_.deaths, 1.0),
            static_cast<std::uint8_t>(unknown_.as_many(seeds.next()))};
  }

 private:
  /// Of what has come until the end of the period, so that nothing that comes later has a say.
  template <class Ix>
  [[nodiscard]] static std::vector<std::uint64_t> names_of(const Timeline& timeline, const std::vector<Ix>& column,
                                                           std::size_t size, std::size_t period) {
    return first_events(std::span<const Ix>(column).first(static_cast<std::size_t>(timeline.offsets()[period + 1])),
                        size);
  }

  std::vector<std::uint64_t> user_names_;
  ShareShift shift_;
  PeriodPair pair_;
  Newborns births_;
  Newborns unknown_;
  ShareShift::Statistic observed_shift_;
  Differences observed_;
};

}  // namespace detail

RECOCORE_INLINE InputDrift input_drift(const Timeline& timeline, std::size_t origin, std::size_t period,
                                       const InputDriftConfig& config, const RunOptions& options) {
  config.validate();
  if (origin < config.reference || period < origin || period >= timeline.periods()) {
    throw InvalidParameter("period " + detail::count_text(period) + " of " + detail::count_text(timeline.periods()) +
                           " cannot be seen from origin " + detail::count_text(origin) + " with a reference of " +
                           detail::count_text(config.reference, "period") +
                           "; reference <= origin <= period < periods is needed");
  }
  throw_if_stopped(options);
  const auto& events = timeline.events();
  const auto begin = static_cast<std::size_t>(timeline.offsets()[period]);
  const auto size = static_cast<std::size_t>(timeline.offsets()[period + 1]) - begin;
  InputDrift result;
  if (size == 0) {
    return result;
  }
  result.births = detail::share_born_since(std::span(events.item).subspan(begin, size), timeline.item_births(), origin);
  result.unknown_users =
      detail::share_born_since(std::span(events.user).subspan(begin, size), timeline.user_births(), origin);

  // Each permutation has a seed of its own: the result does not depend on which thread makes it.
  Random random(config.seed);
  random = Random(random.next() ^ origin);
  random = Random(random.next() ^ period);
  detail::InputComparison::Scratch scratch;
  const detail::InputComparison comparison(timeline, origin, period, config, random.next(), scratch);
  if (comparison.shares().empty()) {
    return result;
  }
  detail::describe_change(comparison.shares(), config, scratch.pair, result);

  const auto seed = random.next();
  std::vector<detail::Extremes> extremes(config.permutations);
  detail::Slots<detail::InputComparison::Scratch> scratch_by_slot(parallel_slots(options));
  const auto permute = [&](std::size_t first, std::size_t last, unsigned slot) {
    auto& own = scratch_by_slot.get(slot, [] { return detail::InputComparison::Scratch{}; });
    for (std::size_t k = first; k < last && !should_stop(options); ++k) {
      extremes[k] = comparison.permuted(Random(seed ^ k).next(), own);
    }
  };
  parallel_for(config.permutations, 4, options, "permutations", permute);

  std::array<double, std::tuple_size_v<detail::Extremes>> as_extreme{};
  for (const auto& extreme : extremes) {
    std::transform(extreme.begin(), extreme.end(), as_extreme.begin(), as_extreme.begin(), std::plus<>{});
  }
  for (double& p : as_extreme) {
    p = (1.0 + p) / (1.0 + static_cast<double>(config.permutations));
  }
  result.p_jensen_shannon = as_extreme[0];
  result.p_rank_overlap = as_extreme[1];
  result.p_population_stability = as_extreme[2];
  result.p_births = as_extreme[3];
  result.p_deaths = as_extreme[4];
  result.p_unknown_users = as_extreme[5];
  return result;
}

}  // namespace recocore
