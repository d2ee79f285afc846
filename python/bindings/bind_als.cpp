#include <cstdint>
#include <span>

#include <recocore/models/als.hpp>

#include "bindings.hpp"
#include "fitting.hpp"

namespace recocore::python {

namespace {

[[nodiscard]] AlsConfig als_config(std::uint32_t factors, std::uint32_t epochs, double regularization,
                                   double unobserved_weight, double frequency_exponent, std::uint32_t block_size,
                                   double init_scale, std::uint64_t seed) {
  return {.factors = factors,
          .epochs = epochs,
          .regularization = regularization,
          .unobserved_weight = unobserved_weight,
          .frequency_exponent = frequency_exponent,
          .block_size = block_size,
          .init_scale = init_scale,
          .seed = seed};
}

/// A copy as an array of `d` columns.
[[nodiscard]] py::array_t<float> to_matrix(std::span<const float> values, std::size_t d) {
  const auto columns = static_cast<py::ssize_t>(d);
  return py::array_t<float>({static_cast<py::ssize_t>(values.size()) / columns, columns}, values.data());
}

}  // namespace

void bind_als(py::module_& module) {
  py::class_<AlsConfig>(module, "AlsConfig", "Parameters of als.")
      .def(py::init(&als_config), py::kw_only(), py::arg("factors"), py::arg("epochs"), py::arg("regularization"),
           py::arg("unobserved_weight"), py::arg("frequency_exponent"), py::arg("block_size"), py::arg("init_scale"),
           py::arg("seed"));
  def_fit<Als, AlsConfig>(module, "als");
  module.def(
      "als_item_factors",
      [](const Model& model) {
        const auto any = model.any();
        const auto& als = held<Als>(any);
        return to_matrix(als.item_factors(), als.config().factors);
      },
      py::arg("model"));
  module.def(
      "als_user_factors",
      [](const Model& model) {
        const auto any = model.any();
        const auto& als = held<Als>(any);
        return to_matrix(als.user_factors(), als.config().factors);
      },
      py::arg("model"));
}

}  // namespace recocore::python
