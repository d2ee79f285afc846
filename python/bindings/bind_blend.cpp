#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/stl.h>

#include <recocore/eval/blend_weights.hpp>
#include <recocore/models/blend.hpp>

#include "bindings.hpp"
#include "fitting.hpp"

namespace recocore::python {

namespace {

using Parts = std::vector<const Model*>;

[[nodiscard]] std::vector<AnyModel> to_parts(const Parts& models) {
  std::vector<AnyModel> parts;
  parts.reserve(models.size());
  for (const auto* model : models) {
    parts.push_back(model->any());
  }
  return parts;
}

[[nodiscard]] BlendWeightsConfig weights_config(const BlendConfig& blend, bool exclude_seen, std::uint64_t seed) {
  return {.blend = blend, .exclude_seen = exclude_seen, .seed = seed};
}

[[nodiscard]] py::tuple learn_weights(const Parts& models, const Interactions& test, const BlendConfig& config,
                                      bool exclude_seen, std::uint64_t seed, unsigned threads, const Limits& limits,
                                      const py::object& progress) {
  const auto parts = to_parts(models);
  const auto learned = run_interruptible(
      threads, progress,
      [&](const RunOptions& options) {
        return learn_blend_weights(parts, test, weights_config(config, exclude_seen, seed), options);
      },
      limits);
  return py::make_tuple(learned.weights, learned.ndcg, learned.users);
}

}  // namespace

void bind_blend(py::module_& module) {
  py::class_<BlendConfig>(module, "BlendConfig", "Parameters of blend.")
      .def(py::init([](const std::string& method, std::size_t depth) {
             return BlendConfig{.method = parse_fusion(method), .depth = depth};
           }),
           py::kw_only(), py::arg("method"), py::arg("depth"));
  module.def(
      "blend",
      [](const Parts& models, std::vector<double> weights, const BlendConfig& config) {
        return std::make_unique<Model>(Blend(to_parts(models), std::move(weights), config));
      },
      py::arg("models"), py::arg("weights"), py::arg("config"));
  module.def(
      "blend_parts",
      [](const Model& model) {
        std::vector<std::unique_ptr<Model>> parts;
        const auto any = model.any();
        for (const auto& part : held<Blend>(any).parts()) {
          parts.push_back(std::make_unique<Model>(part));
        }
        return parts;
      },
      py::arg("model"));
  module.def(
      "blend_weights",
      [](const Model& model) {
        const auto any = model.any();
        const auto weights = held<Blend>(any).weights();
        return std::vector<double>(weights.begin(), weights.end());
      },
      py::arg("model"));
  module.def("learn_blend_weights", &learn_weights, py::arg("models"), py::arg("test"), py::arg("config"),
             py::arg("exclude_seen"), py::arg("seed"), py::arg("threads"), py::arg("limits"), py::arg("progress"));
  module.def(
      "estimate_blend_weights_memory",
      [](const Interactions& interactions, std::size_t parts, const BlendConfig& config, unsigned threads) {
        return estimate_blend_weights_memory(parts, interactions.users().size(), interactions.items().size(),
                                             weights_config(config, true, 0), {.threads = threads});
      },
      py::arg("interactions"), py::arg("parts"), py::arg("config"), py::arg("threads"));
  module.def(
      "require_memory",
      [](std::uint64_t needed, const Limits& limits, const std::string& what, const std::string& advice) {
        if (limits.memory > 0) {
          require_memory(needed, {.memory_limit = limits.memory}, what, advice);
        }
      },
      py::arg("needed"), py::arg("limits"), py::arg("what"), py::arg("advice"));
}

}  // namespace recocore::python
