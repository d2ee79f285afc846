#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/bit_set.hpp>
#include <recocore/core/random.hpp>

namespace rc = recocore;

TEST_CASE("bit set: as a vector of flags, whatever its size") {
  rc::Random random(3);
  for (int round = 0; round < 60; ++round) {
    const std::size_t size = random.below(200);
    const bool filled = random.below(2) == 0;
    rc::BitSet set(size, filled);
    std::vector<std::uint8_t> twin(size, filled ? 1 : 0);
    for (int step = 0; step < 40; ++step) {
      const auto what = random.below(5);
      if (what < 3 && !twin.empty()) {
        const std::size_t at = random.below(twin.size());
        const bool value = random.below(2) == 0;
        set.set(at, value);
        twin[at] = value ? 1 : 0;
      } else if (what == 3) {
        const std::size_t now = random.below(260);
        const bool value = random.below(2) == 0;
        set.resize(now, value);
        twin.resize(now, value ? 1 : 0);
      } else {
        set.flip();
        for (auto& flag : twin) {
          flag ^= 1U;
        }
      }
      REQUIRE(set.size() == twin.size());
      std::size_t count = 0;
      std::vector<std::size_t> found;
      set.for_each([&found](std::size_t position) { found.push_back(position); });
      std::vector<std::size_t> expected;
      for (std::size_t position = 0; position < twin.size(); ++position) {
        CHECK(set[position] == (twin[position] != 0));
        if (twin[position] != 0) {
          ++count;
          expected.push_back(position);
        }
      }
      CHECK(set.count() == count);
      CHECK(found == expected);
    }
  }
}

TEST_CASE("bit set: and, or") {
  rc::BitSet a(70);
  rc::BitSet b(70);
  a.set(3);
  a.set(69);
  b.set(69);
  b.set(5);
  auto both = a;
  both &= b;
  auto either = a;
  either |= b;
  CHECK(both.count() == 1);
  CHECK(both[69]);
  CHECK(either.count() == 3);
}
