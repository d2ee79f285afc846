#include <algorithm>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/random.hpp>
#include <recocore/rank/row_sums.hpp>

using namespace recocore;

namespace {

struct WeightedRow {
  std::vector<ScoredItem> entries;
  float weight;
};

/// Rows of different items, ascending. Few different scores and weights, so that sums tie and terms cancel out.
std::vector<WeightedRow> random_rows(std::size_t items, Random& random) {
  constexpr float largest = std::numeric_limits<float>::max();
  constexpr float smallest = std::numeric_limits<float>::denorm_min();
  const float scores[] = {0.25F, 0.5F, 0.5F, 1.0F, 1e-30F, largest, smallest, static_cast<float>(random.uniform())};
  const float weights[] = {1.0F, 1.0F, -1.0F, 0.0F, 0.5F, largest, -largest, static_cast<float>(random.uniform())};
  const std::uint64_t sparsity = 1 + random.below(12);
  std::vector<WeightedRow> rows(random.below(12));
  for (auto& row : rows) {
    row.weight = weights[random.below(random.below(2) == 0 ? 2 : 8)];
    for (std::size_t i = 0; i < items; ++i) {
      if (random.below(sparsity) == 0) {
        row.entries.push_back({ItemIx(i), scores[random.below(8)]});
      }
    }
  }
  return rows;
}

/// By the definition: add everything up, keep what is allowed and above 0, sort.
std::vector<ScoredItem> expected(const std::vector<WeightedRow>& rows, std::size_t items, std::size_t n,
                                 const ItemMask& mask) {
  std::vector<double> sums(items, 0.0);
  for (const auto& row : rows) {
    for (const auto& entry : row.entries) {
      sums[entry.index.value] += static_cast<double>(row.weight) * static_cast<double>(entry.score);
    }
  }
  std::vector<ScoredItem> ranked;
  for (std::size_t i = 0; i < items; ++i) {
    const auto score = static_cast<float>(std::min(sums[i], double{std::numeric_limits<float>::max()}));
    if (score > 0.0F && mask.allows(ItemIx(i))) {
      ranked.push_back({ItemIx(i), score});
    }
  }
  keep_best(ranked, n);
  return ranked;
}

}  // namespace

TEST_CASE("sums of rows: both paths, and the one that is picked, are the definition") {
  Random random(11);
  RowSums sums;  // reused: nothing of an earlier request is left
  for (int round = 0; round < 1500; ++round) {
    const std::size_t items = 1 + random.below(round % 10 == 0 ? 2000 : 150);
    const auto rows = random_rows(items, random);
    ItemMask mask;
    std::vector<ItemIx> some;
    for (std::size_t i = 0; i < items; ++i) {
      if (random.below(3) > 0) {
        some.push_back(ItemIx(i));
      }
    }
    if (random.below(2) == 0) {
      mask.allow_only(items, some);
    } else {
      mask.allow_all(items);
    }
    for (std::uint64_t times = random.below(8); times > 0; --times) {
      mask.forbid(ItemIx(random.below(items)));
    }
    const std::size_t n = random.below(8) == 0 ? std::numeric_limits<std::size_t>::max() : 1 + random.below(40);
    const auto wanted = expected(rows, items, n, mask);

    const auto start = [&] {
      sums.start(items);
      for (const auto& row : rows) {
        sums.add(row.entries, row.weight);
      }
    };
    std::vector<ScoredItem> ranked;
    for (const auto path : {RowSums::Path::listed, RowSums::Path::scanned}) {
      start();
      sums.rank(n, mask, ranked, path);
      CHECK(ranked == wanted);
    }
    start();
    sums.rank(n, mask, ranked);
    CHECK(ranked == wanted);
  }
}

TEST_CASE("sums of rows: an item whose terms cancel out counts once") {
  const std::vector<ScoredItem> both{{ItemIx(0U), 1.0F}, {ItemIx(1U), 0.5F}};
  const std::vector<ScoredItem> first{{ItemIx(0U), 1.0F}};
  ItemMask mask;
  mask.allow_all(2);
  RowSums sums;
  for (const auto path : {RowSums::Path::listed, RowSums::Path::scanned}) {
    std::vector<ScoredItem> ranked;
    sums.start(2);
    sums.add(both, 1.0F);
    sums.add(first, -1.0F);
    sums.add(first, 2.0F);
    sums.rank(10, mask, ranked, path);
    CHECK(ranked == std::vector<ScoredItem>{{ItemIx(0U), 2.0F}, {ItemIx(1U), 0.5F}});

    sums.start(2);
    sums.add(both, 1.0F);
    sums.add(first, -1.0F);
    sums.rank(10, mask, ranked, path);
    CHECK(ranked == std::vector<ScoredItem>{{ItemIx(1U), 0.5F}});
  }
}
