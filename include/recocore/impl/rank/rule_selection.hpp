/// Entry after entry: the rules that look at the list so far.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include <recocore/core/random.hpp>
#include <recocore/impl/rank/rule_buffers.hpp>

namespace recocore::detail {

class RuleSelection {
 public:
  RuleSelection(const PreparedRules::Storage& prepared, RuleBuffers& buffers)
      : rules_(prepared.rules), pins_(prepared.pins), buffers_(buffers) {}

  /// Leaves at most n entries in `places`. Returns whether there are n that satisfy all rules.
  bool run(std::size_t n, std::uint64_t seed) {
    start(n);
    bool strict = true;
    while (buffers_.places.size() < n) {
      const std::size_t place = buffers_.places.size() + 1;
      if (const auto pinned = pinned_at(place); pinned < none && !buffers_.candidates[pinned].taken) {
        put(pinned);
      } else if (auto chosen = best(false); chosen < none) {
        put(chosen);
      } else if (chosen = rules_.fill_up ? best(true) : none; chosen < none) {
        strict = false;
        put(chosen);
      } else if (const auto late = next_pinned(); late < none) {
        strict = false;  // its place is beyond the end
        put(late);
      } else {
        break;
      }
    }
    const bool complete = strict && buffers_.places.size() == n;
    if (rules_.explore > 0.0 && !buffers_.places.empty()) {
      explore(seed);
    }
    return complete;
  }

 private:
  static constexpr std::size_t none = ~std::size_t{0};

  void start(std::size_t n) {
    buffers_.places.clear();
    for (auto& candidate : buffers_.candidates) {
      candidate.taken = candidate.blocked = candidate.pinned = false;
      candidate.similarity = 0.0;
    }
    buffers_.mix.restart();
    for (auto& cap : buffers_.caps) {
      cap.counts.clear();
    }
    // What is pinned counts from the start.
    for (const auto& [item, place] : pins_) {
      if (const auto pinned = candidate_of(item); pinned < none && place <= n) {
        buffers_.candidates[pinned].pinned = true;
        for (std::size_t c = 0; c < buffers_.caps.size(); ++c) {
          count(c, pinned);
        }
      }
    }
  }

  [[nodiscard]] std::size_t candidate_of(ItemIx item) const {
    const auto& candidates = buffers_.candidates;
    const auto found = std::find_if(candidates.begin(), candidates.end(),
                                    [item](const RuleCandidate& c) { return c.entry.item == item; });
    return found == candidates.end() ? none : static_cast<std::size_t>(found - candidates.begin());
  }

  [[nodiscard]] std::size_t pinned_at(std::size_t place) const {
    for (const auto& [item, wanted] : pins_) {
      if (wanted == place) {
        return candidate_of(item);
      }
    }
    return none;
  }

  [[nodiscard]] std::size_t next_pinned() const {
    for (const auto& [item, wanted] : pins_) {
      if (const auto pinned = candidate_of(item);
          pinned < none && buffers_.candidates[pinned].pinned && !buffers_.candidates[pinned].taken) {
        return pinned;
      }
    }
    return none;
  }

  /// Counts the values of a candidate; those that are full block all that have them.
  void count(std::size_t c, std::size_t counted) {
    auto& cap = buffers_.caps[c];
    for (const auto code : cap.codes.of(counted)) {
      auto found =
          std::find_if(cap.counts.begin(), cap.counts.end(), [code](const auto& p) { return p.first == code; });
      if (found == cap.counts.end()) {
        cap.counts.emplace_back(code, 0);
        found = cap.counts.end() - 1;
      }
      if (++found->second != rules_.at_most[c].count) {
        continue;
      }
      for (std::size_t i = 0; i < buffers_.candidates.size(); ++i) {
        const auto codes = cap.codes.of(i);
        auto& candidate = buffers_.candidates[i];
        if (!candidate.blocked && std::find(codes.begin(), codes.end(), code) != codes.end()) {
          candidate.blocked = true;
          candidate.blocked_by = static_cast<std::uint32_t>(c);
        }
      }
    }
  }

  /// The best by all rules, the first of several; `relaxed`: also of those that rules leave out.
  [[nodiscard]] std::size_t best(bool relaxed) {
    const double diversity = rules_.diversity;
    const bool mixes = buffers_.mix.active() && rules_.calibration > 0.0;
    if (mixes) {
      buffers_.mix.begin_place();
    }
    std::size_t chosen = none;
    double open = 0.0;
    means_ = {};
    for (std::size_t i = 0; i < buffers_.candidates.size(); ++i) {
      auto& candidate = buffers_.candidates[i];
      if (candidate.taken || candidate.pinned || candidate.extra ||
          (!relaxed && (candidate.blocked || !candidate.sufficient))) {
        continue;
      }
      candidate.key = candidate.utility;
      if (diversity > 0.0) {
        candidate.amounts[slot(Rule::diversity)] = -diversity * candidate.similarity;
        candidate.key = (1.0 - diversity) * candidate.key - diversity * candidate.similarity;
      }
      if (mixes) {
        const double penalty = -rules_.calibration * buffers_.mix.with(buffers_.mix_codes.of(i));
        candidate.amounts[slot(Rule::calibration)] = penalty;
        candidate.key = (1.0 - rules_.calibration) * candidate.key + penalty;
      }
      open += 1.0;
      for (std::size_t rule = 0; rule < rule_count; ++rule) {
        means_[rule] += candidate.amounts[rule];
      }
      if (chosen == none || candidate.key > buffers_.candidates[chosen].key) {
        chosen = i;
      }
    }
    for (auto& mean : means_) {
      mean = open > 0.0 ? mean / open : 0.0;
    }
    return chosen;
  }

