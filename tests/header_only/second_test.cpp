#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/recocore.hpp>

TEST_CASE("work runs in parallel") {
  const std::size_t count = 1000;
  std::vector<int> visits(count);
  recocore::parallel_for(count, 7, {.threads = 2}, "visiting", [&](std::size_t begin, std::size_t end, unsigned) {
    for (auto i = begin; i < end; ++i) {
      ++visits[i];
    }
  });
  CHECK(visits == std::vector<int>(count, 1));
}
