/// Columns as they came, as a table of attributes.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/data/attribute_table.hpp>
#include <recocore/impl/io/infer_kind.hpp>
#include <recocore/impl/io/raw_column.hpp>
#include <recocore/impl/io/typed_column.hpp>
#include <recocore/io/arrow.hpp>
#include <recocore/io/table_config.hpp>

namespace recocore::detail {

/// Finds out what each column is, and makes a table of them.
class TableMaker {
 public:
  TableMaker(std::vector<RawColumn> columns, const TableConfig& config)
      : columns_(std::move(columns)), config_(config), taken_(columns_.size()) {
    for (const auto& column : columns_) {
      names_.push_back(column.name());
    }
  }

  [[nodiscard]] AttributeTable run() {
    check_names();
    const auto id = find(config_.id);
    taken_[id] = true;
    columns_[id] = ids_of(std::move(columns_[id]));
    for (std::size_t index = 0; index < columns_.size(); ++index) {
      taken_[index] = taken_[index] || config_.ignored.contains(names_[index]);
      if (columns_[index].size() != columns_[id].size()) {
        throw InvalidData("the column " + to_display(names_[index]) + " has " + std::to_string(columns_[index].size()) +
                          " rows, but " + to_display(config_.id) + " has " + std::to_string(columns_[id].size()) +
                          "; all columns need one value a row");
      }
    }
    std::vector<NamedColumn> table;
    for (const auto& [name, point] : all_points()) {
      const auto latitude = find(point.latitude);
      const auto longitude = find(point.longitude);
      taken_[latitude] = true;
      taken_[longitude] = true;
      table.push_back({name, PointColumn{coordinates(latitude, id), coordinates(longitude, id)}});
    }
    for (std::size_t index = 0; index < columns_.size(); ++index) {
      if (!taken_[index]) {
        table.push_back({names_[index], column_of(std::exchange(columns_[index], RawColumn{}), columns_[id])});
      }
    }
    return AttributeTable::from_rows(columns_[id].ids(), std::move(table));
  }

 private:
  /// Of an existing table: it need not have all columns.
  [[nodiscard]] bool is_change() const { return !config_.like.columns().empty(); }

  [[nodiscard]] bool has(std::string_view name) const {
    return std::find(names_.begin(), names_.end(), name) != names_.end();
  }

  [[nodiscard]] std::size_t find(const std::string& name) const {
    const auto found = std::find(names_.begin(), names_.end(), name);
    if (found == names_.end()) {
      throw MissingColumn(missing_column_text(name, names_));
    }
    return static_cast<std::size_t>(found - names_.begin());
  }

  void check_names() const {
    for (auto name = names_.begin(); name != names_.end(); ++name) {
      if (std::find(name + 1, names_.end(), *name) != names_.end()) {
        throw InvalidData("the table has more than one column " + to_display(*name) + "; rename one of them");
      }
    }
    if (is_change()) {
      return;
    }
    for (const auto& named : config_.kinds) {
      static_cast<void>(find(named.first));
    }
    for (const auto& name : config_.ignored) {
      static_cast<void>(find(name));
    }
  }

  [[nodiscard]] RawColumn ids_of(RawColumn raw) const {
    auto ids = typed_column(std::move(raw));
    const bool is_empty = ids.size() == 0 || ids.type() == RawType::nothing;
    for (std::size_t row = 0; row < ids.size(); ++row) {
      if (ids.is_missing(row) || (ids.is_untyped() && ids.type() == RawType::text && ids.text(row).empty())) {
        throw InvalidData("row " + std::to_string(row) + ", column " + to_display(config_.id) +
                          ": the id is missing (null, NaN or empty); every row needs one, so drop such rows");
      }
    }
    if (!is_empty && ids.type() == RawType::real && ids.is_untyped()) {
      throw IdTypeError("the ids in column " + to_display(config_.id) + " are numbers with a fraction");
    }
    if (!is_empty && ids.type() != RawType::integer && ids.type() != RawType::text) {
      throw IdTypeError("the column " + to_display(config_.id) + " has " + ids.shown(0) + " in row 0, which is " +
                        std::string(raw_type_names[static_cast<std::size_t>(ids.type())]) +
                        ", but an id is an integer or text; convert the column to one of them");
    }
    return ids;
  }

  using Points = std::map<std::string, TableConfig::PointColumns, std::less<>>;

  [[nodiscard]] Points all_points() const {
    auto points = config_.points;
    if (is_change()) {
      std::erase_if(points,
                    [this](const auto& point) { return !has(point.second.latitude) && !has(point.second.longitude); });
    }
    if (!config_.points.empty() || has("location")) {
      return points;
    }
    const auto unnamed = [this](std::string_view wanted) -> std::optional<std::string> {
      for (std::size_t index = 0; index < names_.size(); ++index) {
        if (!taken_[index] && same_word(names_[index], wanted) && !config_.kinds.contains(names_[index]) &&
            config_.like.find(names_[index]) == nullptr) {
          return names_[index];
        }
      }
      return std::nullopt;
    };
    constexpr std::array<std::pair<std::string_view, std::string_view>, 4> pairs{
        {{"latitude", "longitude"}, {"lat", "lon"}, {"lat", "lng"}, {"lat", "long"}}};
    for (const auto& [latitude, longitude] : pairs) {
      const auto first = unnamed(latitude);
      const auto second = unnamed(longitude);
      if (first && second) {
        points.emplace("location", TableConfig::PointColumns{*first, *second});
        break;
      }
    }
    return points;
  }

  [[nodiscard]] std::vector<double> coordinates(std::size_t index, std::size_t id) const {
    auto column = KindConverter(columns_[index], columns_[id], ColumnKind::number).run();
    return std::move(std::get<NumberColumn>(column).values);
  }

  [[nodiscard]] Column column_of(RawColumn raw, const RawColumn& ids) const {
    const auto& name = raw.name();
    const auto* before = config_.like.find(name);
    const auto named = config_.kinds.find(name);
    std::size_t dimensions = 0;
    if (const auto* embedding = before != nullptr ? std::get_if<EmbeddingColumn>(before) : nullptr) {
      dimensions = embedding->dimensions;
    }
    if (named != config_.kinds.end()) {
      return KindConverter(raw, ids, named->second).run(dimensions);
    }
    if (before != nullptr) {
      return KindConverter(raw, ids, kind_of(*before)).run(dimensions);
    }
    const auto typed = typed_column(std::move(raw));
    return KindConverter(typed, ids, infer_kind(typed)).run();
  }

  std::vector<RawColumn> columns_;
  const TableConfig& config_;
  std::vector<bool> taken_;
  std::vector<std::string> names_{};
};

}  // namespace recocore::detail
