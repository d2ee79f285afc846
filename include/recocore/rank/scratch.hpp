/// Memory that ranking needs and keeps: one for each thread that asks for lists.
#pragma once

#include <cstddef>
#include <vector>

#include <recocore/core/index.hpp>
#include <recocore/core/ranking.hpp>
#include <recocore/rank/item_mask.hpp>

namespace recocore {

/// Sums of scores by item that know which items were met, also when a sum comes out as zero.
class ScoreSums {
 public:
  void start(std::size_t items) {
    if (sums_.size() < items) {
      sums_.resize(items, 0.0);
      is_touched_.resize(items, 0);
    }
  }

  void add(ItemIx item, double amount) {
    if (is_touched_[item.value] == 0) {
      is_touched_[item.value] = 1;
      touched_.push_back(item);
    }
    sums_[item.value] += amount;
  }

  /// Calls `visitor(item, sum)` for each item met, in the order they were met, and forgets them all.
  template <class Visitor>
  void drain(const Visitor& visitor) {
    for (const ItemIx item : touched_) {
      visitor(item, sums_[item.value]);
      sums_[item.value] = 0.0;
      is_touched_[item.value] = 0;
    }
    touched_.clear();
  }

 private:
  std::vector<double> sums_{};
  std::vector<unsigned char> is_touched_{};
  std::vector<ItemIx> touched_{};
};

/// Reused from request to request: after the first few nothing is allocated. Not for two threads at once.
struct Scratch {
  ItemMask mask{};
  ScoreSums sums{};
  std::vector<ScoredItem> ranked{};
};

}  // namespace recocore
