#include <cstdint>
#include <memory>
#include <string>

#include <pybind11/stl.h>

#include <recocore/io/model_file.hpp>

#include "bindings.hpp"

namespace recocore::python {

void bind_files(py::module_& module) {
  py::class_<ModelFile>(module, "ModelFile", "A model file that was opened.")
      .def_static(
          "open",
          [](const std::string& path, bool mmap, bool verify) {
            const py::gil_scoped_release without_gil;
            return ModelFile::open(path, {.mmap = mmap, .verify = verify});
          },
          py::arg("path"), py::arg("mmap"), py::arg("verify"))
      .def("model",
           [](const ModelFile& self) {
             const py::gil_scoped_release without_gil;
             return std::make_unique<Model>(self.model(), self.retired());
           })
      .def_property_readonly("model_name", [](const ModelFile& self) { return std::string(self.model_name()); })
      .def_property_readonly("serving_only", &ModelFile::serving_only)
      .def_property_readonly("sequence", &ModelFile::sequence)
      .def_property_readonly("parameters",
                             [](const ModelFile& self) { return py::bytes(std::string(self.parameters())); })
      .def_property_readonly("bytes", &ModelFile::bytes);

  module.def(
      "save_model",
      [](const Model& model, const std::string& path, bool serving_only, bool histories, std::uint64_t sequence,
         const std::string& parameters) {
        const py::gil_scoped_release without_gil;
        save_model(model.any(), path,
                   {.serving_only = serving_only,
                    .histories = histories,
                    .sequence = sequence,
                    .retired = model.live().retired(),
                    .parameters = parameters});
      },
      py::arg("model"), py::arg("path"), py::arg("serving_only"), py::arg("histories"), py::arg("sequence"),
      py::arg("parameters"));

  // What interactions were before items and users without any were added.
  module.def(
      "interactions_in_use",
      [](const Interactions& interactions) {
        const py::gil_scoped_release without_gil;
        return interactions.has_events() ? Interactions::from_events(interactions.events(), interactions.config())
                                         : interactions;
      },
      py::arg("interactions"));
}

}  // namespace recocore::python
