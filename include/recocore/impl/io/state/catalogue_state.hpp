/// The state of tables of attributes and of catalogues.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/data/attribute_table.hpp>
#include <recocore/data/catalogue.hpp>
#include <recocore/impl/data/column_rows.hpp>
#include <recocore/impl/data/convert_column.hpp>
#include <recocore/impl/io/state/state_parts.hpp>
#include <recocore/impl/io/state_archive.hpp>

namespace recocore::detail {

template <class Values>
void write_values(StateWriter& writer, const Values& values) {
  writer.array(values.data(), values.size());
}

inline void write(StateWriter& writer, const Column& column) {
  write_enum(writer, kind_of(column));
  std::visit(Overloaded{[&](const CategoryColumn& c) {
                          write(writer, c.values);
                          write_values(writer, c.codes);
                        },
                        [&](const LabelsColumn& c) {
                          write(writer, c.values);
                          write_values(writer, c.offsets);
                          write_values(writer, c.codes);
                        },
                        [&](const TextColumn& c) {
                          write_values(writer, c.offsets);
                          write_values(writer, c.bytes);
                        },
                        [&](const PointColumn& c) {
                          write_values(writer, c.latitude);
                          write_values(writer, c.longitude);
                        },
                        [&](const EmbeddingColumn& c) {
                          writer(static_cast<std::uint64_t>(c.dimensions));
                          write_values(writer, c.values);
                        },
                        [&](const auto& c) { write_values(writer, c.values); }},
             column);
}

/// What it promises is checked by the table it becomes a part of.
[[nodiscard]] inline Column read_column(StateReader& reader) {
  // Vectors longer than any in use are damage, and would overflow sizes.
  constexpr std::uint64_t most_dimensions = 1U << 24U;
  ColumnKind kind{};
  read_enum(reader, kind, ColumnKind::embedding);
  auto column = missing_column({.kind = kind}, 0);
  std::visit(Overloaded{[&](CategoryColumn& c) {
                          c.values = read_ids(reader);
                          reader.array(c.codes);
                        },
                        [&](LabelsColumn& c) {
                          c.values = read_ids(reader);
                          reader.array(c.offsets);
                          reader.array(c.codes);
                        },
                        [&](TextColumn& c) {
                          reader.array(c.offsets);
                          reader.array(c.bytes);
                        },
                        [&](PointColumn& c) {
                          reader.array(c.latitude);
                          reader.array(c.longitude);
                        },
                        [&](EmbeddingColumn& c) {
                          std::uint64_t dimensions = 0;
                          reader(dimensions);
                          if (dimensions > most_dimensions) {
                            throw InvalidData("the stored state has vectors of " + std::to_string(dimensions) +
                                              " dimensions; it is damaged");
                          }
                          c.dimensions = static_cast<std::size_t>(dimensions);
                          reader.array(c.values);
                        },
                        [&](auto& c) { reader.array(c.values); }},
             column);
  return column;
}

inline void write(StateWriter& writer, const AttributeTable& table) {
  write(writer, table.ids());
  writer(static_cast<std::uint64_t>(table.columns().size()));
  for (const auto& [name, column] : table.columns()) {
    write_values(writer, name);
    write(writer, column);
  }
}

[[nodiscard]] inline AttributeTable read_table(StateReader& reader) {
  auto ids = read_ids(reader);
  std::uint64_t count = 0;
  reader(count);
  std::vector<NamedColumn> columns;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::string name;
    reader.array(name);
    columns.push_back({std::move(name), read_column(reader)});
  }
  return AttributeTable::from_sorted(std::move(ids), std::move(columns));
}

inline void write(StateWriter& writer, const Catalogue& catalogue) {
  write(writer, catalogue.base());
  write(writer, catalogue.changes());
  std::vector<std::uint32_t> retired;
  for (std::size_t position = 0; position < catalogue.size(); ++position) {
    if (catalogue.is_retired(position)) {
      retired.push_back(static_cast<std::uint32_t>(position));
    }
  }
  writer.array(std::move(retired));
}

[[nodiscard]] inline Catalogue read_catalogue(StateReader& reader) {
  auto base = read_table(reader);
  auto changes = read_table(reader);
  std::vector<std::uint32_t> retired;
  reader.array(retired);
  return Catalogue::restored(std::move(base), std::move(changes), retired);
}

}  // namespace recocore::detail
