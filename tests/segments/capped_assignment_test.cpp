#include <algorithm>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/segments/capped_assignment.hpp>

namespace rc = recocore;

namespace {

/// Each pair with probability `density`; worths are multiples of 1/16, so that there are ties.
rc::PairWorths random_pairs(std::size_t rows, std::size_t columns, double density, std::uint64_t seed) {
  rc::Random random(seed);
  rc::PairWorths pairs;
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::uint32_t column = 0; column < columns; ++column) {
      if (random.uniform() < density) {
        pairs.entries.push_back({column, static_cast<float>(1 + random.below(16)) / 16.0F});
      }
    }
    pairs.offsets.push_back(pairs.entries.size());
  }
  return pairs;
}

bool keeps_caps(const rc::PairWorths& pairs, const std::vector<std::uint64_t>& chosen,
                std::vector<std::uint32_t> row_caps, std::vector<std::uint32_t> column_caps) {
  return std::all_of(chosen.begin(), chosen.end(), [&](std::uint64_t entry) {
    const auto row = static_cast<std::size_t>(std::upper_bound(pairs.offsets.begin(), pairs.offsets.end(), entry) -
                                              pairs.offsets.begin() - 1);
    auto& of_row = row_caps[row];
    auto& of_column = column_caps[pairs.entries[entry].column];
    const bool fits = of_row > 0 && of_column > 0;
    of_row -= fits ? 1 : 0;
    of_column -= fits ? 1 : 0;
    return fits;
  });
}

double worth(const rc::PairWorths& pairs, const std::vector<std::uint64_t>& chosen) {
  double sum = 0.0;
  for (const auto entry : chosen) {
    sum += static_cast<double>(pairs.entries[entry].worth);
  }
  return sum;
}

/// Of all subsets.
double best_possible(const rc::PairWorths& pairs, const std::vector<std::uint32_t>& row_caps,
                     const std::vector<std::uint32_t>& column_caps) {
  double best = 0.0;
  for (std::uint64_t subset = 0; subset < (std::uint64_t{1} << pairs.entries.size()); ++subset) {
    std::vector<std::uint64_t> chosen;
    for (std::uint64_t entry = 0; entry < pairs.entries.size(); ++entry) {
      if ((subset >> entry & 1U) != 0) {
        chosen.push_back(entry);
      }
    }
    if (keeps_caps(pairs, chosen, row_caps, column_caps)) {
      best = std::max(best, worth(pairs, chosen));
    }
  }
  return best;
}

}  // namespace

TEST_CASE("capped assignment: within the tolerance of the best of all choices, and the bound holds") {
  constexpr double tolerance = 0.01;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    CAPTURE(seed);
    auto pairs = random_pairs(4, 4, 0.8, seed);
    if (pairs.entries.size() > 14) {
      continue;
    }
    rc::Random random(seed + 1000);
    std::vector<std::uint32_t> row_caps(4);
    std::vector<std::uint32_t> column_caps(4);
    std::generate(row_caps.begin(), row_caps.end(), [&] { return static_cast<std::uint32_t>(random.below(4)); });
    std::generate(column_caps.begin(), column_caps.end(), [&] { return static_cast<std::uint32_t>(random.below(4)); });
    const double best = best_possible(pairs, row_caps, column_caps);
    const auto found = rc::assign_capped(pairs, row_caps, column_caps, tolerance);
    CHECK(keeps_caps(pairs, found.chosen, row_caps, column_caps));
    CHECK(found.total == worth(pairs, found.chosen));
    CHECK(found.total >= (1.0 - tolerance) * best - 1e-9);
    CHECK(found.upper_bound >= best - 1e-9);
    CHECK(found.gap() <= tolerance + 1e-9);
    CHECK(std::is_sorted(found.chosen.begin(), found.chosen.end()));
  }
}

TEST_CASE("capped assignment: where greed is wrong") {
  // Row 0 likes column 0 a little more than column 1; row 1 likes only column 0.
  rc::PairWorths pairs;
  pairs.entries = {{0, 1.0F}, {1, 0.9F}, {0, 0.95F}};
  pairs.offsets = {0, 2, 3};
  const std::vector<std::uint32_t> ones{1, 1};
  const auto found = rc::assign_capped(pairs, ones, ones, 0.001);
  CHECK(found.chosen == std::vector<std::uint64_t>{1, 2});
  CHECK(found.total == doctest::Approx(1.85));
}

TEST_CASE("capped assignment: larger ones reach the tolerance, the same each time") {
  for (const std::uint32_t per_row : {1U, 2U, 5U}) {
    for (const std::uint32_t per_column : {3U, 40U, 1000U}) {
      CAPTURE(per_row);
      CAPTURE(per_column);
      const auto pairs = random_pairs(500, 30, 0.6, 7);
      const std::vector<std::uint32_t> row_caps(500, per_row);
      const std::vector<std::uint32_t> column_caps(30, per_column);
      const auto found = rc::assign_capped(pairs, row_caps, column_caps, 0.01);
      CHECK(keeps_caps(pairs, found.chosen, row_caps, column_caps));
      CHECK(found.gap() <= 0.01);
      CHECK(found.total <= found.upper_bound);
      CHECK(rc::assign_capped(pairs, row_caps, column_caps, 0.01).chosen == found.chosen);
    }
  }
}

TEST_CASE("capped assignment: nothing to choose, and what makes no sense") {
  const auto none = rc::assign_capped({}, {}, {}, 0.01);
  CHECK(none.chosen.empty());
  CHECK(none.gap() == 0.0);
  const auto pairs = random_pairs(3, 3, 1.0, 1);
  const std::vector<std::uint32_t> three{1, 1, 1};
  const std::vector<std::uint32_t> two{1, 1};
  CHECK_THROWS_AS(static_cast<void>(rc::assign_capped(pairs, two, three, 0.01)), rc::InvalidParameter);
  CHECK_THROWS_AS(static_cast<void>(rc::assign_capped(pairs, three, two, 0.01)), rc::InvalidParameter);
  CHECK_THROWS_AS(static_cast<void>(rc::assign_capped(pairs, three, three, 0.0)), rc::InvalidParameter);
  std::stop_source stop;
  stop.request_stop();
  // Greed alone would do here when nobody competes: all want the same column.
  rc::PairWorths rivals;
  rivals.entries = {{0, 1.0F}, {1, 0.9F}, {0, 0.95F}};
  rivals.offsets = {0, 2, 3};
  CHECK_THROWS_AS(static_cast<void>(rc::assign_capped(rivals, two, two, 0.01, {.stop = stop.get_token()})),
                  rc::Cancelled);
}
