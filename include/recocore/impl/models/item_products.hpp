/// Products of the columns of the interactions, all of them or those of few items at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <recocore/core/index.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/core/raw_vector.hpp>
#include <recocore/data/sparse_rows.hpp>
#include <recocore/impl/stats/weigher.hpp>

namespace recocore::detail {

/// Up to this many items the products of all are computed once; of more, those of few at a time. The sums are the same.
inline constexpr std::uint64_t most_items_at_once = 8192;

/// r_i . r_j for all items, half of them kept. Each sum in the order of the users.
class AllProducts {
 public:
  AllProducts() = default;

  AllProducts(const SparseRows<ItemIx, UserIx>& by_item, const SparseRows<UserIx, ItemIx>& by_user,
              const RunOptions& options)
      : products_(bytes(by_item.rows()) / sizeof(double)) {
    constexpr std::size_t grain = 16;
    parallel_for(by_item.rows(), grain, options, "products",
                 [&](std::size_t begin, std::size_t end, unsigned /*slot*/) {
                   for (std::size_t i = begin; i < end && !should_stop(options); ++i) {
                     fill_row(by_item, by_user, ItemIx(i));
                   }
                 });
    throw_if_stopped(options);
  }

  [[nodiscard]] static std::uint64_t bytes(std::uint64_t items) noexcept {
    return items * (items + 1) / 2 * sizeof(double);
  }

  [[nodiscard]] double operator()(ItemIx i, ItemIx j) const noexcept {
    const auto [low, high] = std::minmax(i.value, j.value);
    return products_[first(high) + low];
  }

 private:
  [[nodiscard]] static std::uint64_t first(std::uint64_t row) noexcept { return row * (row + 1) / 2; }

  void fill_row(const SparseRows<ItemIx, UserIx>& by_item, const SparseRows<UserIx, ItemIx>& by_user, ItemIx i) {
    double* const row = products_.data() + first(i.value);
    std::fill_n(row, std::size_t{i.value} + 1, 0.0);
    for (auto e = by_item.offsets[i.value]; e < by_item.offsets[i.value + 1]; ++e) {
      const UserIx user = by_item.indices[e];
      const double value = value_at(by_item.values, e);
      for (auto f = by_user.offsets[user.value]; f < by_user.offsets[user.value + 1] && by_user.indices[f] <= i; ++f) {
        row[by_user.indices[f].value] += value * value_at(by_user.values, f);
      }
    }
  }

  RawVector<double> products_{};
};

/// The same products for few items at a time, from their users alone.
class SomeProducts {
 public:
  /// @param entries no set of items asked for has more.
  SomeProducts(std::size_t users, std::uint64_t entries) : last_(users, none) { entries_.reserve(entries); }

  [[nodiscard]] static std::uint64_t bytes(std::uint64_t users, std::uint64_t entries) noexcept {
    return users * sizeof(std::uint32_t) + entries * sizeof(Entry);
  }

  /// Writes r_a . r_b for the pairs of items, row by row. O(sum over users of the squared numbers of items of theirs).
  void fill(const SparseRows<ItemIx, UserIx>& by_item, std::span<const ItemIx> items, std::span<double> products) {
    const std::size_t size = items.size();
    std::fill(products.begin(), products.end(), 0.0);
    // A user's items are chained, the last one first. All of them but one are of earlier rows.
    entries_.clear();
    for (std::size_t a = 0; a < size; ++a) {
      double* const row = products.data() + a * size;
      for (auto e = by_item.offsets[items[a].value]; e < by_item.offsets[items[a].value + 1]; ++e) {
        const double value = value_at(by_item.values, e);
        auto& last = last_[by_item.indices[e].value];
        entries_.push_back({last, static_cast<std::uint32_t>(a), static_cast<float>(value)});
        last = static_cast<std::uint32_t>(entries_.size() - 1);
        for (std::uint32_t at = last; at != none; at = entries_[at].before) {
          row[entries_[at].item] += value * static_cast<double>(entries_[at].value);
        }
      }
    }
    for (std::size_t a = 0; a < size; ++a) {
      for (std::size_t b = 0; b < a; ++b) {
        products[b * size + a] = products[a * size + b];
      }
      for (const UserIx user : by_item.row(items[a])) {
        last_[user.value] = none;
      }
    }
  }

 private:
  struct Entry {
    std::uint32_t before;
    std::uint32_t item;
    float value;
  };
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

  std::vector<std::uint32_t> last_;
  std::vector<Entry> entries_{};
};

}  // namespace recocore::detail
