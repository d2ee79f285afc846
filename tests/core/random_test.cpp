#include <array>

#include <doctest/doctest.h>

#include <recocore/core/random.hpp>

using namespace recocore;

TEST_CASE("the generator is SplitMix64") {
  // The first outputs of the reference implementation for the seed 1234567.
  Random random(1'234'567);
  CHECK(random.next() == 6'457'827'717'110'365'317ULL);
  CHECK(random.next() == 3'203'168'211'198'807'973ULL);
  CHECK(random.next() == 9'817'491'932'198'370'423ULL);
}

TEST_CASE("uniform numbers are at least 0, below 1 and a half on average") {
  Random random(2);
  double sum = 0.0;
  for (int round = 0; round < 100'000; ++round) {
    const double number = random.uniform();
    REQUIRE(number >= 0.0);
    REQUIRE(number < 1.0);
    sum += number;
  }
  CHECK(sum / 100'000 == doctest::Approx(0.5).epsilon(0.01));
}

TEST_CASE("numbers below a bound are evenly spread") {
  Random random(3);
  std::array<int, 7> seen{};
  for (int round = 0; round < 70'000; ++round) {
    ++seen.at(random.below(7));
  }
  for (const int count : seen) {
    CHECK(count == doctest::Approx(10'000).epsilon(0.05));
  }
  CHECK(Random(4).below(1) == 0);
}

TEST_CASE("the same seed gives the same numbers") {
  Random a(9);
  Random b(9);
  Random c(10);
  CHECK(a.next() == b.next());
  CHECK(a.next() != c.next());
}
