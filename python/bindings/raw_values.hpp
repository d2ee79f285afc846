/// Values of Python as columns of tables.
#pragma once

#include <string>

#include <pybind11/pybind11.h>

#include <recocore/impl/io/raw_column.hpp>

namespace recocore::python {

/// @param what "flag", "integer", "number" or "time" (microseconds) for arrays of one dimension, of bool, int64,
///        float64 and int64; "vectors" for an array of float64 with a row of numbers each; "objects" for a sequence of
///        anything; "categories" for the same where the values are known to be few.
[[nodiscard]] detail::RawColumn raw_column(const std::string& name, const std::string& what,
                                           const pybind11::object& values);

}  // namespace recocore::python
