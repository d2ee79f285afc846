#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/time.hpp>
#include <recocore/data/attribute_table.hpp>
#include <recocore/data/column_values.hpp>

#include "../support/events.hpp"

using namespace recocore;
using recocore::test::contains;
using recocore::test::message_of;

namespace {

constexpr double missing_number = std::numeric_limits<double>::quiet_NaN();

IdMap texts(const std::vector<std::string>& values) {
  std::vector<std::uint64_t> offsets{0};
  std::string bytes;
  for (const auto& value : values) {
    bytes += value;
    offsets.push_back(bytes.size());
  }
  return IdMap::from_sorted(offsets, bytes);
}

/// One column of each kind for the ids 30, 10, 20.
std::vector<NamedColumn> all_kinds() {
  return {{"category", CategoryColumn{texts({"red", "white"}), {1, CategoryColumn::missing, 0}}},
          {"labels", LabelsColumn{texts({"a", "b", "c"}), {0, 2, 2, 3}, {0, 2, 1}}},
          {"number", NumberColumn{{12.5, missing_number, -1.0}}},
          {"flag", FlagColumn{{1, -1, 0}}},
          {"text", TextColumn{{0, 3, 3, 9},
                              "oneth\xC3\xBC"
                              "ee"}},
          {"date", DateColumn{{0, DateColumn::missing, microseconds_per_day + 1'000'000}}},
          {"point", PointColumn{{47.05, missing_number, -90.0}, {8.25, missing_number, 180.0}}},
          {"embedding", EmbeddingColumn{2, {1.0F, 2.0F, static_cast<float>(missing_number), 0.0F, 3.0F, 4.0F}}}};
}

const std::vector<std::int64_t> ids{30, 10, 20};

AttributeTable table_of(std::vector<NamedColumn> columns) {
  return AttributeTable::from_rows(std::span<const std::int64_t>(ids), std::move(columns));
}

std::vector<std::string> shown(const AttributeTable& table, std::size_t row) {
  std::vector<std::string> cells;
  for (const auto& column : table.columns()) {
    cells.push_back(value_text(column.column, row));
  }
  return cells;
}

std::string refused(NamedColumn column) {
  return message_of<InvalidData>([&] { static_cast<void>(table_of({std::move(column)})); });
}

}  // namespace

TEST_CASE("rows in any order become rows by id, of every kind") {
  const auto table = table_of(all_kinds());
  REQUIRE(table.size() == 3);
  CHECK(table.ids().at(0) == IdView(std::int64_t{10}));
  CHECK(shown(table, 0) == std::vector<std::string>(8));
  CHECK(shown(table, 1) == std::vector<std::string>{"red", "b", "-1", "no",
                                                    "th\xC3\xBC"
                                                    "ee",
                                                    "1970-01-02T00:00:01Z", "-90, 180", "vector of 2 dimensions"});
  CHECK(shown(table, 2) == std::vector<std::string>{"white", "a, c", "12.5", "yes", "one", "1970-01-01", "47.05, 8.25",
                                                    "vector of 2 dimensions"});
  for (const auto& [name, column] : table.columns()) {
    CHECK(is_missing(column, 0));
    CHECK_FALSE(is_missing(column, 1));
    CHECK(rows_of(column) == 3);
    CHECK(to_string(kind_of(column)) == name);
    CHECK(parse_column_kind(name) == kind_of(column));
  }
}

TEST_CASE("a table is aligned with other ids") {
  const auto table = table_of(all_kinds());
  const auto aligned = table.aligned(IdMap::from_sorted(std::vector<std::int64_t>{5, 20, 30, 99}));
  REQUIRE(aligned.size() == 4);
  CHECK(shown(aligned, 0) == std::vector<std::string>(8));
  CHECK(shown(aligned, 1) == shown(table, 1));
  CHECK(shown(aligned, 2) == shown(table, 2));
  CHECK(shown(aligned, 3) == std::vector<std::string>(8));
  CHECK(table.aligned({}).columns().size() == 8);
  CHECK(table.aligned({}).size() == 0);
  CHECK_THROWS_AS(static_cast<void>(table.aligned(texts({"a"}))), IdTypeError);
}

TEST_CASE("a table without rows or columns") {
  CHECK(AttributeTable().size() == 0);
  CHECK(AttributeTable().columns().empty());
  CHECK(AttributeTable().find("x") == nullptr);
  CHECK(table_of({}).size() == 3);
}

