#include <string>

#include <recocore/models/rp3beta.hpp>

#include "bindings.hpp"
#include "fitting.hpp"

namespace recocore::python {

void bind_rp3beta(py::module_& module) {
  py::class_<Rp3betaConfig>(module, "Rp3betaConfig", "Parameters of rp3beta.")
      .def(py::init([](std::size_t k, double alpha, double beta, const std::string& keep, bool normalise) {
             return Rp3betaConfig{
                 .k = k, .alpha = alpha, .beta = beta, .keep = parse_kept_links(keep), .normalise = normalise};
           }),
           py::kw_only(), py::arg("k"), py::arg("alpha"), py::arg("beta"), py::arg("keep"), py::arg("normalise"));
  def_fit<Rp3beta, Rp3betaConfig>(module, "rp3beta");
  module.def(
      "rp3beta_weights", [](const Model& model) { return to_csr(held<Rp3beta>(model.any()).weights().rows()); },
      py::arg("model"));
}

}  // namespace recocore::python
