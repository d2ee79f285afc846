#include <cstddef>
#include <string>
#include <vector>

#include <recocore/models/ease.hpp>
#include <recocore/models/sparse_ease.hpp>

#include "bindings.hpp"
#include "fitting.hpp"

namespace recocore::python {

namespace {

[[nodiscard]] EaseConfig ease_config(double l2, double user_exponent, double count_exponent, double candidate_exponent,
                                     double dropout, double diagonal) {
  return {.l2 = l2,
          .user_exponent = user_exponent,
          .count_exponent = count_exponent,
          .candidate_exponent = candidate_exponent,
          .dropout = dropout,
          .diagonal = diagonal};
}

[[nodiscard]] py::array_t<float> dense_weights(const Model& model) {
  const auto any = model.any();
  const auto& ease = held<Ease>(any);
  const auto items = static_cast<py::ssize_t>(ease.interactions().items().size());
  return py::array_t<float>(std::vector<py::ssize_t>{items, items}, ease.weights().data());
}

}  // namespace

void bind_ease(py::module_& module) {
  py::class_<EaseConfig>(module, "EaseConfig", "Parameters of ease.")
      .def(py::init(&ease_config), py::kw_only(), py::arg("l2"), py::arg("user_exponent"), py::arg("count_exponent"),
           py::arg("candidate_exponent"), py::arg("dropout"), py::arg("diagonal"));
  py::class_<SparseEaseConfig>(module, "SparseEaseConfig", "Parameters of sparse_ease.")
      .def(py::init([](std::size_t k, const EaseConfig& ease) { return SparseEaseConfig{.k = k, .ease = ease}; }),
           py::kw_only(), py::arg("k"), py::arg("ease"));
  def_fit<Ease, EaseConfig>(module, "ease");
  def_fit<SparseEase, SparseEaseConfig>(module, "sparse_ease");
  module.def("ease_weights", &dense_weights, py::arg("model"));
  module.def(
      "sparse_ease_weights", [](const Model& model) { return to_csr(held<SparseEase>(model.any()).weights().rows()); },
      py::arg("model"));
}

}  // namespace recocore::python
