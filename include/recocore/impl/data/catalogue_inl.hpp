#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/index.hpp>
#include <recocore/data/catalogue.hpp>
#include <recocore/impl/data/attribute_table_inl.hpp>
#include <recocore/impl/data/convert_column.hpp>
#include <recocore/impl/data/merge_columns.hpp>

namespace recocore {

struct Catalogue::Storage {
  AttributeTable base{};
  AttributeTable changes{};
  ExtendedIds ids{};
  /// (position, row of `changes`): first the rows changed, then the rows added.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> moved{};
  BitSet retired{};

  /// Works out the ids and where rows are from `base` and `changes`.
  void index() {
    const auto base_size = static_cast<std::uint32_t>(base.size());
    std::vector<std::uint32_t> added;
    moved.clear();
    for (std::size_t row = 0; row < changes.size(); ++row) {
      if (const auto position = base.ids().find(changes.ids().at(row))) {
        moved.emplace_back(*position, static_cast<std::uint32_t>(row));
      } else {
        added.push_back(static_cast<std::uint32_t>(row));
      }
    }
    if (base.size() + added.size() > max_index_count) {
      throw CapacityExceeded("more than " + std::to_string(max_index_count) + " rows: positions are 32-bit; use fewer");
    }
    for (std::size_t i = 0; i < added.size(); ++i) {
      moved.emplace_back(base_size + static_cast<std::uint32_t>(i), added[i]);
    }
    ids = ExtendedIds(base.ids(),
                      detail::ascending_ids(added.size(), [&](std::size_t i) { return changes.ids().at(added[i]); }));
  }
};

namespace detail {

/// Where each row of the union of two tables is, `no_row` where it is not; ids ascend.
struct RowsOfBoth {
  IdMap ids{};
  std::vector<std::uint32_t> before{};
  std::vector<std::uint32_t> after{};
};

[[nodiscard]] inline RowsOfBoth rows_of_both(const IdMap& before, const IdMap& after) {
  RowsOfBoth both;
  std::size_t a = 0;
  std::size_t b = 0;
  while (a < before.size() || b < after.size()) {
    const bool from_before = b == after.size() || (a < before.size() && before.at(a) <= after.at(b));
    const bool from_after = a == before.size() || (b < after.size() && after.at(b) <= before.at(a));
    both.before.push_back(from_before ? static_cast<std::uint32_t>(a++) : no_row);
    both.after.push_back(from_after ? static_cast<std::uint32_t>(b++) : no_row);
  }
  both.ids = ascending_ids(both.before.size(), [&](std::size_t i) {
    return both.before[i] != no_row ? before.at(both.before[i]) : after.at(both.after[i]);
  });
  return both;
}

[[nodiscard]] inline ColumnLike like_of(const Column& base, const Column& changes) {
  const auto* embedding = std::get_if<EmbeddingColumn>(&base);
  const auto dictionary = dictionary_kind(base);
  return {.kind = kind_of(base),
          .dictionary = dictionary ? dictionary : dictionary_kind(changes),
          .dimensions = embedding != nullptr ? embedding->dimensions : 0};
}

inline void expect_known_columns(const AttributeTable& base, const AttributeTable& rows) {
  for (const auto& column : rows.columns()) {
    if (base.find(column.name) == nullptr) {
      std::string known;
      for (const auto& there : base.columns()) {
        known += (known.empty() ? "" : ", ") + to_display(there.name);
      }
      throw InvalidData("the catalogue has no column " + to_display(column.name) +
                        (known.empty() ? "; it has none" : "; its columns are " + known) +
                        ". A new column needs a new catalogue");
    }
  }
}

inline void expect_same_columns(const AttributeTable& base, const AttributeTable& changes) {
  const auto is_same = [](const NamedColumn& a, const NamedColumn& b) {
    const auto* left = std::get_if<EmbeddingColumn>(&a.column);
    const auto* right = std::get_if<EmbeddingColumn>(&b.column);
    return a.name == b.name && kind_of(a.column) == kind_of(b.column) &&
           (left == nullptr || left->dimensions == right->dimensions) &&
           (!dictionary_kind(a.column) || !dictionary_kind(b.column) ||
            dictionary_kind(a.column) == dictionary_kind(b.column));
  };
  if (!std::ranges::equal(base.columns(), changes.columns(), is_same)) {
    throw InvalidData("the changes of a catalogue must have the columns of its base, of the same kinds");
  }
}

}  // namespace detail

RECOCORE_INLINE Catalogue::Catalogue() : Catalogue(AttributeTable()) {}

RECOCORE_INLINE Catalogue::Catalogue(std::shared_ptr<const Storage> storage) noexcept : storage_(std::move(storage)) {}

RECOCORE_INLINE Catalogue::Catalogue(AttributeTable base) {
  auto storage = std::make_shared<Storage>();
  storage->changes = base.aligned({});
  storage->base = std::move(base);
  storage->index();
  storage_ = std::move(storage);
}

RECOCORE_INLINE Catalogue Catalogue::restored(AttributeTable base, AttributeTable changes,
                                              std::span<const std::uint32_t> retired) {
  detail::expect_id_kind(base.ids(), changes.ids());
  detail::expect_same_columns(base, changes);
  auto storage = std::make_shared<Storage>();
  storage->base = std::move(base);
  storage->changes = std::move(changes);
  storage->index();
  if (!retired.empty()) {
    storage->retired.resize(storage->ids.size());
  }
  for (const auto position : retired) {
    if (position >= storage->ids.size()) {
      throw InvalidData("row " + std::to_string(position) + " of a catalogue of " +
                        std::to_string(storage->ids.size()) + " rows cannot be retired");
    }
    storage->retired.set(position);
  }
  return Catalogue(std::move(storage));
}

RECOCORE_INLINE const ExtendedIds& Catalogue::ids() const noexcept { return storage_->ids; }
RECOCORE_INLINE const AttributeTable& Catalogue::base() const noexcept { return storage_->base; }
RECOCORE_INLINE const AttributeTable& Catalogue::changes() const noexcept { return storage_->changes; }
RECOCORE_INLINE const BitSet& Catalogue::retired_set() const noexcept { return storage_->retired; }
RECOCORE_INLINE std::span<const std::pair<std::uint32_t, std::uint32_t>> Catalogue::moved() const noexcept {
  return storage_->moved;
}

RECOCORE_INLINE Catalogue::Place Catalogue::locate(std::size_t position) const noexcept {
  const auto& s = *storage_;
  if (position >= s.base.size()) {
    const auto behind = s.ids.size() - position;
    return {&s.changes, s.moved[s.moved.size() - behind].second};
  }
  const auto found = std::lower_bound(s.moved.begin(), s.moved.end(), position,
                                      [](const auto& moved, std::size_t wanted) { return moved.first < wanted; });
  if (found != s.moved.end() && found->first == position) {
    return {&s.changes, found->second};
  }
  return {&s.base, position};
}

RECOCORE_INLINE Catalogue Catalogue::updated(const AttributeTable& rows) const {
  const auto& s = *storage_;
  detail::expect_id_kind(s.base.size() > 0 ? s.base.ids() : s.changes.ids(), rows.ids());
  detail::expect_known_columns(s.base, rows);
  const auto both = detail::rows_of_both(s.changes.ids(), rows.ids());

  std::vector<NamedColumn> columns;
  columns.reserve(s.base.columns().size());
  for (const auto& [name, base] : s.base.columns()) {
    const Column& changes = *s.changes.find(name);
    auto like = detail::like_of(base, changes);
    const auto* given = rows.find(name);
    const Column fitting =
        given != nullptr ? detail::convert_column({name, *given}, rows.ids(), like) : detail::missing_column(like, 0);
    like.dictionary = like.dictionary ? like.dictionary : detail::dictionary_kind(fitting);
    std::vector<detail::CellPlace> cells(both.ids.size());
    for (std::size_t row = 0; row < cells.size(); ++row) {
      if (given != nullptr && both.after[row] != detail::no_row) {
        cells[row] = {&fitting, both.after[row]};
      } else if (both.before[row] != detail::no_row) {
        cells[row] = {&changes, both.before[row]};
      } else if (const auto position = s.base.ids().find(both.ids.at(row))) {
        cells[row] = {&base, *position};
      }
    }
    columns.push_back({name, detail::merge_cells(cells, like)});
  }

  auto storage = std::make_shared<Storage>();
  storage->base = s.base;
  storage->changes = AttributeTable::from_sorted(both.ids, std::move(columns));
  storage->index();
  if (s.retired.size() > 0) {
    // Added rows move when others come between them.
    storage->retired = s.retired;
    storage->retired.resize(s.base.size());
    storage->retired.resize(storage->ids.size());
    for (std::size_t position = s.base.size(); position < s.retired.size(); ++position) {
      if (s.retired[position]) {
        storage->retired.set(*storage->ids.find(s.ids.at(position)));
      }
    }
    for (std::size_t row = 0; row < rows.size(); ++row) {
      storage->retired.set(*storage->ids.find(rows.ids().at(row)), false);
    }
  }
  return Catalogue(std::move(storage));
}

RECOCORE_INLINE Catalogue Catalogue::rebased(const IdMap& ids) const {
  const auto& s = *storage_;
  BitSet retired(s.retired.size() > 0 ? ids.size() : 0);
  for (std::size_t position = 0; position < size(); ++position) {
    const auto there = ids.find(s.ids.at(position));
    if (!there) {
      throw InvalidData("the row " + to_display(s.ids.at(position)) +
                        " of the catalogue is not among the ids of the new base");
    }
    if (is_retired(position)) {
      retired.set(*there);
    }
  }
  AttributeTable base = s.base.aligned(ids);
  if (s.changes.size() > 0) {
    std::vector<NamedColumn> columns;
    for (const auto& [name, column] : s.base.columns()) {
      const Column& changes = *s.changes.find(name);
      std::vector<detail::CellPlace> cells(ids.size());
      for (std::size_t row = 0; row < cells.size(); ++row) {
        if (const auto changed = s.changes.ids().find(ids.at(row))) {
          cells[row] = {&changes, *changed};
        } else if (const auto known = s.base.ids().find(ids.at(row))) {
          cells[row] = {&column, *known};
        }
      }
      columns.push_back({name, detail::merge_cells(cells, detail::like_of(column, changes))});
    }
    base = AttributeTable::from_sorted(ids, std::move(columns));
  }
  Catalogue result(std::move(base));
  if (retired.size() > 0) {
    auto storage = std::make_shared<Storage>(*result.storage_);
    storage->retired = std::move(retired);
    return Catalogue(std::move(storage));
  }
  return result;
}

RECOCORE_INLINE Catalogue Catalogue::retired(const IdColumn& ids) const {
  auto storage = std::make_shared<Storage>(*storage_);
  storage->retired.resize(size());
  for (std::size_t row = 0; row < ids.size(); ++row) {
    const auto id = ids[row];
    if (size() > 0 && kind_of(id) != this->ids().kind()) {
      throw IdTypeError("the ids of the catalogue are " + std::string(to_string(this->ids().kind())) + ", but " +
                        to_display(id) + " is " + std::string(to_string(kind_of(id))));
    }
    const auto position = this->ids().find(id);
    if (!position) {
      throw UnknownId("there is no row with the id " + to_display(id) + " among the " + std::to_string(size()) +
                      " of the catalogue");
    }
    storage->retired.set(*position);
  }
  return Catalogue(std::move(storage));
}

}  // namespace recocore
