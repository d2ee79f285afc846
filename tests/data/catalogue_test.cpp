#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/data/catalogue.hpp>
#include <recocore/data/column_values.hpp>
#include <recocore/io/state.hpp>

#include "../support/events.hpp"

using namespace recocore;
using recocore::test::contains;
using recocore::test::message_of;

namespace {

constexpr double missing_number = std::numeric_limits<double>::quiet_NaN();

IdMap texts(const std::set<std::string>& values) {
  std::vector<std::uint64_t> offsets{0};
  std::string bytes;
  for (const auto& value : values) {
    bytes += value;
    offsets.push_back(bytes.size());
  }
  return values.empty() ? IdMap() : IdMap::from_sorted(offsets, bytes);
}

CategoryColumn categories(const std::vector<std::string>& values) {
  std::set<std::string> different(values.begin(), values.end());
  different.erase("");
  CategoryColumn column{.values = texts(different)};
  for (const auto& value : values) {
    column.codes.push_back(column.values.find(std::string_view(value)).value_or(CategoryColumn::missing));
  }
  return column;
}

/// Labels are the letters of each text.
LabelsColumn letters(const std::vector<std::string>& values) {
  std::set<std::string> different;
  for (const auto& value : values) {
    for (const char letter : value) {
      different.insert(std::string(1, letter));
    }
  }
  LabelsColumn column{.values = texts(different)};
  for (const auto& value : values) {
    for (const char letter : std::set<char>(value.begin(), value.end())) {
      column.codes.push_back(*column.values.find(std::string_view(&letter, 1)));
    }
    column.offsets.push_back(column.codes.size());
  }
  return column;
}

TextColumn text_column(const std::vector<std::string>& values) {
  TextColumn column;
  for (const auto& value : values) {
    column.bytes += value;
    column.offsets.push_back(column.bytes.size());
  }
  return column;
}

const std::vector<std::string> all_columns{"type", "tags", "price", "stock", "title", "since", "place", "vector"};

/// A cell as it is shown, with a vector as its values.
std::string cell(const Column& column, std::size_t row) {
  if (const auto* embedding = std::get_if<EmbeddingColumn>(&column); embedding != nullptr && !is_missing(column, row)) {
    return std::to_string(embedding->of(row)[0]) + " " + std::to_string(embedding->of(row)[1]);
  }
  return value_text(column, row);
}

using NaiveRow = std::map<std::string, std::string>;
using NaiveTable = std::map<std::int64_t, NaiveRow>;

struct RandomTable {
  AttributeTable table;
  NaiveTable naive;
};

/// Some rows with some of the columns, a fifth of the values missing.
RandomTable random_table(Random& random, std::size_t rows, std::int64_t ids, bool has_all) {
  std::set<std::int64_t> chosen;
  while (chosen.size() < rows) {
    chosen.insert(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(ids))));
  }
  std::vector<std::int64_t> order(chosen.begin(), chosen.end());
  for (std::size_t row = order.size(); row > 1; --row) {
    std::swap(order[row - 1], order[random.below(row)]);
  }
  const auto is_missing_one = [&random] { return random.below(5) == 0; };
  std::vector<std::string> types;
  std::vector<std::string> tags;
  std::vector<std::string> titles;
  NumberColumn price;
  FlagColumn stock;
  DateColumn since;
  PointColumn place;
  EmbeddingColumn vector{.dimensions = 2};
  for (std::size_t row = 0; row < rows; ++row) {
    types.push_back(is_missing_one() ? "" : "t" + std::to_string(random.below(6)));
    tags.push_back(is_missing_one() ? "" : std::string{static_cast<char>('a' + random.below(9)), 'x'});
    titles.push_back(is_missing_one() ? "" : "title " + std::to_string(random.below(1000)));
    price.values.push_back(is_missing_one() ? missing_number : static_cast<double>(random.below(1000)) / 8.0);
    stock.values.push_back(static_cast<std::int8_t>(static_cast<int>(random.below(3)) - 1));
    since.values.push_back(is_missing_one() ? DateColumn::missing : static_cast<std::int64_t>(random.below(1U << 30U)));
    const bool is_nowhere = is_missing_one();
    place.latitude.push_back(is_nowhere ? missing_number : static_cast<double>(random.below(90)));
    place.longitude.push_back(is_nowhere ? missing_number : static_cast<double>(random.below(180)));
    const bool has_vector = !is_missing_one();
    vector.values.push_back(has_vector ? static_cast<float>(random.below(50)) : static_cast<float>(missing_number));
    vector.values.push_back(static_cast<float>(random.below(50)));
  }
  const std::vector<NamedColumn> all{
      {"type", categories(types)},    {"tags", letters(tags)}, {"price", price}, {"stock", stock},
      {"title", text_column(titles)}, {"since", since},        {"place", place}, {"vector", vector}};
  RandomTable result;
  std::vector<NamedColumn> given;
  for (const auto& column : all) {
    if (has_all || random.below(2) == 0) {
      given.push_back(column);
    }
  }
  for (std::size_t row = 0; row < rows; ++row) {
    auto& naive = result.naive[order[row]];
    for (const auto& [name, column] : given) {
      naive[name] = cell(column, row);
    }
  }
  result.table = AttributeTable::from_rows(std::span<const std::int64_t>(order), given);
  return result;
}

