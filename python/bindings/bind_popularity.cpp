#include <string>

#include <recocore/models/popularity.hpp>

#include "bindings.hpp"
#include "fitting.hpp"

namespace recocore::python {

namespace {

[[nodiscard]] PopularityConfig popularity_config(const std::string& kind, double window_days,
                                                 std::uint32_t baseline_windows) {
  return {.kind = parse_popularity_kind(kind), .window_days = window_days, .baseline_windows = baseline_windows};
}

}  // namespace

void bind_popularity(py::module_& module) {
  py::class_<PopularityConfig>(module, "PopularityConfig", "Parameters of popularity.")
      .def(py::init(&popularity_config), py::kw_only(), py::arg("kind"), py::arg("window_days"),
           py::arg("baseline_windows"));
  def_fit<Popularity, PopularityConfig>(module, "popularity");
}

}  // namespace recocore::python
