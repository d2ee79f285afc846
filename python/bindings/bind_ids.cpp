#include <cmath>
#include <utility>

#include <pybind11/stl.h>

#include <recocore/core/error.hpp>
#include <recocore/impl/io/arrow_ids.hpp>
#include <recocore/impl/io/arrow_stream.hpp>

#include "arrow_capsule.hpp"
#include "bindings.hpp"
#include "ids.hpp"

namespace recocore::python {

namespace {

[[nodiscard]] std::string in_row(const std::optional<std::size_t>& row) {
  return row ? "row " + std::to_string(*row) + ": " : std::string{};
}

/// A value in a message: not the whole of what is long.
[[nodiscard]] std::string shown(const py::handle& value) {
  return py::cast<std::string>(py::module_::import("recocore._checks").attr("shown")(value));
}

[[nodiscard]] std::string_view text_of(const py::handle& value, const std::optional<std::size_t>& row) {
  Py_ssize_t size = 0;
  const char* text = PyUnicode_AsUTF8AndSize(value.ptr(), &size);
  if (text == nullptr) {
    PyErr_Clear();
    throw InvalidData(in_row(row) + "an id has characters that UTF-8 cannot write (half of a surrogate pair)");
  }
  return {text, static_cast<std::size_t>(size)};
}

[[noreturn]] void throw_not_an_id(const py::handle& value, std::string_view what,
                                  const std::optional<std::size_t>& row) {
  const std::string name(what);
  const auto where = in_row(row);
  const auto type = std::string(py::str(py::type::handle_of(value).attr("__name__")));
  if (value.is_none() || type == "NAType" || type == "NaTType" ||
      (PyFloat_Check(value.ptr()) != 0 && std::isnan(PyFloat_AS_DOUBLE(value.ptr())))) {
    throw InvalidData(where + "the " + name + " is missing (" + std::string(py::str(value)) +
                      "); drop such entries or fill them in");
  }
  std::string advice = "convert it to one of them";
  if (PyBytes_Check(value.ptr()) != 0) {
    advice = "decode it to text";
  } else if (PyFloat_Check(value.ptr()) != 0) {
    advice = "convert it to int, if it is a whole number that became a float by missing values next to it";
  }
  throw IdTypeError(where + "the " + name + " " + shown(value) + " is of the type " + type +
                    ", but an id is an int or a str; " + advice);
}

[[nodiscard]] std::int64_t integer_of(const py::handle& value, std::string_view what,
                                      const std::optional<std::size_t>& row) {
  const auto index = py::reinterpret_steal<py::object>(PyNumber_Index(value.ptr()));
  if (!index) {
    PyErr_Clear();
    throw_not_an_id(value, what, row);
  }
  int overflow = 0;
  const auto integer = PyLong_AsLongLongAndOverflow(index.ptr(), &overflow);
  if (overflow != 0) {
    throw IdTypeError(in_row(row) + "the " + std::string(what) + " " + shown(index) +
                      " does not fit a signed 64-bit integer; convert such ids to text");
  }
  return integer;
}

[[nodiscard]] py::array object_array(std::size_t size) {
  return {py::dtype("O"), std::vector<py::ssize_t>{static_cast<py::ssize_t>(size)}};
}

/// Only when the map is text.
[[nodiscard]] py::array texts_to_python(const IdMap& ids) {
  auto result = object_array(ids.size());
  auto** slots = static_cast<PyObject**>(result.mutable_data());
  for (std::size_t position = 0; position < ids.size(); ++position) {
    slots[position] = to_python(ids.at(position)).release().ptr();
  }
  return result;
}

}  // namespace

IdView to_id(const py::handle& value, std::string_view what, const std::optional<std::size_t>& row) {
  if (PyUnicode_Check(value.ptr()) != 0) {
    return text_of(value, row);
  }
  if (PyBool_Check(value.ptr()) == 0 && PyFloat_Check(value.ptr()) == 0 && PyIndex_Check(value.ptr()) != 0 &&
      PySequence_Check(value.ptr()) == 0) {
    return integer_of(value, what, row);
  }
  throw_not_an_id(value, what, row);
}

py::object to_python(const IdView& id) {
  if (const auto* integer = std::get_if<std::int64_t>(&id)) {
    return py::int_(*integer);
  }
  const auto text = std::get<std::string_view>(id);
  // Files need not be UTF-8: what is not comes out as Python writes undecodable file names.
  auto* decoded = PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "surrogateescape");
  if (decoded == nullptr) {
    throw py::error_already_set();
  }
  return py::reinterpret_steal<py::object>(decoded);
}

