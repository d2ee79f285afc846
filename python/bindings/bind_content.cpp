#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/stl.h>

#include <recocore/core/error.hpp>
#include <recocore/data/catalogue.hpp>
#include <recocore/models/content_knn.hpp>

#include "bindings.hpp"
#include "fitting.hpp"
#include "ids.hpp"

namespace recocore::python {

namespace {

using ByHand = std::vector<std::pair<std::string, double>>;

[[nodiscard]] ContentKnnConfig content_knn_config(std::size_t k, ByHand column_weights, bool learn_weights,
                                                  std::uint64_t seed) {
  return {.k = k, .weights = {.by_hand = std::move(column_weights), .learn = learn_weights, .seed = seed}};
}

[[nodiscard]] std::unique_ptr<Model> fit_content_knn(const Interactions& interactions, const Catalogue& items,
                                                     const ContentKnnConfig& config, unsigned threads,
                                                     const Limits& limits, const py::object& progress) {
  return std::make_unique<Model>(run_interruptible(
      threads, progress,
      [&](const RunOptions& options) { return ContentKnn::fit(interactions, items, config, options); }, limits));
}

[[nodiscard]] ItemIx position_of(const ContentKnn& model, const py::handle& item) {
  const auto id = to_id(item, "item id");
  const auto position = model.items().find(id);
  if (!position) {
    throw UnknownId("unknown item " + to_display(id));
  }
  return ItemIx(std::size_t{*position});
}

[[nodiscard]] py::list report_rows(const ContentReport& report) {
  py::list rows;
  for (const auto& column : report.columns) {
    rows.append(py::dict(py::arg("column") = column.name, py::arg("kind") = std::string(to_string(column.kind)),
                         py::arg("weight") = column.weight, py::arg("by_hand") = column.by_hand,
                         py::arg("coverage") = column.coverage, py::arg("lift") = column.lift,
                         py::arg("auc") = column.auc));
  }
  return rows;
}

[[nodiscard]] py::tuple explain_pair(const Model& model, const py::handle& a, const py::handle& b) {
  const auto any = model.any();
  const auto& content = held<ContentKnn>(any);
  const auto match = content.explain(position_of(content, a), position_of(content, b));
  py::list rows;
  for (const auto& part : match.parts) {
    rows.append(py::dict(py::arg("column") = part.column, py::arg("kind") = std::string(to_string(part.kind)),
                         py::arg("similarity") = part.similarity, py::arg("share") = part.share,
                         py::arg("fact") = part.fact));
  }
  return py::make_tuple(match.score, rows, to_text(match));
}

}  // namespace

void bind_content(py::module_& module) {
  py::class_<ContentKnnConfig>(module, "ContentKnnConfig", "Parameters of content_knn.")
      .def(py::init(&content_knn_config), py::kw_only(), py::arg("k"), py::arg("column_weights"),
           py::arg("learn_weights"), py::arg("seed"));
  module.def("fit_content_knn", &fit_content_knn, py::arg("interactions"), py::arg("items"), py::arg("config"),
             py::arg("threads"), py::arg("limits"), py::arg("progress"));
  module.def(
      "estimate_content_knn_memory",
      [](const Interactions& interactions, const Catalogue& items, const ContentKnnConfig& config, unsigned threads) {
        return ContentKnn::estimate_fit_memory(interactions, items, config, {.threads = threads});
      },
      py::arg("interactions"), py::arg("items"), py::arg("config"), py::arg("threads"),
      py::call_guard<py::gil_scoped_release>());
  module.def(
      "content_knn_catalogue", [](const Model& model) { return held<ContentKnn>(model.any()).catalogue(); },
      py::arg("model"));
  module.def(
      "content_knn_report",
      [](const Model& model) {
        const auto any = model.any();
        const auto& report = held<ContentKnn>(any).report();
        return py::make_tuple(report_rows(report), to_text(report));
      },
      py::arg("model"));
  module.def("content_knn_explain", &explain_pair, py::arg("model"), py::arg("a"), py::arg("b"));
}

}  // namespace recocore::python
