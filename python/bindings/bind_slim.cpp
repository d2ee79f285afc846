#include <recocore/models/slim.hpp>

#include "bindings.hpp"
#include "fitting.hpp"

namespace recocore::python {

void bind_slim(py::module_& module) {
  py::class_<SlimConfig>(module, "SlimConfig", "Parameters of slim.")
      .def(py::init([](double l1, double l2, bool positive, std::size_t candidates, double tolerance,
                       std::size_t max_iterations) {
             return SlimConfig{.l1 = l1,
                               .l2 = l2,
                               .positive = positive,
                               .candidates = candidates,
                               .tolerance = tolerance,
                               .max_iterations = max_iterations};
           }),
           py::kw_only(), py::arg("l1"), py::arg("l2"), py::arg("positive"), py::arg("candidates"),
           py::arg("tolerance"), py::arg("max_iterations"));
  def_fit<Slim, SlimConfig>(module, "slim");
  module.def(
      "slim_weights", [](const Model& model) { return to_csr(held<Slim>(model.any()).weights().rows()); },
      py::arg("model"));
}

}  // namespace recocore::python
