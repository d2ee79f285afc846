/// From ranked entries to a list by the rules, and where the entries come from.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <recocore/impl/rank/rule_selection.hpp>
#include <recocore/impl/rank/rule_standing.hpp>

namespace recocore::detail {

/// Reads the columns of rules for all candidates.
inline void read_columns(const Rules& rules, const Catalogue* catalogue, const RuleContext& context,
                         RuleBuffers& buffers) {
  const auto read = [&](std::string_view name, RuleCodes& codes) {
    codes.clear();
    for (const auto& candidate : buffers.candidates) {
      append_codes(*catalogue, name, candidate.entry.item.value, codes);
    }
  };
  buffers.caps.resize(rules.at_most.size());
  for (std::size_t c = 0; c < rules.at_most.size(); ++c) {
    read(rules.at_most[c].column, buffers.caps[c].codes);
  }
  const bool alike_by_columns = rules.diversity > 0.0 && !rules.similarity;
  buffers.diversity.resize(alike_by_columns ? rules.diversity_columns.size() : 0);
  for (std::size_t d = 0; d < buffers.diversity.size(); ++d) {
    read(rules.diversity_columns[d], buffers.diversity[d]);
  }
  buffers.history.clear();
  buffers.mix_codes.clear();
  if (rules.calibration > 0.0) {
    read(rules.calibration_column, buffers.mix_codes);
    for (const auto item : context.history.items) {
      append_codes(*catalogue, rules.calibration_column, item.value, buffers.history);
    }
  }
  buffers.mix.start(
      buffers.history, [&](std::size_t entry) { return static_cast<double>(context.history.weight(entry)); },
      rules.calibration_alpha);
}

[[nodiscard]] inline double discount(std::size_t place) { return 1.0 / std::log2(static_cast<double>(place) + 1.0); }

/// Value and NDCG of the list in `places`.
[[nodiscard]] inline std::pair<double, double> worth(std::size_t n, double largest, const RuleBuffers& buffers) {
  double value = 0.0;
  double gain = 0.0;
  double ideal = 0.0;
  for (std::size_t p = 0; p < buffers.places.size(); ++p) {
    const auto& candidate = buffers.candidates[buffers.places[p].candidate];
    gain += discount(p + 1) * candidate.relevance;
    value += discount(p + 1) * candidate.relevance * candidate.value * largest;
  }
  for (std::size_t r = 0; r < std::min(n, buffers.candidates.size()) && !buffers.candidates[r].extra; ++r) {
    ideal += discount(r + 1) * buffers.candidates[r].relevance;
  }
  return {value, ideal > 0.0 ? gain / ideal : 1.0};
}

inline void write_list(const RuleBuffers& buffers, RuledList& list) {
  constexpr double least = 1e-9;
  for (std::size_t p = 0; p < buffers.places.size(); ++p) {
    const auto& place = buffers.places[p];
    const auto& candidate = buffers.candidates[place.candidate];
    RuledEntry entry{.entry = candidate.entry,
                     .from = candidate.from,
                     .to = static_cast<std::uint32_t>(p + 1),
                     .adjusted = static_cast<float>(candidate.utility),
                     .propensity = static_cast<float>(place.propensity),
                     .first_effect = static_cast<std::uint32_t>(list.effects.size())};
    const bool up = entry.from == 0 || entry.to < entry.from;
    const bool down = entry.from != 0 && entry.to > entry.from;
    for (std::size_t rule = 0; rule < rule_count; ++rule) {
      const double amount = place.amounts[rule];
      const bool placed = (rule == slot(Rule::pin) || rule == slot(Rule::explore)) && amount > 0.0;
      if (placed || (up && amount > least) || (down && amount < -least)) {
        const auto which = rule == slot(Rule::boost) ? candidate.boost : rule == slot(Rule::at_most) ? place.cap : 0U;
        list.effects.push_back({static_cast<Rule>(rule), which, static_cast<float>(amount)});
      }
    }
    entry.effects = static_cast<std::uint32_t>(list.effects.size()) - entry.first_effect;
    list.entries.push_back(entry);
  }
}

inline void apply_rules(std::span<const Recommendation> ranked, std::span<const Recommendation> extras, std::size_t n,
                        const PreparedRules::Storage& prepared, const Catalogue* catalogue, const RuleContext& context,
                        RuleBuffers& buffers, RuledList& list) {
  const auto& rules = prepared.rules;
  const auto seed = context.seed.value_or(rules.seed);
  list.entries.clear();
  list.effects.clear();
  list.price.reset();
  set_up_candidates(ranked, extras, prepared, catalogue, context, seed, buffers);
  read_columns(rules, catalogue, context, buffers);
  RuleSelection selection(prepared, buffers);
  if (!rules.value_column.empty()) {
    set_value_weight(0.0, buffers);
    static_cast<void>(selection.run(n, seed));
    const auto [value, ndcg] = worth(n, prepared.value_largest, buffers);
    list.price = RulePrice{.value_before = value, .ndcg_before = ndcg};
  }
  set_value_weight(rules.value, buffers);
  list.complete = selection.run(n, seed);
  if (list.price) {
    std::tie(list.price->value_after, list.price->ndcg_after) = worth(n, prepared.value_largest, buffers);
  }
  write_list(buffers, list);
}

/// Appends to `extras` what is not in `fetched`.
inline void keep_unknown(RuleBuffers& buffers) {
  auto& known = buffers.known;
  known.clear();
  for (const auto* list : {&buffers.fetched, &buffers.extras}) {
    for (const auto& entry : *list) {
      known.push_back(entry.item);
    }
  }
  std::sort(known.begin(), known.end());
  for (const auto& entry : buffers.more) {
    if (!std::binary_search(known.begin(), known.end(), entry.item)) {
      buffers.extras.push_back(entry);
    }
  }
}

/// Pinned items that pass the filters, wherever they are.
inline void fetch_pinned(const AnyModel& model, const Request& request, const PreparedRules::Storage& prepared,
                         Scratch& scratch, RuleBuffers& buffers) {
  buffers.items.clear();
  for (const auto& [item, place] : prepared.pins) {
    const bool wanted = !request.candidates || std::find(request.candidates->begin(), request.candidates->end(),
                                                         item) != request.candidates->end();
    if (wanted && place <= request.n && item.value < model.items().size()) {
      buffers.items.push_back(item);
    }
  }
  if (!buffers.items.empty()) {
    Request pinned = request;
    pinned.candidates = buffers.items;
    pinned.n = buffers.items.size();
    buffers.more.clear();
    model.recommend(pinned, scratch, buffers.more);
    keep_unknown(buffers);
  }
}

/// The best new items that pass the filters.
inline void fetch_new(const AnyModel& model, const Request& request, const PreparedRules::Storage& prepared,
                      const RuleContext& context, Scratch& scratch, RuleBuffers& buffers) {
  const auto items = model.items().size();
  BitSet wanted;
  if (context.new_items != nullptr) {
    wanted = *context.new_items;
  } else if (prepared.new_items) {
    wanted = prepared.new_items->evaluate(*model.catalogue(), context.where);
  } else {
    wanted = BitSet(std::min(prepared.fitted_items, items));
    wanted.resize(items, true);
  }
  wanted.resize(items);
  if (request.allowed != nullptr) {
    BitSet allowed = *request.allowed;
    allowed.resize(items);
    wanted &= allowed;
  }
  Request fresh = request;
  fresh.allowed = &wanted;
  const double places = std::ceil(prepared.rules.explore * static_cast<double>(request.n));
  fresh.n = std::min(items, static_cast<std::size_t>(places) * prepared.rules.explore_pool + request.n);
  buffers.more.clear();
  model.recommend(fresh, scratch, buffers.more);
  keep_unknown(buffers);
}

}  // namespace recocore::detail
