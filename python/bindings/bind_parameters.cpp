#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <pybind11/stl.h>

#include <recocore/models/als.hpp>
#include <recocore/models/blend.hpp>
#include <recocore/models/content_knn.hpp>
#include <recocore/models/ease.hpp>
#include <recocore/models/graph_filter.hpp>
#include <recocore/models/hybrid.hpp>
#include <recocore/models/item_knn.hpp>
#include <recocore/models/next_basket.hpp>
#include <recocore/models/popularity.hpp>
#include <recocore/models/rp3beta.hpp>
#include <recocore/models/session_knn.hpp>
#include <recocore/models/slim.hpp>
#include <recocore/models/sparse_ease.hpp>
#include <recocore/models/user_knn.hpp>

#include "bindings.hpp"

namespace recocore::python {

namespace {

template <class Enum>
[[nodiscard]] py::str name_of(Enum value, std::span<const std::string_view> names) {
  return py::str(std::string(names[static_cast<std::size_t>(value)]));
}

[[nodiscard]] py::dict parameters_of(const SimilarRowsConfig& config) {
  const auto& [similarity, weighting] = std::pair(config.similarity, config.weighting);
  py::object weights = py::none();
  if (weighting.weighting != Weighting::none) {
    weights = name_of(weighting.weighting, weighting_names());
  }
  return py::dict(py::arg("k") = config.k, py::arg("similarity") = name_of(similarity.similarity, similarity_names()),
                  py::arg("weighting") = weights, py::arg("shrinkage") = similarity.shrinkage,
                  py::arg("min_common") = similarity.min_common, py::arg("alpha") = similarity.alpha,
                  py::arg("beta") = similarity.beta, py::arg("bm25_k1") = weighting.bm25_k1,
                  py::arg("bm25_b") = weighting.bm25_b);
}

[[nodiscard]] py::dict parameters_of(const EaseConfig& config) {
  return py::dict(py::arg("l2") = config.l2, py::arg("user_exponent") = config.user_exponent,
                  py::arg("count_exponent") = config.count_exponent,
                  py::arg("candidate_exponent") = config.candidate_exponent, py::arg("dropout") = config.dropout,
                  py::arg("diagonal") = config.diagonal);
}

[[nodiscard]] py::dict parameters_of(const AlsConfig& config) {
  return py::dict(py::arg("factors") = config.factors, py::arg("epochs") = config.epochs,
                  py::arg("regularization") = config.regularization,
                  py::arg("unobserved_weight") = config.unobserved_weight,
                  py::arg("frequency_exponent") = config.frequency_exponent, py::arg("block_size") = config.block_size,
                  py::arg("init_scale") = config.init_scale, py::arg("seed") = config.seed);
}

[[nodiscard]] py::dict parameters_of(const GraphFilterConfig& config) {
  py::object k = py::none();
  if (config.k > 0) {
    k = py::int_(config.k);
  }
  return py::dict(py::arg("k") = k, py::arg("history_exponent") = config.history_exponent,
                  py::arg("user_exponent") = config.user_exponent,
                  py::arg("candidate_exponent") = config.candidate_exponent, py::arg("power") = config.power,
                  py::arg("dimensions") = config.dimensions, py::arg("low_pass_weight") = config.low_pass_weight,
                  py::arg("low_pass_history_exponent") = config.low_pass_history_exponent,
                  py::arg("low_pass_candidate_exponent") = config.low_pass_candidate_exponent,
                  py::arg("low_pass_damping") = config.low_pass_damping, py::arg("sharpening") = config.sharpening,
                  py::arg("sharpening_order") = config.sharpening_order, py::arg("seed") = config.seed);
}

[[nodiscard]] py::dict parameters_of(const NextBasketConfig& config) {
  return py::dict(py::arg("k") = config.k, py::arg("group_size") = config.group_size,
                  py::arg("within_decay") = config.within_decay, py::arg("group_decay") = config.group_decay,
                  py::arg("alpha") = config.alpha, py::arg("basket") = name_of(config.basket, basket_unit_names()));
}

[[nodiscard]] py::dict parameters_of(const SessionKnnConfig& config) {
  return py::dict(py::arg("scoring") = name_of(config.scoring, session_scoring_names()), py::arg("k") = config.k,
                  py::arg("max_sessions") = config.max_sessions, py::arg("position_decay") = config.position_decay,
                  py::arg("neighbour_power") = config.neighbour_power,
                  py::arg("length_exponent") = config.length_exponent, py::arg("recency") = config.recency,
                  py::arg("distance_decay") = config.distance_decay, py::arg("before_weight") = config.before_weight,
                  py::arg("popularity_exponent") = config.popularity_exponent, py::arg("expansion") = config.expansion,
                  py::arg("second_hop") = config.second_hop, py::arg("reminders") = config.reminders);
}

[[nodiscard]] py::dict parameters_of(const ContentKnnConfig& config) {
  py::dict by_hand;
  for (const auto& [name, weight] : config.weights.by_hand) {
    by_hand[py::str(name)] = weight;
  }
  return py::dict(py::arg("k") = config.k, py::arg("column_weights") = by_hand,
                  py::arg("learn_weights") = config.weights.learn, py::arg("seed") = config.weights.seed);
}

[[nodiscard]] py::dict parameters_of(const HybridConfig& config) {
  return py::dict(py::arg("half_support") = config.half_support, py::arg("inheritance") = config.inheritance,
                  py::arg("likeness") = config.likeness, py::arg("k") = config.k, py::arg("links") = config.links,
                  py::arg("user_half_support") = config.user_half_support, py::arg("segment") = config.segment);
}

/// The name of the Python class and its parameters; models in models are such pairs.
[[nodiscard]] std::pair<std::string, py::dict> describe(const AnyModel& model) {
  if (const auto* knn = model.get_if<ItemKnn>()) {
    return {"ItemKNN", parameters_of(knn->config())};
  }
  if (const auto* popular = model.get_if<Popularity>()) {
    const auto& config = popular->config();
    return {"Popularity", py::dict(py::arg("kind") = name_of(config.kind, popularity_kind_names()),
                                   py::arg("window_days") = config.window_days,
                                   py::arg("baseline_windows") = config.baseline_windows)};
  }
  if (const auto* blend = model.get_if<Blend>()) {
    py::list models;
    py::list weights;
    for (std::size_t part = 0; part < blend->parts().size(); ++part) {
      models.append(describe(blend->parts()[part]));
      weights.append(blend->weights()[part]);
    }
    return {"Blend", py::dict(py::arg("models") = models, py::arg("weights") = weights,
                              py::arg("method") = name_of(blend->config().method, fusion_names()),
                              py::arg("depth") = blend->config().depth)};
  }
  if (const auto* users = model.get_if<UserKnn>()) {
    auto parameters = parameters_of(users->config().similar);
    parameters["amplification"] = users->config().amplification;
    return {"UserKNN", parameters};
  }
  if (const auto* walk = model.get_if<Rp3beta>()) {
    const auto& config = walk->config();
    return {"RP3beta", py::dict(py::arg("k") = config.k, py::arg("alpha") = config.alpha, py::arg("beta") = config.beta,
                                py::arg("keep") = name_of(config.keep, kept_links_names()),
                                py::arg("normalise") = config.normalise)};
  }
  if (const auto* als = model.get_if<Als>()) {
    return {"ALS", parameters_of(als->config())};
  }
  if (const auto* ease = model.get_if<Ease>()) {
    return {"EASE", parameters_of(ease->config())};
  }
  if (const auto* sparse = model.get_if<SparseEase>()) {
    auto parameters = parameters_of(sparse->config().ease);
    parameters["k"] = sparse->config().k;
    return {"SparseEASE", parameters};
  }
  if (const auto* basket = model.get_if<NextBasket>()) {
    return {"NextBasket", parameters_of(basket->config())};
  }
  if (const auto* slim = model.get_if<Slim>()) {
    const auto& config = slim->config();
    return {"SLIM",
            py::dict(py::arg("l1") = config.l1, py::arg("l2") = config.l2, py::arg("positive") = config.positive,
                     py::arg("candidates") = config.candidates, py::arg("tolerance") = config.tolerance,
                     py::arg("max_iterations") = config.max_iterations)};
  }
  if (const auto* graph = model.get_if<GraphFilter>()) {
    return {"GraphFilter", parameters_of(graph->config())};
  }
  if (const auto* sessions = model.get_if<SessionKnn>()) {
    return {"SessionKNN", parameters_of(sessions->config())};
  }
  if (const auto* content = model.get_if<ContentKnn>()) {
    return {"ContentKNN", parameters_of(content->config())};
  }
  if (const auto* hybrid = model.get_if<Hybrid>()) {
    auto parameters = parameters_of(hybrid->config());
    parameters["collaborative"] = describe(hybrid->collaborative());
    return {"Hybrid", parameters};
  }
  throw InvalidParameter("a model of type '" + std::string(model.name()) + "' has no class in Python");
}

}  // namespace

void bind_parameters(py::module_& module) {
  module.def("model_parameters", [](const Model& model) { return describe(model.any()); }, py::arg("model"));
}

}  // namespace recocore::python
