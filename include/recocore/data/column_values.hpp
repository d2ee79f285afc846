/// Values of columns as text for people.
#pragma once

#include <cstddef>
#include <string>

#include <recocore/core/id.hpp>
#include <recocore/data/attribute_table.hpp>

namespace recocore {

/// An id or a value of a dictionary, bare: 12, red.
[[nodiscard]] std::string value_text(const IdView& value);

/// A cell for people: "red", "merlot, pinot noir", "12.5", "yes", "2021-12-31", "47.05, 8.31",
/// "vector of 384 dimensions". Empty when it is missing. Texts are not cut.
[[nodiscard]] std::string value_text(const Column& column, std::size_t row);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/data/column_values_inl.hpp>
#endif
