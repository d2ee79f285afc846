#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <type_traits>
#include <utility>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/index.hpp>
#include <recocore/data/attribute_table.hpp>
#include <recocore/impl/core/names.hpp>
#include <recocore/impl/data/column_rows.hpp>

namespace recocore {

struct AttributeTable::Storage {
  IdMap ids{};
  std::vector<NamedColumn> columns{};
};

namespace detail {

inline void check_names(const std::vector<NamedColumn>& columns) {
  std::set<std::string_view> names;
  for (const auto& column : columns) {
    if (column.name.empty()) {
      throw InvalidData("a column of the table has no name; give each a name of its own");
    }
    if (!names.insert(column.name).second) {
      throw InvalidData("the table has more than one column " + to_display(column.name) + "; rename one of them");
    }
  }
}

/// Rows by ascending id. @throws InvalidData an id given twice.
template <class Layout>
[[nodiscard]] std::vector<std::uint32_t> order_by_id(const Layout& ids) {
  std::vector<std::uint32_t> order(ids.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto less = [&ids](std::uint32_t a, std::uint32_t b) { return ids[a] < ids[b]; };
  if (!std::is_sorted(order.begin(), order.end(), less)) {
    std::stable_sort(order.begin(), order.end(), less);
  }
  const auto twice = std::adjacent_find(order.begin(), order.end(),
                                        [&ids](std::uint32_t a, std::uint32_t b) { return ids[a] == ids[b]; });
  if (twice != order.end()) {
    throw InvalidData("rows " + std::to_string(*twice) + " and " + std::to_string(*(twice + 1)) + " both have the id " +
                      to_display(IdView(ids[*twice])) + "; each id needs a single row");
  }
  return order;
}

/// The map of ids that come ascending, without duplicates: `id_at(i)` for i below `count`.
template <class IdAt>
[[nodiscard]] IdMap ascending_ids(std::size_t count, const IdAt& id_at) {
  if (count == 0) {
    return {};
  }
  if (kind_of(id_at(std::size_t{0})) == IdKind::integer) {
    std::vector<std::int64_t> integers;
    integers.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      integers.push_back(std::get<std::int64_t>(id_at(i)));
    }
    return IdMap::from_sorted(std::move(integers));
  }
  std::vector<std::uint64_t> offsets{0};
  offsets.reserve(count + 1);
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) {
    bytes.append(std::get<std::string_view>(id_at(i)));
    offsets.push_back(bytes.size());
  }
  return IdMap::from_sorted(std::move(offsets), std::move(bytes));
}

inline void expect_id_kind(const IdMap& there, const IdMap& given) {
  if (there.size() > 0 && given.size() > 0 && there.kind() != given.kind()) {
    throw IdTypeError("the ids of the table are " + std::string(to_string(there.kind())) + " (" +
                      to_display(there.at(0)) + "), but those given are " + std::string(to_string(given.kind())) +
                      " (" + to_display(given.at(0)) + "); make all of them one or the other");
  }
}

}  // namespace detail

RECOCORE_INLINE std::string_view to_string(ColumnKind kind) noexcept {
  return detail::column_kind_names[static_cast<std::size_t>(kind)];
}

RECOCORE_INLINE ColumnKind parse_column_kind(std::string_view name) {
  return detail::parse_name<ColumnKind>("kind of column", name, detail::column_kind_names);
}

RECOCORE_INLINE std::size_t rows_of(const Column& column) noexcept {
  return std::visit(detail::Overloaded{
                        [](const CategoryColumn& c) { return c.codes.size(); },
                        [](const LabelsColumn& c) { return c.offsets.size() - 1; },
                        [](const TextColumn& c) { return c.offsets.size() - 1; },
                        [](const PointColumn& c) { return c.latitude.size(); },
                        [](const EmbeddingColumn& c) { return c.dimensions == 0 ? 0 : c.values.size() / c.dimensions; },
                        [](const auto& c) { return c.values.size(); }},
                    column);
}