NaiveRow row_at(const Catalogue& catalogue, std::size_t position) {
  const auto [table, row] = catalogue.locate(position);
  NaiveRow cells;
  for (const auto& name : all_columns) {
    cells[name] = cell(*table->find(name), row);
  }
  return cells;
}

void check_same(const Catalogue& catalogue, const NaiveTable& naive, const std::set<std::int64_t>& retired,
                const std::set<std::int64_t>& base) {
  REQUIRE(catalogue.size() == naive.size());
  std::vector<std::int64_t> expected_order(base.begin(), base.end());
  for (const auto& row : naive) {
    if (!base.contains(row.first)) {
      expected_order.push_back(row.first);
    }
  }
  for (std::size_t position = 0; position < catalogue.size(); ++position) {
    const auto id = std::get<std::int64_t>(catalogue.ids().at(position));
    CHECK(id == expected_order[position]);
    CHECK(catalogue.ids().find(id) == static_cast<std::uint32_t>(position));
    CHECK(row_at(catalogue, position) == naive.at(id));
    CHECK(catalogue.is_retired(position) == retired.contains(id));
  }
  // What is said to be in the changes, and nothing else, is there.
  std::size_t in_changes = 0;
  for (std::size_t position = 0; position < catalogue.size(); ++position) {
    const auto place = catalogue.locate(position);
    if (place.table == &catalogue.changes()) {
      REQUIRE(in_changes < catalogue.moved().size());
      CHECK(catalogue.moved()[in_changes].first == position);
      CHECK(catalogue.moved()[in_changes].second == place.row);
      ++in_changes;
    }
  }
  CHECK(in_changes == catalogue.moved().size());
  CHECK(in_changes == catalogue.changes().size());
}

Catalogue small() {
  const std::vector<std::string_view> ids{"a", "b"};
  return Catalogue(
      AttributeTable::from_rows(std::span<const std::string_view>(ids),
                                {{"type", categories({"red", "white"})},
                                 {"code", CategoryColumn{IdMap::from_sorted(std::vector<std::int64_t>{7, 9}), {0, 1}}},
                                 {"tags", letters({"xy", "z"})},
                                 {"price", NumberColumn{{1.5, 2.0}}},
                                 {"stock", FlagColumn{{1, 0}}},
                                 {"title", text_column({"one", "two"})},
                                 {"since", DateColumn{{0, 1}}},
                                 {"vector", EmbeddingColumn{2, {1, 2, 3, 4}}}}));
}

AttributeTable one_row(std::string_view id, std::vector<NamedColumn> columns) {
  const std::vector<std::string_view> ids{id};
  return AttributeTable::from_rows(std::span<const std::string_view>(ids), std::move(columns));
}

