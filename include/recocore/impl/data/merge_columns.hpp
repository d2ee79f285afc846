/// Columns put together from rows of others.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <recocore/data/attribute_table.hpp>
#include <recocore/impl/data/column_rows.hpp>
#include <recocore/impl/data/convert_column.hpp>

namespace recocore::detail {

/// A value in a column; without one it is missing.
struct CellPlace {
  const Column* column = nullptr;
  std::size_t row = 0;
};

/// The values at `cells`, all of columns of the kind `like`. Dictionaries have only what is there.
[[nodiscard]] inline Column merge_cells(std::span<const CellPlace> cells, const ColumnLike& like) {
  DictionaryBuilder dictionary(like.dictionary);
  auto result = missing_column(like, cells.size());
  const auto encode = [&dictionary](const IdMap& values, std::uint32_t code) {
    return dictionary.encode(values.at(code)).value();
  };
  const auto each = [&]<class Typed>(Typed& /*type*/, const auto& enter) {
    for (std::size_t row = 0; row < cells.size(); ++row) {
      enter(row, cells[row].column == nullptr ? nullptr : &std::get<Typed>(*cells[row].column), cells[row].row);
    }
  };
  std::visit(Overloaded{[&](CategoryColumn& c) {
                          each(c, [&](std::size_t row, const CategoryColumn* from, std::size_t place) {
                            if (from != nullptr && from->codes[place] != CategoryColumn::missing) {
                              c.codes[row] = encode(from->values, from->codes[place]);
                            }
                          });
                          to_positions(c, dictionary);
                        },
                        [&](LabelsColumn& c) {
                          each(c, [&](std::size_t row, const LabelsColumn* from, std::size_t place) {
                            if (from != nullptr) {
                              for (const auto code : from->of(place)) {
                                c.codes.push_back(encode(from->values, code));
                              }
                            }
                            c.offsets[row + 1] = c.codes.size();
                          });
                          to_positions(c, dictionary);
                        },
                        [&](TextColumn& c) {
                          each(c, [&](std::size_t row, const TextColumn* from, std::size_t place) {
                            c.bytes.append(from == nullptr ? std::string_view{} : from->of(place));
                            c.offsets[row + 1] = c.bytes.size();
                          });
                        },
                        [&](PointColumn& c) {
                          each(c, [&](std::size_t row, const PointColumn* from, std::size_t place) {
                            if (from != nullptr) {
                              c.latitude[row] = from->latitude[place];
                              c.longitude[row] = from->longitude[place];
                            }
                          });
                        },
                        [&](EmbeddingColumn& c) {
                          each(c, [&](std::size_t row, const EmbeddingColumn* from, std::size_t place) {
                            if (from != nullptr) {
                              const auto vector = from->of(place);
                              std::copy(vector.begin(), vector.end(),
                                        c.values.begin() + static_cast<std::ptrdiff_t>(row * c.dimensions));
                            }
                          });
                        },
                        [&](auto& c) {
                          each(c, [&](std::size_t row, const auto* from, std::size_t place) {
                            if (from != nullptr) {
                              c.values[row] = from->values[place];
                            }
                          });
                        }},
             result);
  return result;
}

}  // namespace recocore::detail
