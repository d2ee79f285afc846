#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/id_column.hpp>

using namespace recocore;
using namespace std::string_view_literals;

TEST_CASE("all layouts of ids read alike") {
  const std::vector<std::string_view> views{"a", "", "ccc"};
  const std::vector<std::int32_t> offsets{0, 1, 1, 4};
  const std::vector<std::int64_t> long_offsets{0, 1, 1, 4};
  const auto bytes = "accc"sv;
  for (const auto& column : {IdColumn(std::span(views)), IdColumn(PackedText<std::int32_t>{offsets, bytes.data()}),
                             IdColumn(PackedText<std::int64_t>{long_offsets, bytes.data()})}) {
    REQUIRE(column.size() == 3);
    for (std::size_t row = 0; row < views.size(); ++row) {
      CHECK(std::get<std::string_view>(column[row]) == views[row]);
    }
  }
}

TEST_CASE("integers are ids") {
  const std::vector<std::int64_t> values{7, -7};
  const IdColumn column{std::span(values)};
  CHECK(column.size() == 2);
  CHECK(std::get<std::int64_t>(column[1]) == -7);
}

TEST_CASE("packed text may begin anywhere in its bytes") {
  const std::vector<std::int32_t> offsets{2, 3, 5};
  const IdColumn column(PackedText<std::int32_t>{offsets, "xxabc"});
  CHECK(std::get<std::string_view>(column[0]) == "a");
  CHECK(std::get<std::string_view>(column[1]) == "bc");
}

TEST_CASE("a column of nothing is empty") {
  CHECK(IdColumn().empty());
  CHECK(IdColumn(PackedText<std::int32_t>{}).empty());
  const std::vector<std::int32_t> offsets{0};
  CHECK(IdColumn(PackedText<std::int32_t>{offsets, nullptr}).empty());
}