  void put(std::size_t chosen) {
    auto& candidate = buffers_.candidates[chosen];
    RulePlace place{.candidate = chosen};
    if (candidate.pinned) {
      place.amounts[slot(Rule::pin)] = static_cast<double>(buffers_.places.size() + 1);
    } else {
      for (std::size_t rule = 0; rule < rule_count; ++rule) {
        place.amounts[rule] = candidate.amounts[rule] - means_[rule];
      }
      for (std::size_t c = 0; c < buffers_.caps.size(); ++c) {
        count(c, chosen);
      }
      for (const auto& other : buffers_.candidates) {
        if (other.blocked && !other.taken && !other.pinned && !other.extra && &other != &candidate &&
            other.utility > candidate.utility) {
          place.amounts[slot(Rule::at_most)] += 1.0;
          place.cap = other.blocked_by;
        }
      }
    }
    candidate.taken = true;
    buffers_.mix.place(buffers_.mix_codes.offsets.size() > 1 ? buffers_.mix_codes.of(chosen)
                                                             : std::span<const std::uint64_t>{});
    buffers_.places.push_back(place);
    if (rules_.diversity > 0.0) {
      for (std::size_t i = 0; i < buffers_.candidates.size(); ++i) {
        auto& other = buffers_.candidates[i];
        if (!other.taken) {
          other.similarity = std::max(other.similarity, similarity(i, chosen));
        }
      }
    }
  }

  [[nodiscard]] double similarity(std::size_t a, std::size_t b) const {
    if (rules_.similarity) {
      return rules_.similarity(buffers_.candidates[a].entry.item, buffers_.candidates[b].entry.item);
    }
    double sum = 0.0;
    for (const auto& column : buffers_.diversity) {
      sum += common_share(column.of(a), column.of(b));
    }
    return sum / static_cast<double>(buffers_.diversity.size());
  }

  /// The last entries that are neither new nor pinned give way to new ones drawn from a pool, with probabilities that
  /// are reported.
  void explore(std::uint64_t seed) {
    auto& places = buffers_.places;
    const auto& candidates = buffers_.candidates;
    const auto is_new = [&](const RulePlace& place) { return candidates[place.candidate].is_new; };
    const auto gives_way = [&](const RulePlace& place) {
      return !is_new(place) && !candidates[place.candidate].pinned;
    };
    const auto wanted = static_cast<std::size_t>(std::ceil(rules_.explore * static_cast<double>(places.size()) - 1e-9));
    const auto had = static_cast<std::size_t>(std::count_if(places.begin(), places.end(), is_new));
    const auto givable = static_cast<std::size_t>(std::count_if(places.begin(), places.end(), gives_way));
    std::size_t needed = std::min(wanted > had ? wanted - had : 0, givable);
    if (needed == 0) {
      return;
    }
    // The pool depends on what is given up, which depends on the pool: fewer are given up until there are enough.
    pool(needed, gives_way);
    while (buffers_.order.size() < needed) {
      needed = buffers_.order.size();
      if (needed == 0) {
        return;
      }
      pool(needed, gives_way);
    }
    Random random(seed ^ 0x9E6C63D0676A9A99ULL);
    draw(needed, random);
    drop_last(needed, gives_way);
    insert_drawn(random);
  }

