#include "fit_models.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <recocore/core/error.hpp>
#include <recocore/core/time.hpp>
#include <recocore/impl/core/names.hpp>
#include <recocore/models/als.hpp>
#include <recocore/models/ease.hpp>
#include <recocore/models/graph_filter.hpp>
#include <recocore/models/item_knn.hpp>
#include <recocore/models/next_basket.hpp>
#include <recocore/models/popularity.hpp>
#include <recocore/models/rp3beta.hpp>
#include <recocore/models/session_knn.hpp>
#include <recocore/models/slim.hpp>
#include <recocore/models/sparse_ease.hpp>
#include <recocore/models/user_knn.hpp>

namespace recocore::capi {

namespace {

void read(Section& section, PopularityConfig& config) {
  section.get("kind", config.kind, &parse_popularity_kind);
  section.get("window_days", config.window_days);
  section.get("baseline_windows", config.baseline_windows);
}

void read(Section& section, SimilarRowsConfig& config) {
  section.get("k", config.k);
  section.get("similarity", config.similarity.similarity, &parse_similarity);
  section.get("weighting", config.weighting.weighting, &parse_weighting);
  section.get("shrinkage", config.similarity.shrinkage);
  section.get("min_common", config.similarity.min_common);
  section.get("alpha", config.similarity.alpha);
  section.get("beta", config.similarity.beta);
  section.get("bm25_k1", config.weighting.bm25_k1);
  section.get("bm25_b", config.weighting.bm25_b);
}

void read(Section& section, UserKnnConfig& config) {
  read(section, config.similar);
  section.get("amplification", config.amplification);
}

void read(Section& section, SessionKnnConfig& config) {
  section.get("scoring", config.scoring, &parse_session_scoring);
  section.get("k", config.k);
  section.get("max_sessions", config.max_sessions);
  section.get("position_decay", config.position_decay);
  section.get("neighbour_power", config.neighbour_power);
  section.get("length_exponent", config.length_exponent);
  section.get("recency", config.recency);
  section.get("distance_decay", config.distance_decay);
  section.get("before_weight", config.before_weight);
  section.get("popularity_exponent", config.popularity_exponent);
  section.get("expansion", config.expansion);
  section.get("second_hop", config.second_hop);
  section.get("reminders", config.reminders);
}

void read(Section& section, Rp3betaConfig& config) {
  section.get("k", config.k);
  section.get("alpha", config.alpha);
  section.get("beta", config.beta);
  section.get("keep", config.keep, &parse_kept_links);
  section.get("normalise", config.normalise);
}

void read(Section& section, EaseConfig& config) {
  section.get("l2", config.l2);
  section.get("user_exponent", config.user_exponent);
  section.get("count_exponent", config.count_exponent);
  section.get("candidate_exponent", config.candidate_exponent);
  section.get("dropout", config.dropout);
  section.get("diagonal", config.diagonal);
}

void read(Section& section, SparseEaseConfig& config) {
  section.get("k", config.k);
  read(section, config.ease);
}

void read(Section& section, AlsConfig& config) {
  section.get("factors", config.factors);
  section.get("epochs", config.epochs);
  section.get("regularization", config.regularization);
  section.get("unobserved_weight", config.unobserved_weight);
  section.get("frequency_exponent", config.frequency_exponent);
  section.get("block_size", config.block_size);
  section.get("init_scale", config.init_scale);
  section.get("seed", config.seed);
}

void read(Section& section, SlimConfig& config) {
  section.get("l1", config.l1);
  section.get("l2", config.l2);
  section.get("positive", config.positive);
  section.get("candidates", config.candidates);
  section.get("tolerance", config.tolerance);
  section.get("max_iterations", config.max_iterations);
}

void read(Section& section, GraphFilterConfig& config) {
  section.get("k", config.k);
  section.get("history_exponent", config.history_exponent);
  section.get("user_exponent", config.user_exponent);
  section.get("candidate_exponent", config.candidate_exponent);
  section.get("power", config.power);
  section.get("dimensions", config.dimensions);
  section.get("low_pass_weight", config.low_pass_weight);
  section.get("low_pass_history_exponent", config.low_pass_history_exponent);
  section.get("low_pass_candidate_exponent", config.low_pass_candidate_exponent);
  section.get("low_pass_damping", config.low_pass_damping);
  section.get("sharpening", config.sharpening);
  section.get("sharpening_order", config.sharpening_order);
  section.get("seed", config.seed);
}

void read(Section& section, NextBasketConfig& config) {
  section.get("k", config.k);
  section.get("group_size", config.group_size);
  section.get("within_decay", config.within_decay);
  section.get("group_decay", config.group_decay);
  section.get("alpha", config.alpha);
  section.get("basket", config.basket, &parse_basket_unit);
}

/// In the order of the enumeration.
constexpr std::array<std::string_view, 4> duplicates_names{"sum", "max", "last", "binary"};

[[nodiscard]] Duplicates parse_duplicates(std::string_view name) {
  return detail::parse_name<Duplicates>("duplicates", name, duplicates_names);
}

void read(Section& section, InteractionsConfig& config) {
  section.get("max_events_per_user", config.max_events_per_user);
  section.get("half_life_seconds", config.half_life_seconds);
  section.get("duplicates", config.duplicates, &parse_duplicates);
  section.get("min_items_per_user", config.min_items_per_user);
  section.get("min_users_per_item", config.min_users_per_item);
  std::optional<std::string> reference_time;
  section.get("reference_time", reference_time);
  if (reference_time) {
    config.reference_time = parse_time(*reference_time);
    if (!config.reference_time) {
      throw InvalidParameter(
          "the setting 'reference_time' of 'interactions' must be a time as ISO 8601 writes it, "
          "such as 2026-01-31T12:00:00Z; got '" +
          *reference_time + "'");
    }
  }
}

using Fit = std::function<AnyModel(Interactions, const RunOptions&)>;

template <class Model, class Config>
[[nodiscard]] Fit plan(Section& parameters) {
  Config config;
  read(parameters, config);
  parameters.finish();
  config.validate();
  return [config](Interactions interactions, const RunOptions& options) -> AnyModel {
    return Model::fit(std::move(interactions), config, options);
  };
}

struct KnownModel {
  std::string_view name;
  Fit (*plan)(Section& parameters);
};

constexpr std::array<KnownModel, 11> known_models{{
    {Popularity::name, &plan<Popularity, PopularityConfig>},
    {ItemKnn::name, &plan<ItemKnn, ItemKnnConfig>},
    {UserKnn::name, &plan<UserKnn, UserKnnConfig>},
    {SessionKnn::name, &plan<SessionKnn, SessionKnnConfig>},
    {NextBasket::name, &plan<NextBasket, NextBasketConfig>},
    {Rp3beta::name, &plan<Rp3beta, Rp3betaConfig>},
    {GraphFilter::name, &plan<GraphFilter, GraphFilterConfig>},
    {Ease::name, &plan<Ease, EaseConfig>},
    {SparseEase::name, &plan<SparseEase, SparseEaseConfig>},
    {Slim::name, &plan<Slim, SlimConfig>},
    {Als::name, &plan<Als, AlsConfig>},
}};

[[nodiscard]] const KnownModel& find_model(const std::string& name) {
  std::string known;
  for (const auto& model : known_models) {
    if (model.name == name) {
      return model;
    }
    known.append(known.empty() ? "'" : ", '").append(model.name).append("'");
  }
  if (name.empty()) {
    throw InvalidParameter("the settings name no model, as in {\"model\": \"item_knn\"}; known are " + known);
  }
  throw InvalidParameter("unknown model '" + name + "'; known are " + known +
                         "; what is made of tables or of other models is fitted in C++ or Python, and opened here");
}

}  // namespace

FitPlan plan_fit(const Settings& settings) {
  FitPlan result;
  Section top(settings, "");
  std::string name;
  top.get("model", name);
  top.allow_section("parameters");
  top.allow_section("interactions");
  top.finish();

  Section interactions(settings, "interactions");
  read(interactions, result.interactions);
  interactions.finish();
  result.interactions.validate();

  Section parameters(settings, "parameters");
  result.fit = find_model(name).plan(parameters);
  return result;
}

}  // namespace recocore::capi