TEST_CASE("an id given twice is named with both its rows") {
  const std::vector<std::int64_t> twice{4, 7, 4};
  CHECK(message_of<InvalidData>([&] {
          static_cast<void>(AttributeTable::from_rows(std::span<const std::int64_t>(twice), {}));
        }) == "rows 0 and 2 both have the id 4; each id needs a single row");
}

TEST_CASE("names of columns must be there and differ") {
  CHECK(contains(refused({"", NumberColumn{{1, 2, 3}}}), "has no name"));
  CHECK(contains(message_of<InvalidData>([] {
                   static_cast<void>(table_of({{"a", NumberColumn{{1, 2, 3}}}, {"a", FlagColumn{{1, 1, 1}}}}));
                 }),
                 "more than one column 'a'"));
}

TEST_CASE("values that break the promises of their column are refused, with row and id") {
  constexpr float inf = std::numeric_limits<float>::infinity();
  struct Case {
    Column column;
    std::string_view message;
  };
  const std::vector<Case> cases{
      {NumberColumn{{1.0, 2.0}}, "column 'x' has 2 rows, but there are 3 ids"},
      {NumberColumn{{1.0, 2.0, -std::numeric_limits<double>::infinity()}}, "row 2 (id 20), column 'x': the number is"},
      {CategoryColumn{texts({"a"}), {0, 1, 0}}, "row 1 (id 10), column 'x': value 1 is named, but the column has 1"},
      {LabelsColumn{texts({"a", "b"}), {0, 2, 2, 2}, {1, 0}}, "row 0 (id 30), column 'x': the positions of its labels"},
      {LabelsColumn{texts({"a", "b"}), {0, 2, 2, 2}, {1, 1}}, "must ascend without duplicates"},
      {LabelsColumn{texts({"a", "b"}), {0, 0, 0, 1}, {2}}, "row 2 (id 20), column 'x': value 2 is named"},
      {LabelsColumn{texts({"a"}), {0, 1, 0, 1}, {0}}, "column 'x': its offsets must ascend"},
      {LabelsColumn{texts({"a"}), {0, 0, 0, 0}, {0}}, "column 'x': its offsets must ascend"},
      {FlagColumn{{0, 2, 1}}, "row 1 (id 10), column 'x': a flag is 1, 0 or"},
      {TextColumn{{0, 1, 2, 2}, "a\xFF"}, "row 1 (id 10), column 'x': the text is not UTF-8"},
      {TextColumn{{0, 0, 2, 2}, "\xC0\x80"}, "not UTF-8"},
      {TextColumn{{0, 0, 3, 3}, "\xED\xA0\x80"}, "not UTF-8"},
      {TextColumn{{0, 1, 2, 2}, "\xC3\xBC"}, "row 0 (id 30), column 'x': the text is not UTF-8"},
      {TextColumn{{0, 1, 3, 2}, "ab"}, "its offsets must ascend"},
      {TextColumn{{}, ""}, "its offsets must ascend"},
      {DateColumn{{0, latest_time + 1, 0}}, "row 1 (id 10), column 'x': the date is 253402300800 seconds from 1970"},
      {PointColumn{{1, 2, 3}, {1, 2}}, "column 'x' has 3 latitudes but 2 longitudes"},
      {PointColumn{{1, 2, 91}, {1, 2, 3}}, "row 2 (id 20), column 'x': latitude 91, longitude 3 is no place on earth"},
      {PointColumn{{1, missing_number, 3}, {1, 2, 3}}, "row 1 (id 10), column 'x': a point needs both"},
      {EmbeddingColumn{0, {}}, "vectors of 0 dimensions"},
      {EmbeddingColumn{2, {1, 2, 3, 4, 5}}, "has 5 values for vectors of 2 dimensions"},
      {EmbeddingColumn{1, {1, 2, inf}}, "row 2 (id 20), column 'x': the vector has values that are NaN or infinite"},
      {EmbeddingColumn{2, {1, static_cast<float>(missing_number), 1, 2, 3, 4}},
       "row 0 (id 30), column 'x': the vector has"},
  };
  for (const auto& wrong : cases) {
    const auto said = refused({"x", wrong.column});
    INFO(wrong.message, " in ", said);
    CHECK(contains(said, wrong.message));
  }
}

TEST_CASE("texts of four bytes a letter are UTF-8") {
  CHECK(refused({"x", TextColumn{{0, 4, 7, 7}, "\xF0\x9F\x8D\xB7\xE2\x82\xAC"}}).empty());
}