std::string changed(const std::string& name, Column column) {
  const auto catalogue = small().updated(one_row("c", {{name, std::move(column)}}));
  return value_text(*catalogue.changes().find(name), 0);
}

std::string refused(const std::string& name, Column column) {
  return message_of<InvalidData>([&] { static_cast<void>(changed(name, std::move(column))); });
}

}  // namespace

TEST_CASE("any sequence of changes gives what a plain map has") {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    constexpr std::int64_t most = 40;
    auto [table, naive] = random_table(random, seed == 1 ? 0 : 15, most, true);
    std::set<std::int64_t> base;
    for (const auto& row : naive) {
      base.insert(row.first);
    }
    std::set<std::int64_t> retired;
    Catalogue catalogue(table);
    check_same(catalogue, naive, retired, base);
    for (int step = 0; step < 25; ++step) {
      CAPTURE(step);
      if (random.below(3) > 0 || naive.empty()) {
        const auto change = random_table(random, random.below(6), most, false);
        for (const auto& [id, cells] : change.naive) {
          auto& row = naive[id];
          for (const auto& name : all_columns) {
            const auto given = cells.find(name);
            row[name] = given != cells.end() ? given->second : row[name];
          }
          retired.erase(id);
        }
        const auto before = catalogue;
        const auto size_before = before.size();
        catalogue = catalogue.updated(change.table);
        CHECK(before.size() == size_before);
      } else {
        auto chosen = naive.begin();
        std::advance(chosen, static_cast<std::ptrdiff_t>(random.below(naive.size())));
        const std::vector<std::int64_t> id{chosen->first};
        catalogue = catalogue.retired(std::span<const std::int64_t>(id));
        retired.insert(chosen->first);
      }
      check_same(catalogue, naive, retired, base);
    }
    const auto bytes = to_bytes(catalogue);
    const auto restored = catalogue_from_bytes(bytes);
    check_same(restored, naive, retired, base);
    CHECK(to_bytes(restored) == bytes);
  }
}

TEST_CASE("rows of different ids may come in any order, together or one by one") {
  Random random(11);
  const auto base = random_table(random, 10, 30, true);
  const auto change = random_table(random, 12, 60, true);
  const auto together = Catalogue(base.table).updated(change.table);
  for (const bool backwards : {false, true}) {
    Catalogue one_by_one(base.table);
    for (std::size_t i = 0; i < change.table.size(); ++i) {
      const auto row = backwards ? change.table.size() - 1 - i : i;
      const std::vector<std::int64_t> id{std::get<std::int64_t>(change.table.ids().at(row))};
      one_by_one = one_by_one.updated(change.table.aligned(IdMap::from_sorted(id)));
    }
    CHECK(to_bytes(one_by_one) == to_bytes(together));
  }
}

TEST_CASE("a base is shared, not copied") {
  const auto before = small();
  const auto after = before.updated(one_row("c", {{"price", NumberColumn{{3.0}}}}));
  CHECK(before.base().find("price") == after.base().find("price"));
  CHECK(after.changes().columns().size() == before.base().columns().size());
}

TEST_CASE("kinds are widened where nothing is lost") {
  const auto integers = [](std::int64_t value) {
    return CategoryColumn{IdMap::from_sorted(std::vector<std::int64_t>{value}), {0}};
  };
  CHECK(changed("type", NumberColumn{{12.0}}) == "12");
  CHECK(changed("type", integers(5)) == "5");
  CHECK(changed("type", text_column({"rose"})) == "rose");
  CHECK(changed("code", NumberColumn{{8.0}}) == "8");
  CHECK(changed("code", categories({"8"})) == "8");
  CHECK(changed("tags", categories({"q"})) == "q");
  CHECK(changed("tags", text_column({"q"})) == "q");
  CHECK(changed("price", FlagColumn{{1}}) == "1");
  CHECK(changed("price", integers(4)) == "4");
  CHECK(changed("stock", NumberColumn{{0.0}}) == "no");
  CHECK(changed("title", categories({"three"})) == "three");
  CHECK(changed("title", NumberColumn{{1984.0}}) == "1984");
  for (const std::string name : {"type", "tags", "price", "stock", "title", "since", "vector"}) {
    CAPTURE(name);
    CHECK(changed(name, text_column({""})).empty());
    CHECK(changed(name, CategoryColumn{{}, {CategoryColumn::missing}}).empty());
  }
}

