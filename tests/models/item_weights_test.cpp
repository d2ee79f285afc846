#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/models/item_weights.hpp>

namespace rc = recocore;

namespace {

/// For each candidate some of the items, with weights of both signs.
rc::Neighbours<rc::ItemIx> random_votes(std::size_t items, std::uint64_t seed) {
  rc::Random random(seed);
  rc::Neighbours<rc::ItemIx> votes;
  for (std::size_t j = 0; j < items; ++j) {
    for (std::size_t i = 0; i < items; ++i) {
      if (i != j && random.uniform() < 0.2) {
        votes.entries.push_back({rc::ItemIx(i), static_cast<float>(random.below(16)) / 4.0F - 1.0F});
      }
    }
    votes.offsets.push_back(votes.entries.size());
  }
  return votes;
}

}  // namespace

TEST_CASE("scores are a history times the matrix, for any number of threads") {
  constexpr std::size_t items = 300;
  const auto votes = random_votes(items, 11);
  const auto weights = rc::ItemWeights::from_candidates(votes, {.threads = 1});
  CHECK(rc::ItemWeights::from_candidates(votes, {.threads = 3}).rows() == weights.rows());

  const std::vector<rc::ItemIx> history{rc::ItemIx(2U), rc::ItemIx(40U), rc::ItemIx(41U)};
  const std::vector<float> amounts{1.0F, 0.5F, 2.0F};
  std::vector<double> sums(items, 0.0);
  for (std::size_t j = 0; j < items; ++j) {
    for (const auto& vote : votes.of(rc::ItemIx(j))) {
      for (std::size_t h = 0; h < history.size(); ++h) {
        sums[j] += vote.index == history[h] ? static_cast<double>(amounts[h]) * static_cast<double>(vote.score) : 0.0;
      }
    }
  }
  std::vector<rc::ScoredItem> expected;
  for (std::size_t j = 0; j < items; ++j) {
    if (sums[j] > 0.0) {
      expected.push_back({rc::ItemIx(j), static_cast<float>(sums[j])});
    }
  }
  rc::keep_best(expected, 25);
  rc::Scratch scratch;
  scratch.mask.allow_all(items);
  weights.rank({.items = history, .weights = amounts}, 25, scratch);
  CHECK(scratch.ranked == expected);
}

TEST_CASE("similar items are those with weights above 0, best first") {
  const auto weights = rc::ItemWeights::from_candidates(random_votes(60, 3), {.threads = 1});
  for (std::size_t i = 0; i < 60; ++i) {
    const auto similar = weights.similar_items(rc::ItemIx(i));
    CHECK(std::is_sorted(similar.begin(), similar.end(), rc::ranks_before<rc::ItemIx>));
    std::size_t positive = 0;
    for (const auto& entry : weights.rows().of(rc::ItemIx(i))) {
      positive += entry.score > 0.0F ? 1U : 0U;
    }
    CHECK(similar.size() == positive);
  }
}

TEST_CASE("rows that are not those of a catalogue are refused") {
  const auto rows = rc::ItemWeights::from_candidates(random_votes(20, 5), {.threads = 1}).rows();
  CHECK(rc::ItemWeights::from_rows(rows, 20).rows() == rows);
  CHECK_THROWS_AS(static_cast<void>(rc::ItemWeights::from_rows(rows, 21)), rc::InvalidData);
  const auto refuses = [&](const auto& spoil) {
    auto spoilt = rows;
    spoil(spoilt);
    CHECK_THROWS_AS(static_cast<void>(rc::ItemWeights::from_rows(spoilt, 20)), rc::InvalidData);
  };
  refuses([](auto& r) { r.entries[0].index = rc::ItemIx(20U); });
  refuses([](auto& r) { r.entries[0].score = std::numeric_limits<float>::quiet_NaN(); });
  refuses([](auto& r) { r.entries[0].score = std::numeric_limits<float>::infinity(); });
  refuses([](auto& r) { std::swap(r.entries[0], r.entries[1]); });
  refuses([](auto& r) { r.entries[1].index = r.entries[0].index; });
  refuses([](auto& r) { r.offsets.back() -= 1; });
}
