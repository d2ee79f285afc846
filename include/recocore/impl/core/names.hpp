/// Enumerations by name.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <recocore/core/error.hpp>

namespace recocore::detail {

/// The enumerator with a name, given the names in the order of the enumeration.
template <class Enum>
[[nodiscard]] Enum parse_name(std::string_view what, std::string_view name, std::span<const std::string_view> names) {
  std::string known;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) {
      return static_cast<Enum>(i);
    }
    known.append(i == 0 ? "'" : ", '").append(names[i]).append("'");
  }
  throw InvalidParameter("unknown " + std::string(what) + " '" + std::string(name) + "'; known are " + known);
}

}  // namespace recocore::detail
