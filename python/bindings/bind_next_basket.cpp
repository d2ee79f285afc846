#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <recocore/models/next_basket.hpp>

#include "bindings.hpp"
#include "fitting.hpp"

namespace recocore::python {

namespace {

[[nodiscard]] NextBasketConfig next_basket_config(std::size_t k, std::uint32_t group_size, double within_decay,
                                                  double group_decay, double alpha, const std::string& basket) {
  return {.k = k,
          .group_size = group_size,
          .within_decay = within_decay,
          .group_decay = group_decay,
          .alpha = alpha,
          .basket = parse_basket_unit(basket)};
}

/// indptr, indices and data of the vectors of all users.
[[nodiscard]] py::tuple vectors(const Model& held_model) {
  const auto any = held_model.any();
  const auto& model = held<NextBasket>(any);
  const std::size_t users = model.interactions().users().size();
  std::vector<std::int64_t> indptr{0};
  std::vector<std::int32_t> indices;
  std::vector<float> data;
  indptr.reserve(users + 1);
  for (std::size_t user = 0; user < users; ++user) {
    for (const auto& [item, value] : model.vector_of(UserIx(user))) {
      indices.push_back(static_cast<std::int32_t>(item.value));
      data.push_back(value);
    }
    indptr.push_back(static_cast<std::int64_t>(indices.size()));
  }
  return py::make_tuple(to_array(std::move(indptr)), to_array(std::move(indices)), to_array(std::move(data)));
}

}  // namespace

void bind_next_basket(py::module_& module) {
  py::class_<NextBasketConfig>(module, "NextBasketConfig", "Parameters of next_basket.")
      .def(py::init(&next_basket_config), py::kw_only(), py::arg("k"), py::arg("group_size"), py::arg("within_decay"),
           py::arg("group_decay"), py::arg("alpha"), py::arg("basket"));
  def_fit<NextBasket, NextBasketConfig>(module, "next_basket");
  module.def("next_basket_vectors", &vectors, py::arg("model"));
}

}  // namespace recocore::python
