#include <cmath>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/eval/metrics.hpp>

namespace rc = recocore;

namespace {

using Hits = std::vector<std::uint8_t>;
using Counts = std::vector<std::uint64_t>;

rc::MetricSet<double> measured(const Hits& hits, std::size_t relevant, std::size_t n) {
  return rc::measure({.hits = hits, .relevant = relevant}, n);
}

}  // namespace

TEST_CASE("metrics of a list, by hand") {
  const auto m = measured({1, 0, 1, 0}, 3, 4);
  CHECK(m.recall == doctest::Approx(2.0 / 3.0));
  CHECK(m.precision == doctest::Approx(0.5));
  CHECK(m.mrr == doctest::Approx(1.0));
  CHECK(m.hit_rate == doctest::Approx(1.0));
  CHECK(m.map == doctest::Approx((1.0 + 2.0 / 3.0) / 3.0));
  CHECK(m.ndcg == doctest::Approx(1.5 / (1.0 + 1.0 / std::log2(3.0) + 0.5)));
}

TEST_CASE("only the first n ranks count") {
  const auto m = measured({0, 1, 1, 1}, 3, 2);
  CHECK(m.recall == doctest::Approx(1.0 / 3.0));
  CHECK(m.precision == doctest::Approx(0.5));
  CHECK(m.mrr == doctest::Approx(0.5));
  CHECK(m.map == doctest::Approx(0.5 / 3.0));
  CHECK(m.ndcg == doctest::Approx((1.0 / std::log2(3.0)) / (1.0 + 1.0 / std::log2(3.0))));
  CHECK(measured({0, 0, 1}, 1, 2) == rc::MetricSet<double>{});
}

TEST_CASE("a list shorter than n misses what it lacks") {
  const auto m = measured({1}, 2, 10);
  CHECK(m.precision == doctest::Approx(0.1));
  CHECK(m.recall == doctest::Approx(0.5));
  CHECK(m.ndcg == doctest::Approx(1.0 / (1.0 + 1.0 / std::log2(3.0))));
  CHECK(measured({}, 2, 10) == rc::MetricSet<double>{});
}

TEST_CASE("nothing to find gives zeros") { CHECK(measured({0, 0}, 0, 2) == rc::MetricSet<double>{}); }

TEST_CASE("the best list has the best values") {
  const auto all = measured({1, 1, 1}, 3, 3);
  for (const auto& [name, field] : rc::metric_fields<double>) {
    INFO(name);
    CHECK(all.*field == doctest::Approx(1.0));
  }
  SUBCASE("more relevant items than ranks: NDCG can be 1, recall and MAP cannot") {
    const auto cut = measured({1, 1}, 4, 2);
    CHECK(cut.ndcg == doctest::Approx(1.0));
    CHECK(cut.recall == doctest::Approx(0.5));
    CHECK(cut.map == doctest::Approx(0.5));
  }
}

TEST_CASE("coverage is the share of items recommended at all") {
  CHECK(rc::coverage(Counts{3, 0, 1, 0}) == doctest::Approx(0.5));
  CHECK(rc::coverage(Counts{0, 0}) == doctest::Approx(0.0));
  CHECK(rc::coverage({}) == doctest::Approx(0.0));
}

TEST_CASE("novelty is the mean surprise of an entry in bits") {
  // 8 users: items that 8, 4, 1 and no user has bring 0, 1, 3 and 3 bits.
  const Counts users{8, 4, 1, 0};
  CHECK(rc::novelty(Counts{1, 0, 0, 0}, users, 8) == doctest::Approx(0.0));
  CHECK(rc::novelty(Counts{0, 0, 0, 5}, users, 8) == doctest::Approx(3.0));
  CHECK(rc::novelty(Counts{2, 1, 1, 0}, users, 8) == doctest::Approx(1.0));
  CHECK(rc::novelty(Counts{0, 0, 0, 0}, users, 8) == doctest::Approx(0.0));
}

TEST_CASE("Gini is the relative mean difference of how often items are recommended") {
  CHECK(rc::gini(Counts{5, 5, 5}) == doctest::Approx(0.0));
  CHECK(rc::gini(Counts{0, 9, 0, 0}) == doctest::Approx(0.75));
  CHECK(rc::gini(Counts{0, 0}) == doctest::Approx(0.0));

  const Counts times{7, 0, 2, 2, 1, 30};
  double differences = 0.0;
  double entries = 0.0;
  for (const auto a : times) {
    entries += static_cast<double>(a);
    for (const auto b : times) {
      differences += std::abs(static_cast<double>(a) - static_cast<double>(b));
    }
  }
  CHECK(rc::gini(times) == doctest::Approx(differences / (2.0 * 6.0 * entries)));
}
