/// What walks of two steps, item to user to item, bring from one item to all others.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <recocore/core/best_of.hpp>
#include <recocore/core/index.hpp>
#include <recocore/core/ranking.hpp>
#include <recocore/data/sparse_rows.hpp>

namespace recocore::detail {

/// Sums for one item at a time; all zero between items.
class WalkSums {
 public:
  explicit WalkSums(std::size_t items) : sums_(items, 0.0), touched_(list_size(items)) {}

  /// Bytes of one for these items, of which k are kept.
  [[nodiscard]] static std::uint64_t bytes(std::uint64_t items, std::uint64_t k) noexcept {
    const std::uint64_t pool = k + std::max<std::uint64_t>(k, 64) + BestOf<ItemIx>::most_at_once;
    return sizeof(WalkSums) + items * sizeof(double) + list_size(items) * sizeof(ItemIx) +
           2 * pool * sizeof(std::uint64_t);
  }

  /// Adds `step(e)` for the e-th entry by item, times the value of the second step where there are values, for all
  /// items of the users of `from`, in the order of the users.
  /// @param terms how many that are.
  /// @param second_step parallel to the entries by user, or empty: 1 each. From 0 up.
  template <class Step>
  void add(const SparseRows<ItemIx, UserIx>& by_item, const SparseRows<UserIx, ItemIx>& by_user, ItemIx from,
           std::uint64_t terms, std::span<const float> second_step, const Step& step) {
    listing_ = terms < list_size(sums_.size());
    for (auto e = by_item.offsets[from.value]; e < by_item.offsets[from.value + 1]; ++e) {
      const UserIx user = by_item.indices[e];
      const double first = step(e);
      const auto begin = by_user.offsets[user.value];
      const auto end = by_user.offsets[user.value + 1];
      if (listing_) {
        for (auto f = begin; f < end; ++f) {
          list(by_user.indices[f]);
          sums_[by_user.indices[f].value] += first * value(second_step, f);
        }
      } else if (second_step.empty()) {
        for (auto f = begin; f < end; ++f) {
          sums_[by_user.indices[f].value] += first;
        }
      } else {
        for (auto f = begin; f < end; ++f) {
          sums_[by_user.indices[f].value] += first * static_cast<double>(second_step[f]);
        }
      }
    }
    sums_[from.value] = 0.0;
  }

  /// The best k by sum x factor[item] x all, those above 0. O(items met, or items).
  [[nodiscard]] const BestOf<ItemIx>& finish(std::size_t k, std::span<const double> factor, double all) {
    const std::size_t size = listing_ ? listed_ : sums_.size();
    best_.start(k, size);
    std::array<ItemIx, block> found{};
    std::array<float, block> scores{};
    for (std::size_t begin = 0; begin < size; begin += block) {
      const std::size_t end = std::min(size, begin + block);
      std::size_t count = 0;
      for (std::size_t place = begin; place < end; ++place) {
        const ItemIx item = listing_ ? touched_[place] : ItemIx(place);
        const double sum = sums_[item.value];
        sums_[item.value] = 0.0;  // what is listed twice scores once
        found[count] = item;
        scores[count] = static_cast<float>(sum * factor[item.value] * all);
        count += sum > 0.0 ? 1U : 0U;
      }
      best_.offer_all(found.data(), scores.data(), count);
    }
    listed_ = 0;
    best_.finish();
    return best_;
  }

 private:
  static constexpr std::size_t block = 64;
  static_assert(block <= BestOf<ItemIx>::most_at_once);

  /// Where more terms than this come, all items are looked at in the end instead of a list of those met.
  [[nodiscard]] static std::size_t list_size(std::size_t items) noexcept { return items / 2 + 1; }

  [[nodiscard]] static double value(std::span<const float> values, std::size_t entry) noexcept {
    return values.empty() ? 1.0 : static_cast<double>(values[entry]);
  }

  void list(ItemIx item) noexcept {
    touched_[listed_] = item;
    listed_ += sums_[item.value] == 0.0 ? 1U : 0U;
  }

  std::vector<double> sums_;
  std::vector<ItemIx> touched_;
  std::size_t listed_ = 0;
  bool listing_ = true;
  BestOf<ItemIx> best_{};
};

}  // namespace recocore::detail
