#include <recocore/models/user_knn.hpp>

#include "bindings.hpp"
#include "fitting.hpp"

namespace recocore::python {

void bind_user_knn(py::module_& module) {
  py::class_<UserKnnConfig>(module, "UserKnnConfig", "Parameters of user_knn.")
      .def(py::init([](const SimilarRowsConfig& similar, double amplification) {
             return UserKnnConfig{.similar = similar, .amplification = amplification};
           }),
           py::kw_only(), py::arg("similar"), py::arg("amplification"));
  def_fit<UserKnn, UserKnnConfig>(module, "user_knn");
}

}  // namespace recocore::python
