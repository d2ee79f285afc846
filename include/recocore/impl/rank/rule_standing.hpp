/// What each candidate is worth by the rules that look at it alone.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include <recocore/core/random.hpp>
#include <recocore/impl/rank/rule_buffers.hpp>

namespace recocore::detail {

/// Scores to relevance: see `Rules`. What is made of a score by a boost is on the same scale.
class RelevanceScale {
 public:
  explicit RelevanceScale(std::span<const Recommendation> ranked) {
    if (ranked.empty()) {
      return;
    }
    best_ = static_cast<double>(ranked.front().score);
    if (best_ > 0.0) {
      const auto end = std::partition_point(ranked.begin(), ranked.end(),
                                            [](const Recommendation& entry) { return entry.score > 0.0F; });
      lowest_ = static_cast<double>((end - 1)->score) / best_;
    } else {
      lowest_ = 1.0 - best_;
    }
  }

  [[nodiscard]] double operator()(double score) const { return score > 0.0 ? score / best_ : lowest_ / (1.0 - score); }

 private:
  double best_ = 1.0;
  double lowest_ = 1.0;
};

/// Uniform in [0, 1), of a seed and an item.
[[nodiscard]] inline double turn_of(std::uint64_t seed, ItemIx item) {
  Random random(Random(seed).next() ^ (0xA0761D6478BD642FULL * (std::uint64_t{item.value} + 1)));
  return random.uniform();
}

/// No candidate more than `most` ranks from where it was; the values in descending order go to the new ranks. At each
/// rank the best of those that may be there, unless one may be no further down.
inline void bound_moves(std::size_t most, RuleBuffers& buffers) {
  auto& candidates = buffers.candidates;
  auto& order = buffers.order;  // of those that may be here
  auto& sorted = buffers.sorted;
  const auto count = static_cast<std::size_t>(
      std::find_if(candidates.begin(), candidates.end(), [](const RuleCandidate& c) { return c.extra; }) -
      candidates.begin());
  sorted.clear();
  for (std::size_t i = 0; i < count; ++i) {
    sorted.push_back(candidates[i].adjusted);
  }
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  order.clear();
  const auto worse = [&](std::size_t a, std::size_t b) {
    return candidates[a].key != candidates[b].key ? candidates[a].key < candidates[b].key : a > b;
  };
  for (std::size_t i = 0; i < count; ++i) {
    candidates[i].key = candidates[i].adjusted;
    candidates[i].taken = false;
  }
  std::size_t next = 0;
  std::size_t oldest = 0;
  for (std::size_t rank = 0; rank < count; ++rank) {
    for (; next < count && next <= rank + std::min(most, count); ++next) {
      order.push_back(next);
      std::push_heap(order.begin(), order.end(), worse);
    }
    while (candidates[oldest].taken) {
      ++oldest;
    }
    std::size_t chosen = oldest;
    if (oldest + std::min(most, count) > rank) {
      do {
        std::pop_heap(order.begin(), order.end(), worse);
        chosen = order.back();
        order.pop_back();
      } while (candidates[chosen].taken);
    }
    candidates[chosen].taken = true;
    candidates[chosen].adjusted = sorted[rank];
  }
  for (std::size_t i = 0; i < count; ++i) {
    candidates[i].taken = false;
  }
}

/// How often an item was shown, of pairs ascending by item.
[[nodiscard]] inline double impressions_of(std::span<const std::pair<ItemIx, double>> impressions, ItemIx item) {
  const auto found = std::lower_bound(impressions.begin(), impressions.end(), item,
                                      [](const auto& pair, ItemIx wanted) { return pair.first < wanted; });
  return found != impressions.end() && found->first == item ? found->second : 0.0;
}

/// Fills `candidates` from ranked entries and, behind them, extra ones; all but the value rule.
inline void set_up_candidates(std::span<const Recommendation> ranked, std::span<const Recommendation> extras,
                              const PreparedRules::Storage& prepared, const Catalogue* catalogue,
                              const RuleContext& context, std::uint64_t seed, RuleBuffers& buffers) {
  const auto& rules = prepared.rules;
  auto& candidates = buffers.candidates;
  candidates.clear();
  buffers.boosted.clear();
  for (const auto& boost : prepared.boosts) {
    buffers.boosted.push_back(boost.evaluate(*catalogue, context.where));
  }
  if (rules.explore > 0.0 && context.new_items == nullptr && prepared.new_items) {
    buffers.new_items = prepared.new_items->evaluate(*catalogue, context.where);
  }
  const auto impressions = context.impressions.empty()
                               ? std::span<const std::pair<ItemIx, double>>(prepared.impressions)
                               : context.impressions;
  const RelevanceScale relevance(ranked.empty() ? extras : ranked);
  const auto add = [&](const Recommendation& entry, std::size_t from) {
    RuleCandidate candidate{.entry = entry, .from = static_cast<std::uint32_t>(from), .extra = from == 0};
    const auto score = static_cast<double>(entry.score);
    candidate.relevance = relevance(score);
    candidate.sufficient =
        (!rules.min_score || score >= *rules.min_score) && candidate.relevance >= rules.min_relevance;
    double factor = 1.0;
    for (std::size_t b = buffers.boosted.size(); b-- > 0;) {
      if (buffers.boosted[b][entry.item.value]) {
        factor *= rules.boosts[b].factor;
        candidate.boost = static_cast<std::uint32_t>(b);
      }
    }
    candidate.adjusted = factor == 1.0 ? candidate.relevance : relevance(score > 0.0 ? score * factor : score / factor);
    if (context.new_items != nullptr) {
      candidate.is_new = entry.item.value < context.new_items->size() && (*context.new_items)[entry.item.value];
    } else if (prepared.new_items) {
      candidate.is_new = rules.explore > 0.0 && buffers.new_items[entry.item.value];
    } else {
      candidate.is_new = entry.item.value >= prepared.fitted_items;
    }
    candidates.push_back(candidate);
  };
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    add(ranked[i], i + 1);
  }
  for (const auto& entry : extras) {
    add(entry, 0);
  }
  if (rules.max_moves && !rules.boosts.empty()) {
    bound_moves(*rules.max_moves, buffers);
  }
  for (auto& candidate : candidates) {
    const auto step = [&candidate](Rule rule, double adjusted) {
      candidate.amounts[slot(rule)] = adjusted - candidate.adjusted;
      candidate.adjusted = adjusted;
    };
    candidate.amounts[slot(Rule::boost)] = candidate.adjusted - candidate.relevance;
    if (rules.fatigue > 0.0) {
      step(Rule::fatigue,
           candidate.adjusted / (1.0 + rules.fatigue * impressions_of(impressions, candidate.entry.item)));
    }
    if (rules.rotation > 0.0) {
      step(Rule::rotation, candidate.adjusted * (1.0 - rules.rotation * turn_of(seed, candidate.entry.item)));
    }
    if (!rules.value_column.empty()) {
      const double value = rule_number(*catalogue, rules.value_column, candidate.entry.item.value);
      candidate.value = prepared.value_largest > 0.0
                            ? (std::isnan(value) ? prepared.value_mean : value) / prepared.value_largest
                            : 0.0;
    }
  }
}

inline void set_value_weight(double weight, RuleBuffers& buffers) {
  for (auto& candidate : buffers.candidates) {
    candidate.utility = candidate.adjusted * (1.0 - weight + weight * candidate.value);
    candidate.amounts[slot(Rule::value)] = candidate.utility - candidate.adjusted;
  }
}

}  // namespace recocore::detail
