#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <pybind11/stl.h>

#include <recocore/core/error.hpp>
#include <recocore/data/catalogue.hpp>
#include <recocore/data/column_values.hpp>
#include <recocore/impl/data/column_rows.hpp>
#include <recocore/impl/io/make_table.hpp>
#include <recocore/io/arrow_table.hpp>
#include <recocore/io/csv_table.hpp>
#include <recocore/io/state.hpp>

#include "arrow_capsule.hpp"
#include "bindings.hpp"
#include "ids.hpp"
#include "raw_values.hpp"

namespace recocore::python {

namespace {

/// @param like the catalogue that a table is to change, if there is one.
[[nodiscard]] TableConfig make_config(std::string id, const std::map<std::string, std::string>& kinds,
                                      const std::vector<std::string>& ignored,
                                      const std::map<std::string, std::pair<std::string, std::string>>& points,
                                      const std::optional<Catalogue>& like) {
  TableConfig config{.id = std::move(id)};
  for (const auto& [name, kind] : kinds) {
    config.kinds.emplace(name, parse_column_kind(kind));
  }
  config.ignored.insert(ignored.begin(), ignored.end());
  for (const auto& [name, columns] : points) {
    config.points.emplace(name, TableConfig::PointColumns{columns.first, columns.second});
  }
  if (like) {
    config.like = like->base();
  }
  return config;
}

[[nodiscard]] AttributeTable from_arrow(const py::capsule& stream, const TableConfig& config) {
  auto& taken = stream_of(stream);
  return run_interruptible(1, py::none(),
                           [&](const RunOptions& options) { return read_attribute_table(taken, config, options); });
}

/// @param columns of (name, what, values), see `raw_column`.
[[nodiscard]] AttributeTable from_columns(const std::vector<std::tuple<std::string, std::string, py::object>>& columns,
                                          const TableConfig& config) {
  std::vector<detail::RawColumn> raw;
  raw.reserve(columns.size());
  for (const auto& [name, what, values] : columns) {
    raw.push_back(raw_column(name, what, values));
  }
  const py::gil_scoped_release without_gil;
  return detail::TableMaker(std::move(raw), config).run();
}

[[nodiscard]] AttributeTable from_csv(const std::string& path, const TableConfig& config,
                                      const std::optional<std::string>& delimiter) {
  if (delimiter && delimiter->size() != 1) {
    throw InvalidParameter("delimiter is " + to_display(*delimiter) + "; it must be a single character");
  }
  const auto character = delimiter ? std::optional(delimiter->front()) : std::nullopt;
  return run_interruptible(1, py::none(), [&](const RunOptions& options) {
    return read_attribute_table_csv(path, config, character, options);
  });
}

[[nodiscard]] py::object vector_to_python(const EmbeddingColumn& column, std::size_t row) {
  const auto vector = column.of(row);
  return to_array(std::vector<float>(vector.begin(), vector.end()));
}

/// A value as Python has it; None when it is missing. Dates are microseconds since 1970.
[[nodiscard]] py::object cell(const Column& column, std::size_t row) {
  if (is_missing(column, row)) {
    return py::none();
  }
  return std::visit(
      detail::Overloaded{
          [row](const CategoryColumn& c) -> py::object { return to_python(c.values.at(c.codes[row])); },
          [row](const LabelsColumn& c) -> py::object {
            py::list labels;
            for (const auto code : c.of(row)) {
              labels.append(to_python(c.values.at(code)));
            }
            return labels;
          },
          [row](const NumberColumn& c) -> py::object { return py::float_(c.values[row]); },
          [row](const FlagColumn& c) -> py::object { return py::bool_(c.values[row] == 1); },
          [row](const TextColumn& c) -> py::object { return to_python(IdView(c.of(row))); },
          [row](const DateColumn& c) -> py::object { return py::int_(c.values[row]); },
          [row](const PointColumn& c) -> py::object { return py::make_tuple(c.latitude[row], c.longitude[row]); },
          [row](const EmbeddingColumn& c) -> py::object { return vector_to_python(c, row); }},
      column);
}

/// The column of a table that has it: one of a catalogue does.
[[nodiscard]] const Column& column_of(const Catalogue::Place& place, const std::string& name) {
  return *place.table->find(name);
}

[[nodiscard]] py::list values(const Catalogue& self, const std::string& name) {
  py::list cells(self.size());
  for (std::size_t position = 0; position < self.size(); ++position) {
    const auto place = self.locate(position);
    cells[position] = cell(column_of(place, name), place.row);
  }
  return cells;
}

/// How many rows lack a value, and the first few different values as text.
[[nodiscard]] std::pair<std::size_t, std::vector<std::string>> summary(const Catalogue& self, const std::string& name) {
  constexpr std::size_t most_examples = 3;
  std::size_t missing = 0;
  std::vector<std::string> examples;
  for (std::size_t position = 0; position < self.size(); ++position) {
    const auto place = self.locate(position);
    const auto& column = column_of(place, name);
    if (is_missing(column, place.row)) {
      ++missing;
    } else if (examples.size() < most_examples) {
      auto text = value_text(column, place.row);
      if (std::find(examples.begin(), examples.end(), text) == examples.end()) {
        examples.push_back(std::move(text));
      }
    }
  }
  return {missing, std::move(examples)};
}

[[nodiscard]] std::vector<std::pair<std::string, std::string>> kinds(const Catalogue& self) {
  std::vector<std::pair<std::string, std::string>> result;
  for (const auto& [name, column] : self.base().columns()) {
    result.emplace_back(name, to_string(kind_of(column)));
  }
  return result;
}

[[nodiscard]] py::array ids(const Catalogue& self) {
  Ids all;
  for (std::size_t position = 0; position < self.size(); ++position) {
    all.append(self.ids().at(position));
  }
  return all.to_array();
}

[[nodiscard]] py::array retired(const Catalogue& self) {
  py::array_t<bool> marks(static_cast<py::ssize_t>(self.size()));
  for (std::size_t position = 0; position < self.size(); ++position) {
    marks.mutable_data()[position] = self.is_retired(position);
  }
  return marks;
}

}  // namespace

void bind_catalogue(py::module_& module) {
  py::class_<TableConfig>(module, "TableConfig", "Which columns of a table of attributes are what.")
      .def(py::init(&make_config), py::kw_only(), py::arg("id"), py::arg("kinds"), py::arg("ignored"),
           py::arg("points"), py::arg("like"));

  py::class_<AttributeTable>(module, "AttributeTable", "Ids with typed columns.")
      .def(py::init<>())
      .def_static("from_arrow", &from_arrow, py::arg("stream"), py::arg("config"))
      .def_static("from_columns", &from_columns, py::arg("columns"), py::arg("config"))
      .def_static("from_csv", &from_csv, py::arg("path"), py::arg("config"), py::arg("delimiter"))
      .def("__len__", &AttributeTable::size);

  py::class_<Catalogue>(module, "Catalogue", "What is known about items or users, with changes.")
      .def(py::init<AttributeTable>(), py::arg("table"))
      .def_static(
          "from_bytes",
          [](const py::bytes& state) {
            const std::string_view bytes(state);
            const py::gil_scoped_release without_gil;
            return catalogue_from_bytes(bytes);
          },
          py::arg("state"))
      .def("to_bytes", [](const Catalogue& self) { return py::bytes(to_bytes(self)); })
      .def("updated", &Catalogue::updated, py::arg("rows"), py::call_guard<py::gil_scoped_release>())
      .def(
          "retired", [](const Catalogue& self, const Ids& which) { return self.retired(which.column()); },
          py::arg("ids"))
      .def(
          "all_rows",
          [](const Catalogue& self) { return self.rebased(merged(self.ids().base(), self.ids().added())).base(); },
          py::call_guard<py::gil_scoped_release>())
      .def("ids", &ids)
      .def("retired_marks", &retired)
      .def("kinds", &kinds)
      .def("values", &values, py::arg("name"))
      .def("summary", &summary, py::arg("name"))
      .def("__len__", &Catalogue::size);
}

}  // namespace recocore::python
