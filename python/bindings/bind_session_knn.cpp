#include <string>
#include <vector>

#include <recocore/models/session_knn.hpp>

#include "bindings.hpp"
#include "fitting.hpp"

namespace recocore::python {

namespace {

[[nodiscard]] SessionKnnConfig session_knn_config(const std::string& scoring, std::size_t k, std::size_t max_sessions,
                                                  double position_decay, double neighbour_power, double length_exponent,
                                                  double recency, double distance_decay, double before_weight,
                                                  double popularity_exponent, double expansion, double second_hop,
                                                  double reminders) {
  return {.scoring = parse_session_scoring(scoring),
          .k = k,
          .max_sessions = max_sessions,
          .position_decay = position_decay,
          .neighbour_power = neighbour_power,
          .length_exponent = length_exponent,
          .recency = recency,
          .distance_decay = distance_decay,
          .before_weight = before_weight,
          .popularity_exponent = popularity_exponent,
          .expansion = expansion,
          .second_hop = second_hop,
          .reminders = reminders};
}

}  // namespace

void bind_session_knn(py::module_& module) {
  py::class_<SessionKnnConfig>(module, "SessionKnnConfig", "Parameters of session_knn.")
      .def(py::init(&session_knn_config), py::kw_only(), py::arg("scoring"), py::arg("k"), py::arg("max_sessions"),
           py::arg("position_decay"), py::arg("neighbour_power"), py::arg("length_exponent"), py::arg("recency"),
           py::arg("distance_decay"), py::arg("before_weight"), py::arg("popularity_exponent"), py::arg("expansion"),
           py::arg("second_hop"), py::arg("reminders"));
  def_fit<SessionKnn, SessionKnnConfig>(module, "session_knn");
  module.def(
      "session_knn_next_items", [](const Model& model) { return to_csr(held<SessionKnn>(model.any()).next_items()); },
      py::arg("model"));
  module.def(
      "session_knn_reminder_rates",
      [](const Model& model) {
        const auto any = model.any();
        const auto rates = held<SessionKnn>(any).reminder_rates();
        return to_array(std::vector<double>(rates.begin(), rates.end()));
      },
      py::arg("model"));
}

}  // namespace recocore::python
