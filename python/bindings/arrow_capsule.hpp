/// Arrow streams as Python hands them around: the Arrow PyCapsule interface.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <pybind11/pybind11.h>

#include <recocore/core/error.hpp>
#include <recocore/io/arrow_abi.hpp>
#include <recocore/io/arrow_export.hpp>

namespace recocore::python {

inline constexpr const char* arrow_stream_name = "arrow_array_stream";

/// The stream in a capsule, which the reader is to take over.
[[nodiscard]] inline ArrowArrayStream& stream_of(const pybind11::capsule& capsule) {
  auto* stream = static_cast<ArrowArrayStream*>(PyCapsule_GetPointer(capsule.ptr(), arrow_stream_name));
  if (stream == nullptr) {
    PyErr_Clear();
    throw InvalidData("__arrow_c_stream__ gave a capsule that is not an Arrow stream");
  }
  return *stream;
}

[[nodiscard]] inline pybind11::capsule to_capsule(std::vector<ArrowExportColumn> columns) {
  auto stream = std::make_unique<ArrowArrayStream>();
  export_table(std::move(columns), *stream);
  auto* held = stream.release();
  return pybind11::capsule(held, arrow_stream_name, [](PyObject* capsule) {
    const std::unique_ptr<ArrowArrayStream> owned(
        static_cast<ArrowArrayStream*>(PyCapsule_GetPointer(capsule, arrow_stream_name)));
    if (owned->release != nullptr) {
      owned->release(owned.get());
    }
  });
}

}  // namespace recocore::python
