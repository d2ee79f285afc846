#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/id_map.hpp>

using namespace recocore;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

IdMap texts(const std::vector<std::string>& ids) {
  IdEncoder encoder("item");
  for (const auto& id : ids) {
    encoder.encode(id);
  }
  return encoder.finish().ids;
}

}  // namespace

TEST_CASE("positions follow the order of the ids, not of their arrival") {
  IdEncoder encoder("user");
  CHECK(encoder.encode(std::int64_t{30}) == 0);
  CHECK(encoder.encode(std::int64_t{-5}) == 1);
  CHECK(encoder.encode(std::int64_t{30}) == 0);
  CHECK(encoder.encode(std::int64_t{10}) == 2);
  const auto [ids, position_of_code] = encoder.finish();
  CHECK(position_of_code == std::vector<std::uint32_t>{2, 0, 1});
  REQUIRE(ids.size() == 3);
  CHECK(std::get<std::int64_t>(ids.at(0)) == -5);
  CHECK(std::get<std::int64_t>(ids.at(2)) == 30);
  CHECK(ids.find(std::int64_t{10}) == 1U);
  CHECK_FALSE(ids.find(std::int64_t{11}));
  CHECK_FALSE(ids.find("10"sv));
}

TEST_CASE("text ids are ordered by their bytes") {
  const auto ids = texts({"b", "a", "é", "", "B", "ab", "10", "9"});
  std::vector<std::string> found;
  for (std::size_t position = 0; position < ids.size(); ++position) {
    found.emplace_back(std::get<std::string_view>(ids.at(position)));
    CHECK(ids.find(found.back()) == static_cast<std::uint32_t>(position));
  }
  CHECK(found == std::vector<std::string>{"", "10", "9", "B", "a", "ab", "b", "é"});
  CHECK_FALSE(ids.find("c"sv));
  CHECK_FALSE(ids.find(std::int64_t{9}));
}

TEST_CASE("text ids may hold zero bytes") {
  const auto ids = texts({"a\0b"s, "a"s, "a\0"s});
  CHECK(ids.size() == 3);
  CHECK(ids.find("a\0b"sv) == 2U);
}

TEST_CASE("the same ids have the same map whatever their order") {
  CHECK(texts({"x", "y", "z"}) == texts({"z", "x", "y", "x"}));
  CHECK_FALSE(texts({"x"}) == texts({"y"}));
  CHECK_FALSE(texts({"1"}) == IdMap::from_sorted(std::vector<std::int64_t>{1}));
}

TEST_CASE("a range is the map of its integers") {
  const auto range = IdMap::range(3);
  CHECK(range.is_range());
  CHECK(range == IdMap::from_sorted(std::vector<std::int64_t>{0, 1, 2}));
  CHECK(range.find(std::int64_t{2}) == 2U);
  CHECK_FALSE(range.find(std::int64_t{3}));
  CHECK_FALSE(range.find(std::int64_t{-1}));
  CHECK(std::get<std::int64_t>(range.at(1)) == 1);
  CHECK(IdMap() == IdMap::range(0));
}

TEST_CASE("extreme integers are ids like others") {
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto largest = std::numeric_limits<std::int64_t>::max();
  const auto ids = IdMap::from_sorted(std::vector<std::int64_t>{least, -1, largest});
  CHECK(ids.find(least) == 0U);
  CHECK(ids.find(largest) == 2U);
  CHECK_FALSE(ids.find(least + 1));
}

TEST_CASE("ids that do not ascend are refused") {
  CHECK_THROWS_AS(IdMap::from_sorted(std::vector<std::int64_t>{1, 1}), InvalidData);
  CHECK_THROWS_AS(IdMap::from_sorted({0, 1, 2}, "ba"), InvalidData);
  CHECK_THROWS_AS(IdMap::from_sorted({0, 1, 2}, "aa"), InvalidData);
  CHECK_THROWS_AS(IdMap::from_sorted({0, 1, 3}, "ab"), InvalidData);
  CHECK_THROWS_AS(IdMap::from_sorted({1, 2}, "ab"), InvalidData);
  CHECK_THROWS_AS(IdMap::from_sorted({}, ""), InvalidData);
  CHECK_THROWS_AS(IdMap::range(std::size_t{1} << 31U), CapacityExceeded);
}

TEST_CASE("mixed kinds are refused and named") {
  IdEncoder encoder("user");
  encoder.encode("u1"sv);
  CHECK_THROWS_WITH_AS(encoder.encode(std::int64_t{7}),
                       "the user ids mix integers and text: 'u1' and 7; make all of them one or the other",
                       IdTypeError);
  CHECK(encoder.size() == 1);
}

TEST_CASE("a truncated encoder is as it was") {
  for (const std::size_t kept : {0U, 1U, 500U, 999U, 1000U, 2000U}) {
    IdEncoder whole("item");
    IdEncoder cut("item");
    for (std::size_t id = 0; id < 1000; ++id) {
      cut.encode("id" + std::to_string(id));
      if (id < kept) {
        whole.encode("id" + std::to_string(id));
      }
    }
    cut.truncate(kept);
    CHECK(cut.size() == whole.size());
    CHECK(cut.encode("new"sv) == whole.encode("new"sv));
    CHECK(cut.encode("id0"sv) == whole.encode("id0"sv));
    const auto a = cut.finish();
    const auto b = whole.finish();
    CHECK(a.ids == b.ids);
    CHECK(a.position_of_code == b.position_of_code);
  }
}

TEST_CASE("an encoder truncated to nothing takes ids of the other kind") {
  IdEncoder encoder("item");
  encoder.encode(std::int64_t{1});
  encoder.truncate(0);
  CHECK(encoder.encode("a"sv) == 0);
  encoder.truncate(0);
  CHECK(encoder.encode(std::int64_t{5}) == 0);
  CHECK(std::get<std::int64_t>(encoder.finish().ids.at(0)) == 5);
}

TEST_CASE("an encoder is empty after finish") {
  IdEncoder encoder("item");
  encoder.encode("a"sv);
  CHECK(encoder.finish().ids.size() == 1);
  CHECK(encoder.size() == 0);
  CHECK(encoder.encode(std::int64_t{1}) == 0);
  CHECK(encoder.finish().ids.kind() == IdKind::integer);
}

TEST_CASE("an id of one megabyte works and is cut in messages") {
  const std::string huge(1 << 20, 'x');
  const auto ids = texts({huge, "y"});
  CHECK(ids.find(huge) == 0U);
  const auto shown = to_display(std::string_view(huge));
  CHECK(shown.size() < 100);
  CHECK(shown.find("1048576 bytes") != std::string::npos);
}

TEST_CASE("a cut message does not split a character") {
  const std::string text = std::string(59, 'a') + "éb";
  CHECK(to_display(std::string_view(text)) == "'" + std::string(59, 'a') + "…' (62 bytes)");
}
