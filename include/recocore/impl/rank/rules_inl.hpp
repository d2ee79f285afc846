#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <utility>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/impl/core/text.hpp>
#include <recocore/impl/rank/rule_lists.hpp>
#include <recocore/rank/rules.hpp>

namespace recocore {

namespace detail {

inline constexpr std::array<std::string_view, rule_count> rule_names{
    "boost", "pin", "at_most", "diversity", "calibration", "value", "fatigue", "rotation", "explore"};

inline void require_share(const char* name, double value) {
  if (!(value >= 0.0 && value <= 1.0)) {
    throw InvalidParameter(std::string(name) + " must be from 0 to 1; got " + number_text(value));
  }
}

[[nodiscard]] inline IdView view_of(const OwnedId& id) {
  const auto* integer = std::get_if<std::int64_t>(&id);
  return integer != nullptr ? IdView(*integer) : IdView(std::string_view(std::get<std::string>(id)));
}

/// Mean and largest magnitude of what is known in a column of the base.
[[nodiscard]] inline std::pair<double, double> value_scale(const Catalogue& catalogue, const std::string& name) {
  double sum = 0.0;
  double known = 0.0;
  double largest = 0.0;
  for (std::size_t row = 0; row < catalogue.size(); ++row) {
    if (const double value = rule_number(catalogue, name, row); !std::isnan(value)) {
      sum += value;
      known += 1.0;
      largest = std::max(largest, std::abs(value));
    }
  }
  return {known > 0.0 ? sum / known : 0.0, largest};
}

}  // namespace detail

RECOCORE_INLINE std::string_view to_string(Rule rule) noexcept { return detail::rule_names[detail::slot(rule)]; }

RECOCORE_INLINE void Rules::validate() const {
  using detail::number_text;
  for (const auto& boost : boosts) {
    if (!(boost.factor >= 0.1 && boost.factor <= 10.0)) {
      throw InvalidParameter("the factor of a boost must be from 0.1 to 10, below 1 to bury; got " +
                             number_text(boost.factor) + " for " + boost.where.text());
    }
  }
  std::set<std::size_t> places;
  std::set<OwnedId> pinned;
  for (const auto& pin : pins) {
    if (pin.place == 0) {
      throw InvalidParameter("places of pins count from 1; got 0 for " + to_display(detail::view_of(pin.item)));
    }
    if (!places.insert(pin.place).second || !pinned.insert(pin.item).second) {
      throw InvalidParameter("a place has one pinned item and an item one place; there are two pins of " +
                             to_display(detail::view_of(pin.item)) + " or of place " + std::to_string(pin.place));
    }
  }
  for (const auto& cap : at_most) {
    if (cap.count == 0) {
      throw InvalidParameter("at_most of " + to_display(cap.column) +
                             " must be at least 1; to leave out values use where");
    }
  }
  detail::require_share("min_relevance", min_relevance);
  detail::require_share("diversity", diversity);
  detail::require_share("calibration", calibration);
  detail::require_share("value", value);
  detail::require_share("rotation", rotation);
  detail::require_share("explore", explore);
  if (min_score && !std::isfinite(*min_score)) {
    throw InvalidParameter("min_score must be a finite number; got " + number_text(*min_score));
  }
  if (!(calibration_alpha > 0.0 && calibration_alpha < 1.0)) {
    throw InvalidParameter("calibration_alpha must be above 0 and below 1; got " + number_text(calibration_alpha));
  }
  if (!(fatigue >= 0.0 && std::isfinite(fatigue))) {
    throw InvalidParameter("fatigue must be a finite number of at least 0; got " + number_text(fatigue));
  }
  for (const auto& [item, times] : impressions) {
    if (!(times >= 0.0 && std::isfinite(times))) {
      throw InvalidParameter("impressions must be finite numbers of at least 0; got " + number_text(times) + " for " +
                             to_display(detail::view_of(item)));
    }
  }
  if (diversity > 0.0 && diversity_columns.empty() && !similarity) {
    throw InvalidParameter("diversity needs diversity_columns, by which items are alike");
  }
  if (calibration > 0.0 && calibration_column.empty()) {
    throw InvalidParameter("calibration needs calibration_column, whose mix is to be the user's");
  }
  if (value > 0.0 && value_column.empty()) {
    throw InvalidParameter("value needs value_column, such as margin");
  }
  if (explore_pool == 0) {
    throw InvalidParameter("explore_pool must be at least 1; got 0");
  }
}

RECOCORE_INLINE bool Rules::empty() const noexcept {
  return boosts.empty() && pins.empty() && at_most.empty() && !min_score && !(min_relevance > 0.0) &&
         !(diversity > 0.0) && !(calibration > 0.0) && !(value > 0.0) && !(fatigue > 0.0) && !(rotation > 0.0) &&
         !(explore > 0.0);
}

RECOCORE_INLINE double RulePrice::value_gain_percent() const noexcept {
  return value_before == 0.0 ? 0.0 : 100.0 * (value_after - value_before) / std::abs(value_before);
}

RECOCORE_INLINE double RulePrice::relevance_loss_percent() const noexcept {
  return ndcg_before == 0.0 ? 0.0 : 100.0 * (ndcg_before - ndcg_after) / ndcg_before;
}

RECOCORE_INLINE PreparedRules::PreparedRules(Rules rules, const ExtendedIds& items, const Catalogue* catalogue,
                                             const Catalogue* users) {
  rules.validate();
  auto storage = std::make_shared<Storage>();
  const auto prepare = [&](const Where& where) {
    if (catalogue == nullptr) {
      throw InvalidParameter("the filter " + where.text() +
                             " reads columns, and this model has no table of items; fit it with items=");
    }
    return PreparedWhere(where, *catalogue, users);
  };
  for (const auto& boost : rules.boosts) {
    storage->boosts.push_back(prepare(boost.where));
  }
  if (rules.explore > 0.0 && rules.new_items) {
    storage->new_items = prepare(*rules.new_items);
  }
  for (const auto& cap : rules.at_most) {
    detail::require_rule_column(catalogue, cap.column, "at_most", false);
  }
  if (rules.diversity > 0.0 && !rules.similarity) {
    for (const auto& name : rules.diversity_columns) {
      detail::require_rule_column(catalogue, name, "diversity", false);
    }
  }
  if (rules.calibration > 0.0) {
    detail::require_rule_column(catalogue, rules.calibration_column, "calibration", false);
  }
  if (!rules.value_column.empty()) {
    detail::require_rule_column(catalogue, rules.value_column, "value", true);
    std::tie(storage->value_mean, storage->value_largest) = detail::value_scale(*catalogue, rules.value_column);
  }
  // Ids the model does not know do no harm.
  for (const auto& pin : rules.pins) {
    if (const auto item = items.find(detail::view_of(pin.item))) {
      storage->pins.emplace_back(ItemIx(*item), pin.place);
    }
  }
  std::sort(storage->pins.begin(), storage->pins.end(),
            [](const auto& a, const auto& b) { return a.second < b.second; });
  for (const auto& [id, times] : rules.impressions) {
    if (const auto item = items.find(detail::view_of(id))) {
      storage->impressions.emplace_back(ItemIx(*item), times);
    }
  }
  std::sort(storage->impressions.begin(), storage->impressions.end());
  storage->fitted_items = items.base().size();
  storage->rules = std::move(rules);
  storage_ = std::move(storage);
}

RECOCORE_INLINE const Rules& PreparedRules::rules() const noexcept { return storage_->rules; }

RECOCORE_INLINE PreparedRules PreparedRules::with_value(double weight) const {
  auto storage = std::make_shared<Storage>(*storage_);
  storage->rules.value = weight;
  storage->rules.validate();
  return PreparedRules(std::move(storage));
}

RECOCORE_INLINE void apply_rules(std::span<const Recommendation> ranked, std::size_t n, const PreparedRules& rules,
                                 const Catalogue* catalogue, const RuleContext& context, Scratch& scratch,
                                 RuledList& list) {
  detail::apply_rules(ranked, {}, n, rules.storage(), catalogue, context, scratch.parts.get<detail::RuleBuffers>(),
                      list);
}

RECOCORE_INLINE void recommend_with_rules(const AnyModel& model, const Request& request, const PreparedRules& rules,
                                          const RuleContext& context, Scratch& scratch, RuledList& list) {
  auto& buffers = scratch.parts.get<detail::RuleBuffers>();
  const auto items = model.items().size();
  Request wider = request;
  const std::size_t n = std::min(request.n, items);
  wider.n = std::min(items, std::max(5 * n, rules.rules().depth));
  while (true) {
    buffers.fetched.clear();
    buffers.extras.clear();
    model.recommend(wider, scratch, buffers.fetched);
    Request asked = request;
    asked.n = n;
    detail::fetch_pinned(model, asked, rules.storage(), scratch, buffers);
    if (rules.rules().explore > 0.0) {
      detail::fetch_new(model, asked, rules.storage(), context, scratch, buffers);
    }
    detail::apply_rules(buffers.fetched, buffers.extras, n, rules.storage(), model.catalogue(), context, buffers, list);
    if (list.complete || buffers.fetched.size() < wider.n || wider.n >= items) {
      return;
    }
    wider.n = std::min(items, 4 * wider.n);
  }
}

RECOCORE_INLINE double value_weight_for_loss(std::span<const std::vector<Recommendation>> lists, std::size_t n,
                                             const PreparedRules& rules, const Catalogue* catalogue,
                                             double loss_percent) {
  if (rules.rules().value_column.empty()) {
    throw InvalidParameter("these rules have no value_column, such as margin, whose weight could be found");
  }
  if (!(loss_percent >= 0.0)) {
    throw InvalidParameter("the loss that is allowed, in percent, must be at least 0; got " +
                           detail::number_text(loss_percent));
  }
  constexpr int steps = 64;
  Scratch scratch;
  RuledList list;
  for (int step = 1; step <= steps; ++step) {
    const auto tried = rules.with_value(static_cast<double>(step) / steps);
    double loss = 0.0;
    for (const auto& ranked : lists) {
      apply_rules(ranked, n, tried, catalogue, {}, scratch, list);
      loss += list.price->relevance_loss_percent();
    }
    if (loss > loss_percent * static_cast<double>(lists.size())) {
      return static_cast<double>(step - 1) / steps;
    }
  }
  return 1.0;
}

RECOCORE_INLINE double calibration_divergence(std::span<const double> p, std::span<const double> q, double alpha) {
  if (p.size() != q.size()) {
    throw InvalidParameter("both distributions must be over the same values; got " + std::to_string(p.size()) +
                           " and " + std::to_string(q.size()));
  }
  double sum = 0.0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    sum += detail::divergence_term(p[i], q[i], alpha);
  }
  return sum;
}

RECOCORE_INLINE std::string describe(const RuledList& list, const RuledEntry& entry) {
  if (entry.effects == 0) {
    return {};
  }
  std::string text = entry.from == 0 ? "from further down to " : "from " + std::to_string(entry.from) + " to ";
  text += std::to_string(entry.to) + ":";
  const auto effects = list.effects_of(entry);
  for (std::size_t i = 0; i < effects.size(); ++i) {
    const bool bury = effects[i].rule == Rule::boost && effects[i].amount < 0.0F;
    text += (i == 0 ? " " : ", ") + (bury ? "bury" : std::string(to_string(effects[i].rule)));
  }
  return text;
}

}  // namespace recocore
