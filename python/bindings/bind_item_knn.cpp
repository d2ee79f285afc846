#include <string>

#include <recocore/models/item_knn.hpp>

#include "bindings.hpp"
#include "fitting.hpp"

namespace recocore::python {

namespace {

[[nodiscard]] ItemKnnConfig item_knn_config(std::size_t k, const std::string& similarity, const std::string& weighting,
                                            double shrinkage, std::uint32_t min_common, double alpha, double beta,
                                            double bm25_k1, double bm25_b) {
  return {.k = k,
          .similarity = {.similarity = parse_similarity(similarity),
                         .alpha = alpha,
                         .beta = beta,
                         .shrinkage = shrinkage,
                         .min_common = min_common},
          .weighting = {.weighting = parse_weighting(weighting), .bm25_k1 = bm25_k1, .bm25_b = bm25_b}};
}

}  // namespace

void bind_item_knn(py::module_& module) {
  py::class_<ItemKnnConfig>(module, "ItemKnnConfig", "Parameters of item_knn.")
      .def(py::init(&item_knn_config), py::kw_only(), py::arg("k"), py::arg("similarity"), py::arg("weighting"),
           py::arg("shrinkage"), py::arg("min_common"), py::arg("alpha"), py::arg("beta"), py::arg("bm25_k1"),
           py::arg("bm25_b"));
  def_fit<ItemKnn, ItemKnnConfig>(module, "item_knn");
  module.def(
      "item_knn_neighbours", [](const Model& model) { return to_csr(held<ItemKnn>(model.any()).similar()); },
      py::arg("model"));
}

}  // namespace recocore::python
