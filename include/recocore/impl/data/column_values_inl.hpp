#pragma once

#include <recocore/core/config.hpp>
#include <recocore/core/time.hpp>
#include <recocore/data/column_values.hpp>
#include <recocore/impl/core/text.hpp>
#include <recocore/impl/data/column_rows.hpp>

namespace recocore {

RECOCORE_INLINE std::string value_text(const IdView& value) {
  const auto* integer = std::get_if<std::int64_t>(&value);
  return integer != nullptr ? std::to_string(*integer) : std::string(std::get<std::string_view>(value));
}

RECOCORE_INLINE std::string value_text(const Column& column, std::size_t row) {
  if (is_missing(column, row)) {
    return {};
  }
  return std::visit(
      detail::Overloaded{
          [row](const CategoryColumn& c) { return value_text(c.values.at(c.codes[row])); },
          [row](const LabelsColumn& c) {
            std::string text;
            for (const auto code : c.of(row)) {
              text += (text.empty() ? "" : ", ") + value_text(c.values.at(code));
            }
            return text;
          },
          [row](const NumberColumn& c) { return detail::number_text(c.values[row]); },
          [row](const FlagColumn& c) { return std::string(c.values[row] == 1 ? "yes" : "no"); },
          [row](const TextColumn& c) { return std::string(c.of(row)); },
          [row](const DateColumn& c) {
            auto text = format_time(c.values[row]);
            // A whole day is written as one.
            return c.values[row] % microseconds_per_day == 0 ? text.substr(0, text.find('T')) : text;
          },
          [row](const PointColumn& c) {
            return detail::number_text(c.latitude[row]) + ", " + detail::number_text(c.longitude[row]);
          },
          [](const EmbeddingColumn& c) { return "vector of " + std::to_string(c.dimensions) + " dimensions"; }},
      column);
}

}  // namespace recocore
