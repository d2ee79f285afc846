/// Small random data for tests, the same on every platform.
#pragma once

#include <cstdint>
#include <utility>

#include <recocore/core/random.hpp>
#include <recocore/data/interactions.hpp>

namespace recocore::test {

struct RandomShop {
  std::size_t users = 30;
  std::size_t items = 20;
  double density = 0.2;
  /// 0: all weights 1. Otherwise weights are multiples of 1/4 up to this.
  double largest_weight = 0.0;
};

/// Each pair with probability `density`, popular items more often.
inline SparseRows<UserIx, ItemIx> random_rows(const RandomShop& shop, std::uint64_t seed) {
  Random random(seed);
  SparseRows<UserIx, ItemIx> rows;
  rows.columns = shop.items;
  for (std::size_t u = 0; u < shop.users; ++u) {
    for (std::size_t i = 0; i < shop.items; ++i) {
      const double popularity = 2.0 * static_cast<double>(shop.items - i) / static_cast<double>(shop.items);
      if (random.uniform() >= shop.density * popularity) {
        continue;
      }
      rows.indices.push_back(ItemIx(i));
      if (shop.largest_weight > 0.0) {
        const auto steps = static_cast<std::uint64_t>(shop.largest_weight * 4.0);
        rows.values.push_back(static_cast<float>(1 + random.below(steps)) / 4.0F);
      }
    }
    rows.offsets.push_back(rows.indices.size());
  }
  return rows;
}

inline Interactions random_interactions(const RandomShop& shop, std::uint64_t seed) {
  return Interactions::from_rows(random_rows(shop, seed));
}

}  // namespace recocore::test