RECOCORE_INLINE bool is_missing(const Column& column, std::size_t row) noexcept {
  return std::visit(
      detail::Overloaded{[row](const CategoryColumn& c) { return c.codes[row] == CategoryColumn::missing; },
                         [row](const LabelsColumn& c) { return c.offsets[row] == c.offsets[row + 1]; },
                         [row](const NumberColumn& c) { return std::isnan(c.values[row]); },
                         [row](const FlagColumn& c) { return c.values[row] < 0; },
                         [row](const TextColumn& c) { return c.offsets[row] == c.offsets[row + 1]; },
                         [row](const DateColumn& c) { return c.values[row] == DateColumn::missing; },
                         [row](const PointColumn& c) { return std::isnan(c.latitude[row]); },
                         [row](const EmbeddingColumn& c) { return std::isnan(c.values[row * c.dimensions]); }},
      column);
}

RECOCORE_INLINE AttributeTable::AttributeTable() : storage_(std::make_shared<const Storage>()) {}

RECOCORE_INLINE AttributeTable::AttributeTable(std::shared_ptr<const Storage> storage) noexcept
    : storage_(std::move(storage)) {}

RECOCORE_INLINE AttributeTable AttributeTable::from_rows(const IdColumn& ids, std::vector<NamedColumn> columns) {
  if (ids.size() > max_index_count) {
    throw CapacityExceeded("the table has " + std::to_string(ids.size()) + " rows, but there may be at most " +
                           std::to_string(max_index_count));
  }
  detail::check_names(columns);
  for (const auto& column : columns) {
    detail::check_column(column, ids.size(), [&ids](std::size_t row) { return ids[row]; });
  }
  const auto order = std::visit([](const auto& layout) { return detail::order_by_id(layout); }, ids.layout());
  auto storage = std::make_shared<Storage>();
  storage->ids = detail::ascending_ids(order.size(), [&](std::size_t i) { return ids[order[i]]; });
  storage->columns = std::move(columns);
  if (!std::is_sorted(order.begin(), order.end())) {
    for (auto& named : storage->columns) {
      named.column = detail::gather_rows(named.column, order);
    }
  }
  return AttributeTable(std::move(storage));
}

RECOCORE_INLINE AttributeTable AttributeTable::from_sorted(IdMap ids, std::vector<NamedColumn> columns) {
  detail::check_names(columns);
  for (const auto& column : columns) {
    detail::check_column(column, ids.size(), [&ids](std::size_t row) { return ids.at(row); });
  }
  auto storage = std::make_shared<Storage>();
  storage->ids = std::move(ids);
  storage->columns = std::move(columns);
  return AttributeTable(std::move(storage));
}

RECOCORE_INLINE const IdMap& AttributeTable::ids() const noexcept { return storage_->ids; }

RECOCORE_INLINE std::span<const NamedColumn> AttributeTable::columns() const noexcept { return storage_->columns; }

RECOCORE_INLINE const Column* AttributeTable::find(std::string_view name) const noexcept {
  const auto& columns = storage_->columns;
  const auto found =
      std::find_if(columns.begin(), columns.end(), [name](const NamedColumn& column) { return column.name == name; });
  return found == columns.end() ? nullptr : &found->column;
}

RECOCORE_INLINE AttributeTable AttributeTable::aligned(const IdMap& ids) const {
  detail::expect_id_kind(this->ids(), ids);
  if (ids == this->ids()) {
    return *this;
  }
  std::vector<std::uint32_t> rows(ids.size());
  for (std::size_t position = 0; position < ids.size(); ++position) {
    rows[position] = this->ids().find(ids.at(position)).value_or(detail::no_row);
  }
  auto storage = std::make_shared<Storage>();
  storage->ids = ids;
  storage->columns.reserve(columns().size());
  for (const auto& [name, column] : columns()) {
    storage->columns.push_back({name, detail::gather_rows(column, rows)});
  }
  return AttributeTable(std::move(storage));
}

}  // namespace recocore
