/// A score for every item of a catalogue, and the best of them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include <recocore/core/best_of.hpp>
#include <recocore/core/index.hpp>
#include <recocore/core/ranking.hpp>
#include <recocore/rank/item_mask.hpp>

namespace recocore {

/// For models that have something to say about all items: matrices and factors. Memory is kept from request to request.
class DenseScores {
 public:
  /// A score an item, all 0, to be written by the model; finite or infinite, never NaN.
  [[nodiscard]] std::span<float> start(std::size_t items) {
    scores_.assign(items, 0.0F);
    return scores_;
  }

  /// Leaves in `ranked` the best `n` of the items that the mask allows and whose score is above 0, in the total order.
  void rank(std::size_t n, const ItemMask& mask, std::vector<ScoredItem>& ranked) {
    const std::size_t items = scores_.size();
    best_.start(n, items);
    for (std::size_t begin = 0; begin < items; begin += block) {
      const std::size_t size = std::min(block, items - begin);
      const float bar = best_.bar();
      const bool any = std::any_of(scores_.data() + begin, scores_.data() + begin + size,
                                   [bar](float score) { return score > 0.0F && score >= bar; });
      if (any) {
        offer(begin, size, bar, mask);
      }
    }
    best_.finish();
    ranked.resize(best_.size());
    for (std::size_t place = 0; place < best_.size(); ++place) {
      ranked[place] = best_[place];
    }
  }

 private:
  static constexpr std::size_t block = 64;
  static_assert(block <= BestOf<ItemIx>::most_at_once);

  void offer(std::size_t begin, std::size_t size, float bar, const ItemMask& mask) {
    std::size_t found = 0;
    for (std::size_t place = 0; place < size; ++place) {
      const ItemIx item(begin + place);
      const float score = std::min(scores_[begin + place], std::numeric_limits<float>::max());
      if (score > 0.0F && score >= bar && mask.allows(item)) {
        found_items_[found] = item;
        found_scores_[found] = score;
        ++found;
      }
    }
    best_.offer_all(found_items_.data(), found_scores_.data(), found);
  }

  std::vector<float> scores_{};
  std::array<ItemIx, block> found_items_{};
  std::array<float, block> found_scores_{};
  BestOf<ItemIx> best_{};
};

}  // namespace recocore