TEST_CASE("a column of another kind is refused, with both kinds") {
  CHECK(refused("price", text_column({"cheap"})) ==
        "column 'price' is of the kind 'text', but in the catalogue it is of the kind 'number'; give it as that kind");
  CHECK(
      contains(refused("price", categories({"cheap"})), "'category', but in the catalogue it is of the kind 'number'"));
  CHECK(contains(refused("since", NumberColumn{{1.0}}), "'number', but in the catalogue it is of the kind 'date'"));
  CHECK(contains(refused("type", FlagColumn{{1}}), "'flag', but in the catalogue it is of the kind 'category'"));
  CHECK(contains(refused("type", letters({"x"})), "'labels', but in the catalogue it is of the kind 'category'"));
  CHECK(contains(refused("title", DateColumn{{1}}), "'date', but in the catalogue it is of the kind 'text'"));
  CHECK(refused("type", NumberColumn{{1.5}}) ==
        "row 0 (id 'c'), column 'type': 1.5 is no whole number, but in the catalogue the column is of the kind "
        "'category'");
  CHECK(contains(refused("code", categories({"x"})), "row 0 (id 'c'), column 'code': 'x' is no integer"));
  CHECK(contains(refused("stock", NumberColumn{{2.0}}), "row 0 (id 'c'), column 'stock': 2 is no flag"));
  CHECK(refused("vector", EmbeddingColumn{3, {1, 2, 3}}) ==
        "column 'vector' has vectors of 3 dimensions, but those of the catalogue have 2");
}

TEST_CASE("unknown columns and ids are refused") {
  CHECK(refused("colour", NumberColumn{{1.0}}) ==
        "the catalogue has no column 'colour'; its columns are 'type', 'code', 'tags', 'price', 'stock', 'title', "
        "'since', 'vector'. A new column needs a new catalogue");
  const std::vector<std::int64_t> numbers{1};
  const std::vector<std::string_view> unknown{"zz"};
  CHECK_THROWS_AS(static_cast<void>(small().retired(std::span<const std::int64_t>(numbers))), IdTypeError);
  CHECK_THROWS_AS(static_cast<void>(small().retired(std::span<const std::string_view>(unknown))), UnknownId);
  CHECK_THROWS_AS(
      static_cast<void>(small().updated(AttributeTable::from_rows(std::span<const std::int64_t>(numbers), {}))),
      IdTypeError);
}

TEST_CASE("an empty catalogue takes ids of either kind") {
  CHECK(Catalogue().size() == 0);
  const auto grown = Catalogue().updated(one_row("a", {}));
  REQUIRE(grown.size() == 1);
  CHECK(grown.ids().at(0) == IdView(std::string_view("a")));
}

TEST_CASE("damaged bytes are refused or give a catalogue, never more") {
  const std::vector<std::string_view> ids{"a"};
  const auto bytes = to_bytes(
      small().updated(one_row("c", {{"price", NumberColumn{{3.0}}}})).retired(std::span<const std::string_view>(ids)));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK_THROWS_AS(static_cast<void>(catalogue_from_bytes(std::string_view(bytes).substr(0, size))), InvalidData);
  }
  std::size_t refused_bytes = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    auto damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
    try {
      const auto read = catalogue_from_bytes(damaged);
      CHECK(read.changes().columns().size() == read.base().columns().size());
    } catch (const InvalidData&) {
      ++refused_bytes;
    }
  }
  CHECK(refused_bytes > bytes.size() / 4);
}
