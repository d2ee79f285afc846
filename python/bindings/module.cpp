#include <recocore/core/config.hpp>

#include "bindings.hpp"

PYBIND11_MODULE(_core, module) {
  module.doc() = "The native part of recocore. Private: use the package.";
  module.attr("__version__") = RECOCORE_VERSION;
  recocore::python::bind_errors(module);
  recocore::python::bind_run(module);
  recocore::python::bind_ids(module);
  recocore::python::bind_data(module);
  recocore::python::bind_catalogue(module);
  recocore::python::bind_results(module);
  recocore::python::bind_models(module);
  recocore::python::bind_content(module);
  recocore::python::bind_ease(module);
  recocore::python::bind_graph_filter(module);
  recocore::python::bind_index(module);
  recocore::python::bind_hybrid(module);
  recocore::python::bind_item_knn(module);
  recocore::python::bind_blend(module);
  recocore::python::bind_popularity(module);
  recocore::python::bind_als(module);
  recocore::python::bind_next_basket(module);
  recocore::python::bind_rp3beta(module);
  recocore::python::bind_session_knn(module);
  recocore::python::bind_slim(module);
  recocore::python::bind_user_knn(module);
  recocore::python::bind_rules(module);
  recocore::python::bind_files(module);
  recocore::python::bind_live(module);
  recocore::python::bind_parameters(module);
  recocore::python::bind_filters(module);
  recocore::python::bind_eval(module);
  recocore::python::bind_segments(module);
  recocore::python::bind_drift_replay(module);
  recocore::python::bind_drift_detectors(module);
  recocore::python::bind_drift_plans(module);
}
