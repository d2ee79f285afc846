/// A table of attributes that changes: rows are added, changed and retired.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <recocore/core/bit_set.hpp>
#include <recocore/core/extended_ids.hpp>
#include <recocore/core/id_column.hpp>
#include <recocore/data/attribute_table.hpp>

namespace recocore {

/// A base table that never changes, and a small table of what came since. Immutable: a change gives a new catalogue
/// that shares the base, in time proportional to all changes since the base, not to the base.
///
/// Positions: the rows of the base in the order of their ids, then the rows added, in the order of theirs.
class Catalogue {
 public:
  /// No rows, no columns.
  Catalogue();
  explicit Catalogue(AttributeTable base);

  /// From what `base()` and `changes()` gave, and the positions of the rows that are retired.
  /// @throws InvalidData parts that do not belong together.
  [[nodiscard]] static Catalogue restored(AttributeTable base, AttributeTable changes,
                                          std::span<const std::uint32_t> retired);

  [[nodiscard]] const ExtendedIds& ids() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return ids().size(); }
  [[nodiscard]] const AttributeTable& base() const noexcept;
  /// What came since: rows added and, complete, rows changed. Has all columns of the base; further columns are not
  /// taken.
  [[nodiscard]] const AttributeTable& changes() const noexcept;

  /// Where a row is.
  struct Place {
    const AttributeTable* table = nullptr;
    std::size_t row = 0;
  };
  [[nodiscard]] Place locate(std::size_t position) const noexcept;
  /// (position, row of `changes()`) of all rows that are to be read there, ascending by position.
  [[nodiscard]] std::span<const std::pair<std::uint32_t, std::uint32_t>> moved() const noexcept;

  /// The base's column of that name; a column has the same kind in both tables. None when there is none.
  [[nodiscard]] const Column* find(std::string_view name) const noexcept { return base().find(name); }

  /// With the rows of a table added or, where the id is known, changed: columns the table does not have keep their
  /// values, a value that is missing in the table becomes missing; a retired row is back again.
  ///
  /// A column may be of another kind where each of its values has one meaning in that of the base: whole numbers and
  /// text as categories or labels, categories and numbers as text, flags and 0 and 1 as each other, integer categories
  /// as numbers, one category as labels, and a column without any value as every kind.
  /// @throws InvalidData a column the base does not have, or of another kind, with both kinds; vectors of other
  ///         dimensions; IdTypeError; CapacityExceeded.
  [[nodiscard]] Catalogue updated(const AttributeTable& rows) const;

  /// The same with another base: one row for each of `ids`, which are all of this one's and more. O(rows).
  /// @throws InvalidData when one is missing.
  [[nodiscard]] Catalogue rebased(const IdMap& ids) const;

  /// With these rows retired: they stay known, and are never recommended.
  /// @throws UnknownId, IdTypeError.
  [[nodiscard]] Catalogue retired(const IdColumn& ids) const;
  [[nodiscard]] bool is_retired(std::size_t position) const noexcept {
    return position < retired_set().size() && retired_set()[position];
  }
  /// May be shorter than `size()`: what lies beyond is not retired.
  [[nodiscard]] const BitSet& retired_set() const noexcept;

 private:
  struct Storage;
  explicit Catalogue(std::shared_ptr<const Storage> storage) noexcept;

  std::shared_ptr<const Storage> storage_{};
};

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/data/catalogue_inl.hpp>
#endif
