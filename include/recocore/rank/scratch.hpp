/// Memory that ranking needs and keeps: one for each thread that asks for lists.
#pragma once

#include <utility>
#include <vector>

#include <recocore/core/index.hpp>
#include <recocore/core/ranking.hpp>
#include <recocore/rank/item_mask.hpp>
#include <recocore/rank/row_sums.hpp>

namespace recocore {

/// The filters of a call, looked up once for all its lists.
struct ResolvedFilters {
  std::vector<ItemIx> exclude{};
  std::vector<ItemIx> candidates{};
  bool only_candidates = false;
};

/// The history of somebody without an account: see `History`.
struct ResolvedHistory {
  std::vector<ItemIx> items{};
  std::vector<float> weights{};
  /// As they were given.
  std::vector<std::pair<ItemIx, float>> known{};
};

/// Reused from request to request: after the first few nothing is allocated. Not for two threads at once.
struct Scratch {
  ItemMask mask{};
  RowSums sums{};
  std::vector<ScoredItem> ranked{};
  ResolvedFilters filters{};
  ResolvedHistory history{};
};

}  // namespace recocore
