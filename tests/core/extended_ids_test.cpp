#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/extended_ids.hpp>

namespace rc = recocore;

TEST_CASE("extended ids: those of the fit keep their positions, others lie behind") {
  const rc::ExtendedIds ids(rc::IdMap::from_sorted({10, 20, 30}), rc::IdMap::from_sorted({5, 25}));
  CHECK(ids.size() == 5);
  CHECK(ids.kind() == rc::IdKind::integer);
  const std::vector<std::int64_t> order{10, 20, 30, 5, 25};
  for (std::size_t position = 0; position < order.size(); ++position) {
    CHECK(ids.at(position) == rc::IdView(order[position]));
    CHECK(ids.find(order[position]) == position);
  }
  CHECK_FALSE(ids.find(std::int64_t{7}).has_value());
  CHECK_FALSE(ids.find(std::string_view("10")).has_value());
  CHECK(ids == rc::ExtendedIds(rc::IdMap::from_sorted({10, 20, 30}), rc::IdMap::from_sorted({5, 25})));
}

TEST_CASE("extended ids: of nothing at first, the kind is that of what came") {
  const rc::ExtendedIds none;
  CHECK(none.size() == 0);
  const rc::ExtendedIds texts(rc::IdMap{}, rc::IdMap::from_sorted({0, 1, 2}, "ab"));
  CHECK(texts.kind() == rc::IdKind::text);
  CHECK(texts.at(1) == rc::IdView(std::string_view("b")));
}

TEST_CASE("merged ids: each once, in order") {
  const auto both = rc::merged(rc::IdMap::from_sorted({1, 3}), rc::IdMap::from_sorted({2, 3, 4}));
  CHECK(both == rc::IdMap::from_sorted({1, 2, 3, 4}));
  CHECK(rc::merged(rc::IdMap::range(3), rc::IdMap{}).is_range());
  CHECK_THROWS(static_cast<void>(rc::merged(rc::IdMap::from_sorted({1}), rc::IdMap::from_sorted({0, 1}, "a"))));
}
