/// Which columns of a table of attributes are what.
#pragma once

#include <map>
#include <set>
#include <string>

#include <recocore/data/attribute_table.hpp>

namespace recocore {

/// The kind of a column that is not named here is inferred, from its type where that says it and else from its values:
///
/// - booleans: flag; floating-point numbers: number; timestamps and dates: date; lists of floating-point numbers:
///   embedding; other lists: labels; dictionary-encoded text or integers: category;
/// - integers: number, or category when the name of the column ends with the word "id" or "code";
/// - text: labels (embedding) when every value is a list as Python or JSON write it, of text or integers (of other
///   numbers); date when every value is ISO 8601; category when a value occurs twice on average, or, below 30 rows,
///   when any does; else text;
/// - a column without any value: category.
///
/// In a text file numbers and "true" and "false" are recognised first.
struct TableConfig {
  std::string id = "item_id";
  std::map<std::string, ColumnKind, std::less<>> kinds{};
  std::set<std::string, std::less<>> ignored{};

  struct PointColumns {
    std::string latitude{};
    std::string longitude{};
  };
  /// Points whose coordinates, in degrees, are columns of their own. Unless one is named here, two columns
  /// "latitude" and "longitude" (or "lat" and "lon", "lng" or "long") whose kinds are not named become "location".
  std::map<std::string, PointColumns, std::less<>> points{};

  /// What a table before had: its columns have the same kinds, unless they are named above.
  AttributeTable like{};
};

}  // namespace recocore