py::array to_python(const IdMap& ids) {
  if (ids.kind() == IdKind::text) {
    return texts_to_python(ids);
  }
  std::vector<std::int64_t> integers(ids.size());
  for (std::size_t position = 0; position < ids.size(); ++position) {
    integers[position] = std::get<std::int64_t>(ids.at(position));
  }
  return to_array(std::move(integers));
}

Ids Ids::view(const py::array_t<std::int64_t, py::array::c_style>& values) {
  Ids result;
  result.owner_ = values;
  result.borrowed_ = {values.data(), static_cast<std::size_t>(values.size())};
  return result;
}

Ids Ids::from_sequence(const py::sequence& values, const std::string& what) {
  Ids result;
  const auto fast = py::reinterpret_steal<py::object>(PySequence_Fast(values.ptr(), "ids are a sequence"));
  if (!fast) {
    throw py::error_already_set();
  }
  const auto size = PySequence_Fast_GET_SIZE(fast.ptr());
  for (Py_ssize_t row = 0; row < size; ++row) {
    const py::handle value = PySequence_Fast_GET_ITEM(fast.ptr(), row);
    const auto id = to_id(value, what, static_cast<std::size_t>(row));
    const bool is_text = kind_of(id) == IdKind::text;
    if (row > 0 && is_text != result.is_text_) {
      const py::handle first = PySequence_Fast_GET_ITEM(fast.ptr(), 0);
      throw IdTypeError("row " + std::to_string(row) + ": the " + what + " " + shown(value) + " is " +
                        std::string(to_string(kind_of(id))) + ", but " + shown(first) + " in row 0 is " +
                        std::string(to_string(result.is_text_ ? IdKind::text : IdKind::integer)) +
                        "; make all of them one or the other");
    }
    result.append(id);
  }
  return result;
}

Ids Ids::from_arrow(const py::capsule& stream, const std::string& what) {
  detail::ArrowReader reader(stream_of(stream));
  Ids result;
  const auto& schema = reader.schema();
  for (bool more = true; more;) {
    detail::ArrowOwned<ArrowArray> batch;
    more = reader.next(batch);
    if (more && batch->length > 0) {
      const auto rows = static_cast<std::size_t>(batch->length);
      detail::ArrowIds ids(detail::ArrowColumn(what, schema, *batch, 0, rows), what);
      const auto block = ids.block(0, rows, result.size());
      for (std::size_t row = 0; row < rows; ++row) {
        result.append(block[row]);
      }
    }
  }
  return result;
}

void Ids::append(const IdView& id) {
  if (const auto* integer = std::get_if<std::int64_t>(&id)) {
    integers_.push_back(*integer);
  } else {
    is_text_ = true;
    bytes_.append(std::get<std::string_view>(id));
    offsets_.push_back(static_cast<std::int64_t>(bytes_.size()));
  }
}

IdColumn Ids::column() const noexcept {
  if (is_text_) {
    return {PackedText<std::int64_t>{offsets_, bytes_.data()}};
  }
  return {owner_ ? borrowed_ : std::span<const std::int64_t>(integers_)};
}

py::array Ids::to_array() const {
  const auto ids = column();
  if (!is_text_) {
    std::vector<std::int64_t> integers(ids.size());
    for (std::size_t row = 0; row < ids.size(); ++row) {
      integers[row] = std::get<std::int64_t>(ids[row]);
    }
    return python::to_array(std::move(integers));
  }
  auto result = object_array(ids.size());
  auto** slots = static_cast<PyObject**>(result.mutable_data());
  for (std::size_t row = 0; row < ids.size(); ++row) {
    slots[row] = to_python(ids[row]).release().ptr();
  }
  return result;
}

void bind_ids(py::module_& module) {
  py::class_<Ids>(module, "Ids", "Ids in a form the library reads.")
      .def_static("view", &Ids::view, py::arg("values").noconvert(), "An int64 array, read in place.")
      .def_static("from_sequence", &Ids::from_sequence, py::arg("values"), py::arg("what"))
      .def_static("from_arrow", &Ids::from_arrow, py::arg("stream"), py::arg("what"))
      .def("to_array", &Ids::to_array)
      .def("__len__", &Ids::size);
}

}  // namespace recocore::python
