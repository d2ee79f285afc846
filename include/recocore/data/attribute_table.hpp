/// What is known about items, or about users: a table of typed columns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <recocore/core/id.hpp>
#include <recocore/core/id_column.hpp>
#include <recocore/core/id_map.hpp>

namespace recocore {

/// In the order of the alternatives of `Column`.
enum class ColumnKind : std::uint8_t {
  category,   ///< one of a few values: type, brand, region
  labels,     ///< any number of values: grapes, tags
  number,     ///< price, bedrooms
  flag,       ///< yes or no: in stock
  text,       ///< title, description, in any language
  date,       ///< listed since
  point,      ///< a place on earth
  embedding,  ///< a vector the user has: of a text, of a picture
};

[[nodiscard]] std::string_view to_string(ColumnKind kind) noexcept;
/// @throws InvalidParameter for an unknown name; the message lists the known ones.
[[nodiscard]] ColumnKind parse_column_kind(std::string_view name);

/// A value a row, as positions in `values`.
struct CategoryColumn {
  static constexpr std::uint32_t missing = std::numeric_limits<std::uint32_t>::max();
  IdMap values{};
  std::vector<std::uint32_t> codes{};
};

/// The values of row r are codes[offsets[r] .. offsets[r + 1]), ascending, each once. None: missing.
struct LabelsColumn {
  IdMap values{};
  std::vector<std::uint64_t> offsets{0};
  std::vector<std::uint32_t> codes{};

  [[nodiscard]] std::span<const std::uint32_t> of(std::size_t row) const noexcept {
    return std::span(codes).subspan(offsets[row], offsets[row + 1] - offsets[row]);
  }
};

/// NaN: missing. Never infinite.
struct NumberColumn {
  std::vector<double> values{};
};

/// 1 yes, 0 no, -1 missing.
struct FlagColumn {
  std::vector<std::int8_t> values{};
};

/// UTF-8. Empty: missing.
struct TextColumn {
  std::vector<std::uint64_t> offsets{0};
  std::string bytes{};

  [[nodiscard]] std::string_view of(std::size_t row) const noexcept {
    return std::string_view(bytes).substr(offsets[row], offsets[row + 1] - offsets[row]);
  }
};

/// Microseconds since 1970-01-01 UTC.
struct DateColumn {
  static constexpr std::int64_t missing = std::numeric_limits<std::int64_t>::min();
  std::vector<std::int64_t> values{};
};

/// Degrees: latitude -90 .. 90, longitude -180 .. 180. Both NaN: missing.
struct PointColumn {
  std::vector<double> latitude{};
  std::vector<double> longitude{};
};

/// Row-major. A row whose first value is NaN is missing; all others are finite.
struct EmbeddingColumn {
  std::size_t dimensions = 0;
  std::vector<float> values{};

  [[nodiscard]] std::span<const float> of(std::size_t row) const noexcept {
    return std::span(values).subspan(row * dimensions, dimensions);
  }
};

using Column = std::variant<CategoryColumn, LabelsColumn, NumberColumn, FlagColumn, TextColumn, DateColumn, PointColumn,
                            EmbeddingColumn>;

[[nodiscard]] inline ColumnKind kind_of(const Column& column) noexcept {
  return static_cast<ColumnKind>(column.index());
}

/// Rows of a column, whatever its kind.
[[nodiscard]] std::size_t rows_of(const Column& column) noexcept;
[[nodiscard]] bool is_missing(const Column& column, std::size_t row) noexcept;

struct NamedColumn {
  std::string name{};
  Column column{};
};

/// Ids ascending, and columns parallel to them. Immutable; copies share everything.
class AttributeTable {
 public:
  /// No rows, no columns.
  AttributeTable();

  /// From rows in any order.
  /// @throws InvalidData an id given twice (with both rows), columns of different lengths, a column name given twice or
  ///         empty, values that break the promises of their column (row and id in the message); IdTypeError.
  [[nodiscard]] static AttributeTable from_rows(const IdColumn& ids, std::vector<NamedColumn> columns);

  /// The same from rows in the order of their ids.
  [[nodiscard]] static AttributeTable from_sorted(IdMap ids, std::vector<NamedColumn> columns);

  [[nodiscard]] const IdMap& ids() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return ids().size(); }
  [[nodiscard]] std::span<const NamedColumn> columns() const noexcept;
  /// None when there is no such column.
  [[nodiscard]] const Column* find(std::string_view name) const noexcept;

  /// The rows of `ids`, in their order; those this table does not have are missing in all columns.
  /// @throws IdTypeError text where this table has integers, or the reverse.
  [[nodiscard]] AttributeTable aligned(const IdMap& ids) const;

 private:
  struct Storage;
  explicit AttributeTable(std::shared_ptr<const Storage> storage) noexcept;

  std::shared_ptr<const Storage> storage_;
};

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/data/attribute_table_inl.hpp>
#endif
