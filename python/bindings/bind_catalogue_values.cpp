#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <recocore/core/error.hpp>
#include <recocore/core/time.hpp>

#include "raw_values.hpp"

namespace recocore::python {

namespace py = pybind11;

namespace {

using detail::RawColumn;

void add_value(RawColumn& column, const py::handle& value);

[[nodiscard]] std::string where(const RawColumn& column) {
  return "row " + std::to_string(column.size()) + ", column " + to_display(column.name());
}

[[nodiscard]] std::string type_name(const py::handle& value) {
  return py::cast<std::string>(py::type::handle_of(value).attr("__name__"));
}

void add_text(RawColumn& column, const py::handle& value) {
  Py_ssize_t size = 0;
  const char* text = PyUnicode_AsUTF8AndSize(value.ptr(), &size);
  if (text == nullptr) {
    PyErr_Clear();
    throw InvalidData(where(column) + ": the text has half of a surrogate pair, which UTF-8 cannot hold");
  }
  column.add_text({text, static_cast<std::size_t>(size)});
}

void add_integer(RawColumn& column, const py::handle& value) {
  int overflow = 0;
  const auto integer = PyLong_AsLongLongAndOverflow(value.ptr(), &overflow);
  if (overflow == 0) {
    column.add_integer(integer);
    return;
  }
  const double number = PyLong_AsDouble(value.ptr());
  if (PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    throw InvalidData(where(column) + ": the integer is larger than any number of 64 bits");
  }
  column.add_real(number);
}

void add_list(RawColumn& column, const py::handle& values) {
  RawColumn elements(column.name(), true);
  for (const auto& element : values) {
    if (PyList_Check(element.ptr()) != 0 || PyTuple_Check(element.ptr()) != 0 || PyAnySet_Check(element.ptr()) != 0) {
      throw InvalidData(where(column) + ": lists within lists have no kind of column; give one list a row");
    }
    add_value(elements, element);
  }
  column.add_list(elements, 0, elements.size());
}

void add_time(RawColumn& column, const py::handle& value, const std::string& text) {
  if (text == "NaT") {
    column.add_missing();
    return;
  }
  const auto time = parse_time(text);
  if (!time) {
    throw InvalidData(where(column) + ": the " + type_name(value) + " " + to_display(std::string_view(text)) +
                      " is not a time between the years 1 and 9999");
  }
  column.add_time(*time);
}

/// What is not of Python's own plain types.
void add_other(RawColumn& column, const py::handle& value) {
  const auto type = type_name(value);
  if (type == "NAType" || type == "NaTType" || type == "MaskedConstant") {
    column.add_missing();
  } else if (py::hasattr(value, "isoformat") && type != "time") {
    add_time(column, value, py::cast<std::string>(value.attr("isoformat")()));
  } else if (type == "datetime64") {
    add_time(column, value, py::cast<std::string>(py::str(value)));
  } else if (type == "timedelta64") {
    throw InvalidData(where(column) + ": a duration has no kind of column; give a number, in a unit of your choice");
  } else if (py::hasattr(value, "tolist")) {
    // An array, or a scalar of NumPy, which some give back as they are.
    const py::object plain = value.attr("tolist")();
    if (!py::type::handle_of(plain).is(py::type::handle_of(value))) {
      add_value(column, plain);
    } else {
      column.add_real(py::cast<double>(value.attr("__float__")()));
    }
  } else if (py::hasattr(value, "to_list")) {
    add_list(column, value.attr("to_list")());
  } else if (py::hasattr(value, "__float__")) {
    column.add_real(py::cast<double>(value.attr("__float__")()));
  } else {
    throw InvalidData(where(column) + ": a value of the type " + type +
                      " has no kind of column; use numbers, text, booleans, times or lists of these, or leave the "
                      "column out with the kind 'ignore'");
  }
}

void add_value(RawColumn& column, const py::handle& value) {
  const bool is_nan = PyFloat_Check(value.ptr()) != 0 && std::isnan(PyFloat_AS_DOUBLE(value.ptr()));
  if (value.is_none() || is_nan) {
    // Also among text: pandas writes NaN there.
    column.add_missing();
  } else if (PyUnicode_Check(value.ptr()) != 0) {
    add_text(column, value);
  } else if (PyBool_Check(value.ptr()) != 0) {
    column.add_flag(value.ptr() == Py_True);
  } else if (PyLong_Check(value.ptr()) != 0) {
    add_integer(column, value);
  } else if (PyFloat_Check(value.ptr()) != 0) {
    column.add_real(PyFloat_AS_DOUBLE(value.ptr()));
  } else if (PyList_Check(value.ptr()) != 0 || PyTuple_Check(value.ptr()) != 0 || PyAnySet_Check(value.ptr()) != 0) {
    add_list(column, value);
  } else {
    add_other(column, value);
  }
}

template <class T, class Add>
void add_array(const py::object& values, const Add& add) {
  const auto array = py::cast<py::array_t<T, py::array::c_style | py::array::forcecast>>(values);
  for (py::ssize_t row = 0; row < array.size(); ++row) {
    add(array.data()[row]);
  }
}

void add_vectors(RawColumn& column, const py::object& values) {
  const auto array = py::cast<py::array_t<double, py::array::c_style | py::array::forcecast>>(values);
  RawColumn elements(column.name(), true);
  for (py::ssize_t at = 0; at < array.size(); ++at) {
    elements.add_real(array.data()[at]);
  }
  const auto width = static_cast<std::size_t>(array.shape(1));
  for (std::size_t row = 0; row < static_cast<std::size_t>(array.shape(0)); ++row) {
    column.add_list(elements, row * width, (row + 1) * width);
  }
}

}  // namespace

detail::RawColumn raw_column(const std::string& name, const std::string& what, const py::object& values) {
  RawColumn column(name);
  if (what == "flag") {
    add_array<bool>(values, [&](bool value) { column.add_flag(value); });
  } else if (what == "integer") {
    add_array<std::int64_t>(values, [&](std::int64_t value) { column.add_integer(value); });
  } else if (what == "number") {
    add_array<double>(values, [&](double value) { column.add_real(value); });
  } else if (what == "time") {
    add_array<std::int64_t>(values, [&](std::int64_t value) {
      if (value == std::numeric_limits<std::int64_t>::min()) {
        column.add_missing();
      } else {
        column.add_time(value);
      }
    });
  } else if (what == "vectors") {
    add_vectors(column, values);
  } else {
    if (what == "categories") {
      column.mark_coded();
    }
    for (const auto& value : values) {
      add_value(column, value);
    }
  }
  return column;
}

}  // namespace recocore::python
