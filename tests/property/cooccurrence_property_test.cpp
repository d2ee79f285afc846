/// Counts are a sum of whole rows: whatever was added and removed, in whatever order, equal rows give equal bytes.
#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/stats/cooccurrence.hpp>

#include "../support/random_interactions.hpp"

namespace rc = recocore;

namespace {

struct Row {
  std::vector<rc::ItemIx> items{};
  std::vector<std::int32_t> weights{};
  [[nodiscard]] rc::WeightedRow view() const { return {items, weights}; }
};

constexpr std::size_t catalogue = 15;

Row random_row(rc::Random& random) {
  Row row;
  for (std::size_t i = 0; i < catalogue; ++i) {
    if (random.below(3) == 0) {
      row.items.push_back(rc::ItemIx(i));
      row.weights.push_back(static_cast<std::int32_t>(random.below(21)) - 10);
    }
  }
  return row;
}

/// The definition, in the plainest way.
std::map<std::pair<std::uint32_t, std::uint32_t>, std::pair<std::int64_t, std::int64_t>> naive(
    const std::vector<Row>& rows) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::pair<std::int64_t, std::int64_t>> sums;
  for (const auto& row : rows) {
    for (std::size_t a = 0; a < row.items.size(); ++a) {
      for (std::size_t b = 0; b < row.items.size(); ++b) {
        auto& sum = sums[{row.items[a].value, row.items[b].value}];
        sum.first += 1;
        sum.second += std::int64_t{row.weights[a]} * row.weights[b];
      }
    }
  }
  return sums;
}

void check_equals_naive(const rc::Cooccurrence& counts, const std::vector<Row>& rows) {
  const auto expected = naive(rows);
  std::size_t pairs = 0;
  for (std::size_t i = 0; i < counts.items(); ++i) {
    const auto row = counts.row(rc::ItemIx(i));
    CHECK(std::is_sorted(row.begin(), row.end(), [](const auto& a, const auto& b) { return a.item < b.item; }));
    for (const auto& entry : row) {
      const auto found = expected.find({static_cast<std::uint32_t>(i), entry.item.value});
      REQUIRE(found != expected.end());
      CHECK(found->second == std::pair<std::int64_t, std::int64_t>(entry.users, entry.dot));
      ++pairs;
    }
  }
  CHECK(pairs == expected.size());
  const auto non_empty = std::count_if(rows.begin(), rows.end(), [](const Row& row) { return !row.items.empty(); });
  CHECK(counts.users() == static_cast<std::uint64_t>(non_empty));
}

rc::Cooccurrence counted(const std::vector<Row>& rows, unsigned threads = 1) {
  rc::SparseRows<rc::UserIx, rc::ItemIx> matrix;
  matrix.columns = catalogue;
  std::vector<std::int32_t> weights;
  for (const auto& row : rows) {
    matrix.indices.insert(matrix.indices.end(), row.items.begin(), row.items.end());
    weights.insert(weights.end(), row.weights.begin(), row.weights.end());
    matrix.offsets.push_back(matrix.indices.size());
  }
  return rc::Cooccurrence::of(matrix, weights, {.threads = threads});
}

std::vector<Row> random_rows(rc::Random& random, std::size_t count) {
  std::vector<Row> rows(count);
  std::generate(rows.begin(), rows.end(), [&] { return random_row(random); });
  return rows;
}

}  // namespace

TEST_CASE("bulk counting equals the definition for any number of threads") {
  rc::Random random(1);
  const auto rows = random_rows(random, 60);
  const auto counts = counted(rows);
  check_equals_naive(counts, rows);
  for (const unsigned threads : {2U, 7U}) {
    CHECK(counted(rows, threads) == counts);
  }
}

TEST_CASE("any history of replacements equals counting what is left") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    rc::Random random(seed);
    rc::Cooccurrence counts(catalogue);
    std::vector<Row> rows(12);
    for (int step = 0; step < 60; ++step) {
      auto& row = rows[random.below(rows.size())];
      const auto after = random.below(4) == 0 ? Row{} : random_row(random);
      counts.replace(row.view(), after.view());
      row = after;
    }
    check_equals_naive(counts, rows);
    CHECK(counts == counted(rows));
  }
}

TEST_CASE("shards by user merge to the whole, in any order, and come out again") {
  rc::Random random(99);
  const auto rows = random_rows(random, 50);
  const std::vector<Row> first(rows.begin(), rows.begin() + 20);
  const std::vector<Row> second(rows.begin() + 20, rows.end());
  auto ab = counted(first);
  ab.merge(counted(second));
  auto ba = counted(second);
  ba.merge(counted(first));
  CHECK(ab == counted(rows));
  CHECK(ab == ba);
  ab.unmerge(counted(second));
  CHECK(ab == counted(first));
  ab.unmerge(counted(first));
  CHECK(ab == rc::Cooccurrence(catalogue));
}

TEST_CASE("of interactions each pair counts 1, and the diagonal is the number of users") {
  const auto shop = rc::test::random_interactions({.largest_weight = 5.0}, 4);
  const auto counts = rc::Cooccurrence::of(shop);
  for (std::size_t i = 0; i < counts.items(); ++i) {
    const rc::ItemIx item(i);
    const auto row = counts.row(item);
    const auto self = std::find_if(row.begin(), row.end(), [&](const auto& entry) { return entry.item == item; });
    const auto users = shop.by_item().row_size(item);
    REQUIRE((self != row.end()) == (users > 0));
    if (users > 0) {
      CHECK(self->users == users);
      CHECK(self->dot == static_cast<std::int64_t>(users));
    }
  }
}

TEST_CASE("what cannot be right changes nothing") {
  rc::Random random(5);
  const auto rows = random_rows(random, 10);
  auto counts = counted(rows);
  const auto before = counts;

  const Row never{{rc::ItemIx(0U), rc::ItemIx(1U)}, {1000, 1000}};
  CHECK_THROWS_AS(rc::Cooccurrence(catalogue).replace(never.view(), {}), rc::InvalidData);
  auto small = rc::Cooccurrence(catalogue);
  small.replace({}, Row{{rc::ItemIx(0U)}, {3}}.view());
  CHECK_THROWS_AS(small.replace(Row{{rc::ItemIx(0U)}, {2}}.view(), {}), rc::InvalidData);
  CHECK_THROWS_AS(counts.replace({}, Row{{rc::ItemIx(3U), rc::ItemIx(3U)}, {1, 1}}.view()), rc::InvalidParameter);
  CHECK_THROWS_AS(counts.replace({}, Row{{rc::ItemIx(catalogue)}, {1}}.view()), rc::InvalidParameter);
  CHECK_THROWS_AS(counts.merge(rc::Cooccurrence(catalogue + 1)), rc::InvalidParameter);
  auto twice = counted(rows);
  twice.merge(counts);
  CHECK_THROWS_AS(counts.unmerge(twice), rc::InvalidData);
  CHECK(counts == before);

  constexpr std::int32_t huge = 2'147'483'647;
  rc::Cooccurrence full(2);
  const Row heavy{{rc::ItemIx(0U)}, {huge}};
  full.replace({}, heavy.view());
  full.replace({}, heavy.view());
  CHECK_THROWS_AS(full.replace({}, heavy.view()), rc::CapacityExceeded);
  CHECK(full.users() == 2);
  CHECK_THROWS_AS(static_cast<void>(counted({heavy, heavy, heavy})), rc::CapacityExceeded);
}
