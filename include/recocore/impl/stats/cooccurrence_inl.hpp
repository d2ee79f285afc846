#pragma once

#include <algorithm>
#include <functional>
#include <limits>
#include <string>
#include <utility>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/impl/core/slots.hpp>
#include <recocore/impl/stats/row_products.hpp>
#include <recocore/stats/cooccurrence.hpp>

namespace recocore {

namespace detail {

/// a + sign * b for one pair, checked.
[[nodiscard]] inline Together combine(const Together& a, const Together& b, int sign) {
  const std::int64_t users = static_cast<std::int64_t>(a.users) + sign * static_cast<std::int64_t>(b.users);
  if (users < 0) {
    throw InvalidData("cannot take out what was never counted: item at position " + std::to_string(b.item.value) +
                      " has " + std::to_string(a.users) + " users in the row, " + std::to_string(b.users) +
                      " were to be removed");
  }
  std::int64_t dot = 0;
  const bool overflow =
      sign > 0 ? __builtin_add_overflow(a.dot, b.dot, &dot) : __builtin_sub_overflow(a.dot, b.dot, &dot);
  if (overflow || users > std::numeric_limits<std::uint32_t>::max()) {
    throw CapacityExceeded("a co-occurrence sum left its range; use smaller integer weights");
  }
  return {b.item, static_cast<std::uint32_t>(users), dot};
}

/// The sum or difference of two sorted rows, without what became zero.
[[nodiscard]] inline std::vector<Together> combine(std::span<const Together> a, std::span<const Together> b, int sign) {
  std::vector<Together> result;
  result.reserve(a.size() + b.size());
  auto x = a.begin();
  auto y = b.begin();
  while (x != a.end() || y != b.end()) {
    if (y == b.end() || (x != a.end() && x->item < y->item)) {
      result.push_back(*x++);
      continue;
    }
    const bool both = x != a.end() && x->item == y->item;
    const Together sum = combine(both ? *x : Together{}, *y, sign);
    if (sum.users == 0 && sum.dot != 0) {
      throw InvalidData("cannot take out what was never counted: no user is left for the item at position " +
                        std::to_string(y->item.value) + ", but a sum of weights of " + std::to_string(sum.dot));
    }
    if (sum.users > 0) {
      result.push_back(sum);
    }
    x += both ? 1 : 0;
    ++y;
  }
  return result;
}

[[nodiscard]] inline std::int64_t weight_at(const WeightedRow& row, std::size_t entry) noexcept {
  return row.weights.empty() ? 1 : row.weights[entry];
}

/// What a user's row adds to the row of its item at `entry`.
[[nodiscard]] inline std::vector<Together> outer_row(const WeightedRow& row, std::size_t entry) {
  std::vector<Together> result(row.items.size());
  for (std::size_t e = 0; e < row.items.size(); ++e) {
    result[e] = {row.items[e], 1, weight_at(row, entry) * weight_at(row, e)};
  }
  return result;
}

inline void check_squares(const SparseRows<ItemIx, UserIx>& by_item, std::span<const std::int32_t> weights) {
  for (std::size_t i = 0; i < by_item.rows(); ++i) {
    std::int64_t sum = 0;
    for (auto e = by_item.offsets[i]; e < by_item.offsets[i + 1]; ++e) {
      const auto weight = static_cast<std::int64_t>(weights[e]);
      if (__builtin_add_overflow(sum, weight * weight, &sum)) {
        throw CapacityExceeded("the squared weights of the item at position " + std::to_string(i) +
                               " sum to more than 63 bits; use smaller integer weights");
      }
    }
  }
}

inline void check_row(const WeightedRow& row, std::size_t items) {
  const bool parallel = row.weights.empty() || row.weights.size() == row.items.size();
  const bool ascending =
      std::adjacent_find(row.items.begin(), row.items.end(), std::greater_equal<>{}) == row.items.end();
  if (!parallel || !ascending || (!row.items.empty() && row.items.back().value >= items)) {
    throw InvalidParameter("a user's row must hold ascending items below " + std::to_string(items) +
                           ", each once, and a weight for each item or none at all");
  }
}

}  // namespace detail

RECOCORE_INLINE Cooccurrence::Cooccurrence(std::size_t items) : rows_(items) {}

RECOCORE_INLINE Cooccurrence Cooccurrence::of(const Interactions& interactions, const RunOptions& options) {
  return of(interactions.by_user(), {}, options);
}

RECOCORE_INLINE Cooccurrence Cooccurrence::of(const SparseRows<UserIx, ItemIx>& by_user,
                                              std::span<const std::int32_t> weights, const RunOptions& options) {
  if (!weights.empty() && weights.size() != by_user.entries()) {
    throw InvalidParameter("there must be a weight for each of the " + std::to_string(by_user.entries()) +
                           " entries, or none; got " + std::to_string(weights.size()));
  }
  // The weights take the place of the values, once in the order of each matrix.
  std::vector<std::int32_t> by_row;
  std::vector<std::int32_t> by_column;
  SparseRows<UserIx, ItemIx> users{by_user.offsets, by_user.indices, {}, by_user.columns};
  const auto by_item = transpose(users);
  if (!weights.empty()) {
    by_column.assign(weights.begin(), weights.end());
    by_row.resize(weights.size());
    std::vector<std::uint64_t> next(by_item.offsets.begin(), by_item.offsets.end() - 1);
    for (std::size_t e = 0; e < weights.size(); ++e) {
      by_row[next[by_user.indices[e].value]++] = weights[e];
    }
    detail::check_squares(by_item, by_row);
  }

  Cooccurrence result(by_user.columns);
  for (std::size_t u = 0; u < by_user.rows(); ++u) {
    result.users_ += by_user.row_size(UserIx(u)) > 0 ? 1U : 0U;
  }
  using Products = detail::RowProducts<ItemIx>;
  detail::Slots<Products> scratch(parallel_slots(options));
  parallel_for(by_user.columns, 16, options, "co-occurrence", [&](std::size_t begin, std::size_t end, unsigned slot) {
    auto& products = scratch.get(slot, [&] { return Products(by_user.columns, !weights.empty()); });
    for (std::size_t i = begin; i < end && !options.stop.stop_requested(); ++i) {
      if (weights.empty()) {
        products.count(by_item, users, ItemIx(i));
      } else {
        products.multiply(by_item, users, by_row, by_column, ItemIx(i));
      }
      auto& touched = products.touched();
      std::sort(touched.begin(), touched.end());
      auto& row = result.rows_[i];
      row.reserve(touched.size());
      for (const ItemIx j : touched) {
        row.push_back({j, products.common(j), products.dot(j)});
      }
      products.clear();
    }
  });
  return result;
}

RECOCORE_INLINE void Cooccurrence::replace(const WeightedRow& before, const WeightedRow& after) {
  detail::check_row(before, items());
  detail::check_row(after, items());
  if (!before.items.empty() && users_ == 0) {
    throw InvalidData("cannot take out what was never counted: there are no users");
  }
  // All new rows first, so that an error changes nothing.
  std::vector<std::pair<ItemIx, std::vector<Together>>> changed;
  for (std::size_t e = 0; e < before.items.size(); ++e) {
    const ItemIx item = before.items[e];
    changed.emplace_back(item, detail::combine(row(item), detail::outer_row(before, e), -1));
  }
  const auto removed = static_cast<std::ptrdiff_t>(changed.size());
  for (std::size_t e = 0; e < after.items.size(); ++e) {
    const ItemIx item = after.items[e];
    const auto known = std::lower_bound(changed.begin(), changed.begin() + removed, item,
                                        [](const auto& entry, ItemIx wanted) { return entry.first < wanted; });
    if (known != changed.begin() + removed && known->first == item) {
      known->second = detail::combine(known->second, detail::outer_row(after, e), 1);
    } else {
      changed.emplace_back(item, detail::combine(row(item), detail::outer_row(after, e), 1));
    }
  }
  for (auto& [item, row] : changed) {
    rows_[item.value] = std::move(row);
  }
  users_ += after.items.empty() ? 0U : 1U;
  users_ -= before.items.empty() ? 0U : 1U;
}

namespace detail {

[[nodiscard]] inline std::vector<std::vector<Together>> combine_all(const Cooccurrence& a, const Cooccurrence& b,
                                                                    int sign) {
  if (a.items() != b.items()) {
    throw InvalidParameter("statistics over different catalogues cannot be combined: " + std::to_string(a.items()) +
                           " and " + std::to_string(b.items()) + " items");
  }
  std::vector<std::vector<Together>> rows(a.items());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i] = combine(a.row(ItemIx(i)), b.row(ItemIx(i)), sign);
  }
  return rows;
}

}  // namespace detail

RECOCORE_INLINE void Cooccurrence::merge(const Cooccurrence& other) {
  rows_ = detail::combine_all(*this, other, 1);
  users_ += other.users_;
}

RECOCORE_INLINE void Cooccurrence::unmerge(const Cooccurrence& other) {
  if (other.users_ > users_) {
    throw InvalidData("cannot take out " + std::to_string(other.users_) + " users of " + std::to_string(users_));
  }
  rows_ = detail::combine_all(*this, other, -1);
  users_ -= other.users_;
}

}  // namespace recocore
