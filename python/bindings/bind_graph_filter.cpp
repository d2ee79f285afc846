#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include <pybind11/stl.h>

#include <recocore/models/graph_filter.hpp>

#include "bindings.hpp"
#include "fitting.hpp"

namespace recocore::python {

namespace {

[[nodiscard]] GraphFilterConfig graph_filter_config(std::size_t k, double history_exponent, double user_exponent,
                                                    double candidate_exponent, double power,
                                                    std::optional<std::size_t> dimensions, double low_pass_weight,
                                                    double low_pass_history_exponent,
                                                    double low_pass_candidate_exponent, double low_pass_damping,
                                                    double sharpening, std::uint32_t sharpening_order,
                                                    std::uint64_t seed) {
  return {.k = k,
          .history_exponent = history_exponent,
          .user_exponent = user_exponent,
          .candidate_exponent = candidate_exponent,
          .power = power,
          .dimensions = dimensions,
          .low_pass_weight = low_pass_weight,
          .low_pass_history_exponent = low_pass_history_exponent,
          .low_pass_candidate_exponent = low_pass_candidate_exponent,
          .low_pass_damping = low_pass_damping,
          .sharpening = sharpening,
          .sharpening_order = sharpening_order,
          .seed = seed};
}

}  // namespace

void bind_graph_filter(py::module_& module) {
  py::class_<GraphFilterConfig>(module, "GraphFilterConfig", "Parameters of graph_filter.")
      .def(py::init(&graph_filter_config), py::kw_only(), py::arg("k"), py::arg("history_exponent"),
           py::arg("user_exponent"), py::arg("candidate_exponent"), py::arg("power"), py::arg("dimensions"),
           py::arg("low_pass_weight"), py::arg("low_pass_history_exponent"), py::arg("low_pass_candidate_exponent"),
           py::arg("low_pass_damping"), py::arg("sharpening"), py::arg("sharpening_order"), py::arg("seed"));
  def_fit<GraphFilter, GraphFilterConfig>(module, "graph_filter");
  module.def(
      "graph_filter_weights", [](const Model& model) { return to_csr(held<GraphFilter>(model.any()).weights()); },
      py::arg("model"));
  module.def(
      "graph_filter_factors",
      [](const Model& model) {
        auto factors = held<GraphFilter>(model.any()).factors();
        return py::make_tuple(to_array(std::move(factors.singular_values)), to_array(std::move(factors.right)));
      },
      py::arg("model"));
}

}  // namespace recocore::python