  /// Leaves in `order` new candidates which, all together, may be in the list without its last `dropped` that give way.
  template <class GivesWay>
  void pool(std::size_t dropped, const GivesWay& gives_way) {
    const auto& candidates = buffers_.candidates;
    for (auto& cap : buffers_.caps) {
      cap.counts.clear();
    }
    for (std::size_t p = buffers_.places.size(); p-- > 0;) {
      if (dropped > 0 && gives_way(buffers_.places[p])) {
        --dropped;
      } else {
        static_cast<void>(fits(buffers_.places[p].candidate, true));
      }
    }
    auto& order = buffers_.order;
    order.clear();
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      const auto& candidate = candidates[i];
      if (candidate.is_new && !candidate.taken && !candidate.pinned && candidate.sufficient) {
        order.push_back(i);
      }
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return candidates[a].utility > candidates[b].utility; });
    const std::size_t most = buffers_.places.size() * rules_.explore_pool;
    std::size_t kept = 0;
    for (const auto i : order) {
      if (kept < most && fits(i, false)) {
        order[kept++] = i;
      }
    }
    order.resize(kept);
  }

  /// Whether no value of a candidate is full; counts it if so, or in any case.
  [[nodiscard]] bool fits(std::size_t candidate, bool in_any_case) {
    const auto count_in = [](RuleCap& cap, std::uint64_t code) -> std::size_t& {
      for (auto& [known, number] : cap.counts) {
        if (known == code) {
          return number;
        }
      }
      cap.counts.emplace_back(code, 0);
      return cap.counts.back().second;
    };
    for (std::size_t c = 0; c < buffers_.caps.size() && !in_any_case; ++c) {
      for (const auto code : buffers_.caps[c].codes.of(candidate)) {
        if (count_in(buffers_.caps[c], code) >= rules_.at_most[c].count) {
          return false;
        }
      }
    }
    for (auto& cap : buffers_.caps) {
      for (const auto code : cap.codes.of(candidate)) {
        ++count_in(cap, code);
      }
    }
    return true;
  }

  /// Systematic sampling (Madow 1949): the number drawn is fixed, and the probability of each is exactly proportional
  /// to its weight, up to 1.
  void draw(std::size_t needed, Random& random) {
    const auto& order = buffers_.order;
    auto& probability = buffers_.weights;
    probability.clear();
    double mean = 0.0;
    for (const auto i : order) {
      mean += std::max(0.0, buffers_.candidates[i].utility) / static_cast<double>(order.size());
    }
    for (const auto i : order) {
      probability.push_back(mean > 0.0 ? std::max(0.0, buffers_.candidates[i].utility) + mean : 1.0);
    }
    // Largest first: those that would be above 1 are certain, and the rest share what remains.
    double rest = std::accumulate(probability.begin(), probability.end(), 0.0);
    auto left = static_cast<double>(needed);
    for (auto& weight : probability) {
      if (left * weight >= rest) {
        rest -= weight;
        weight = 1.0;
        left -= 1.0;
      } else {
        weight *= left / rest;
      }
    }
    auto& drawn = buffers_.drawn;
    drawn.clear();
    const double start = random.uniform();
    double sum = start;
    for (std::size_t k = 0; k < order.size(); ++k) {
      const double before = std::floor(sum);
      sum += probability[k];
      const bool must = needed - drawn.size() == order.size() - k;  // rounding left one short
      if (drawn.size() < needed && (must || std::floor(sum) > before)) {
        drawn.push_back({.candidate = order[k], .propensity = probability[k]});
      }
    }
  }

  template <class GivesWay>
  void drop_last(std::size_t count, const GivesWay& gives_way) {
    auto& places = buffers_.places;
    for (std::size_t p = places.size(); p-- > 0 && count > 0;) {
      if (gives_way(places[p])) {
        buffers_.candidates[places[p].candidate].taken = false;
        places.erase(places.begin() + static_cast<std::ptrdiff_t>(p));
        --count;
      }
    }
  }

  /// Evenly over the places that are not pinned, in the second half of each stretch.
  void insert_drawn(Random& random) {
    const auto& drawn = buffers_.drawn;
    auto& places = buffers_.places;
    const std::size_t total = places.size() + drawn.size();
    auto& free = buffers_.order;
    free.clear();
    for (std::size_t place = 1; place <= total; ++place) {
      if (pinned_at(place) == none) {
        free.push_back(place);
      }
    }
    // Pinned entries keep their places; all others follow in their order.
    std::vector<RulePlace> result;
    std::vector<RulePlace> others;
    std::copy_if(places.begin(), places.end(), std::back_inserter(others),
                 [&](const RulePlace& place) { return pinned_at_place(place) == none; });
    const double shift = 0.5 + random.uniform() / 2.0;
    std::size_t next_drawn = 0;
    std::size_t next_other = 0;
    std::size_t next_free = 0;
    for (std::size_t place = 1; place <= total; ++place) {
      if (next_free >= free.size() || free[next_free] != place) {
        result.push_back({.candidate = pinned_at(place)});
        result.back().amounts[slot(Rule::pin)] = static_cast<double>(place);
        continue;
      }
      const auto due = static_cast<std::size_t>((static_cast<double>(next_drawn) + shift) *
                                                static_cast<double>(free.size()) / static_cast<double>(drawn.size()));
      if (next_drawn < drawn.size() && (next_free >= due || next_other == others.size())) {
        result.push_back(drawn[next_drawn++]);
        buffers_.candidates[result.back().candidate].taken = true;
        result.back().amounts[slot(Rule::explore)] = static_cast<double>(place);
      } else {
        result.push_back(others[next_other++]);
      }
      ++next_free;
    }
    places = std::move(result);
  }

  /// The place an entry is pinned at, if it is within the list.
  [[nodiscard]] std::size_t pinned_at_place(const RulePlace& place) const {
    const auto item = buffers_.candidates[place.candidate].entry.item;
    for (const auto& [pinned, wanted] : pins_) {
      if (pinned == item && wanted <= buffers_.places.size() + buffers_.drawn.size()) {
        return wanted;
      }
    }
    return none;
  }

  const Rules& rules_;
  const std::vector<std::pair<ItemIx, std::size_t>>& pins_;
  RuleBuffers& buffers_;
  RuleAmounts means_{};
};

}  // namespace recocore::detail
