/// Ids between Python and the library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <recocore/core/id.hpp>
#include <recocore/core/id_column.hpp>
#include <recocore/core/id_map.hpp>

namespace recocore::python {

namespace py = pybind11;

/// One id of a caller: an int or a str, or what NumPy has for them. A text view lives as long as the object.
/// @param what names it in messages: "user id". @param row where it is, for messages.
/// @throws IdTypeError another type; InvalidData nothing at all (None, NaN).
[[nodiscard]] IdView to_id(const py::handle& value, std::string_view what, const std::optional<std::size_t>& row = {});

[[nodiscard]] py::object to_python(const IdView& id);

/// All ids of a map: int64, or objects of type str.
[[nodiscard]] py::array to_python(const IdMap& ids);

/// `_core.Ids`: ids of a caller in a form the library reads.
class Ids {
 public:
  Ids() = default;
  explicit Ids(const IdView& id) { append(id); }

  /// Reads an array of int64 in place.
  [[nodiscard]] static Ids view(const py::array_t<std::int64_t, py::array::c_style>& values);
  /// From any sequence of int or str.
  [[nodiscard]] static Ids from_sequence(const py::sequence& values, const std::string& what);
  /// From an Arrow stream of a single column.
  [[nodiscard]] static Ids from_arrow(const py::capsule& stream, const std::string& what);

  void append(const IdView& id);

  [[nodiscard]] std::size_t size() const noexcept { return column().size(); }
  [[nodiscard]] IdColumn column() const noexcept;
  [[nodiscard]] py::array to_array() const;

 private:
  bool is_text_ = false;
  std::vector<std::int64_t> integers_{};
  std::vector<std::int64_t> offsets_{0};
  std::string bytes_{};
  /// Memory of somebody else, read instead of `integers_`.
  py::object owner_{};
  std::span<const std::int64_t> borrowed_{};
};

}  // namespace recocore::python
