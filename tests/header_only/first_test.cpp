#include <doctest/doctest.h>

#include <recocore/recocore.hpp>

TEST_CASE("ids are found again") {
  recocore::IdEncoder encoder("item");
  CHECK(encoder.encode("pear") == 0);
  CHECK(encoder.encode("apple") == 1);
  const auto ids = encoder.finish().ids;
  CHECK(ids.find("apple") == 0U);
  CHECK(ids.find("pear") == 1U);
  CHECK_FALSE(ids.find("plum").has_value());
}
