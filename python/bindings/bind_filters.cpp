#include <optional>
#include <utility>

#include <pybind11/stl.h>

#include <recocore/rank/rules.hpp>
#include <recocore/rank/where.hpp>

#include "bindings.hpp"

namespace recocore::python {

void bind_filters(py::module_& module) {
  py::class_<PreparedWhere>(module, "PreparedWhere", "A condition made ready for a model.")
      .def(py::init([](const Where& where, const Model& model) {
             const auto any = model.any();
             const auto* catalogue = any.catalogue();
             return PreparedWhere(where, catalogue == nullptr ? Catalogue() : *catalogue, any.profiles());
           }),
           py::arg("where"), py::arg("model"), py::call_guard<py::gil_scoped_release>());
  py::class_<PreparedRules>(module, "PreparedRules", "Rules made ready for a model.")
      .def(py::init([](const Rules& rules, const Model& model) {
             const auto any = model.any();
             return PreparedRules(rules, any.items(), any.catalogue(), any.profiles());
           }),
           py::arg("rules"), py::arg("model"), py::call_guard<py::gil_scoped_release>());
}

}  // namespace recocore::python
