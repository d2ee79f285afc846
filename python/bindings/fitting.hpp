/// What binding a model takes besides its configuration.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/stats/neighbours.hpp>

#include "bindings.hpp"

namespace recocore::python {

/// A model `M` of a `Config`.
template <class M, class Config>
[[nodiscard]] std::unique_ptr<Model> fit(const Interactions& interactions, const Config& config, unsigned threads,
                                         const Limits& limits, const py::object& progress) {
  return std::make_unique<Model>(run_interruptible(
      threads, progress, [&](const RunOptions& options) { return M::fit(interactions, config, options); }, limits));
}

/// Bytes that fitting an `M` takes at most beside the interactions.
template <class M, class Config>
[[nodiscard]] std::uint64_t estimate_fit_memory(const Interactions& interactions, const Config& config,
                                                unsigned threads) {
  return M::estimate_fit_memory(interactions, config, {.threads = threads});
}

/// Defines `fit_<name>` and `estimate_<name>_memory`.
template <class M, class Config>
void def_fit(py::module_& module, const std::string& name) {
  module.def(("fit_" + name).c_str(), &fit<M, Config>, py::arg("interactions"), py::arg("config"), py::arg("threads"),
             py::arg("limits"), py::arg("progress"));
  module.def(("estimate_" + name + "_memory").c_str(), &estimate_fit_memory<M, Config>, py::arg("interactions"),
             py::arg("config"), py::arg("threads"), py::call_guard<py::gil_scoped_release>());
}

/// The model itself, which lives as long as `model`.
/// @throws InvalidParameter when it is of another type.
template <class M>
[[nodiscard]] const M& held(const AnyModel& model) {
  const auto* model_held = model.get_if<M>();
  if (model_held == nullptr) {
    throw InvalidParameter("this is a model of type '" + std::string(model.name()) + "', not '" + std::string(M::name) +
                           "'");
  }
  return *model_held;
}

/// indptr, indices and data of lists of items: the rows of a SciPy matrix.
[[nodiscard]] inline py::tuple to_csr(const Neighbours<ItemIx>& lists) {
  std::vector<std::int64_t> indptr(lists.offsets.begin(), lists.offsets.end());
  std::vector<std::int32_t> indices;
  std::vector<float> data;
  indices.reserve(lists.entries.size());
  data.reserve(lists.entries.size());
  for (const auto& entry : lists.entries) {
    indices.push_back(static_cast<std::int32_t>(entry.index.value));
    data.push_back(entry.score);
  }
  return py::make_tuple(to_array(std::move(indptr)), to_array(std::move(indices)), to_array(std::move(data)));
}

}  // namespace recocore::python
