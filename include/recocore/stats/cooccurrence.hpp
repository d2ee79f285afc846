/// How often items occur together: exact, additive, reversible.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <recocore/core/index.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/data/interactions.hpp>

namespace recocore {

/// What an item's row holds of another item: how many users have both, and the sum of the products of their weights.
struct Together {
  ItemIx item{};
  std::uint32_t users = 0;
  std::int64_t dot = 0;

  friend bool operator==(const Together&, const Together&) = default;
};

/// One user's items with integer weights, ascending by item. Without weights each counts 1.
struct WeightedRow {
  std::span<const ItemIx> items{};
  std::span<const std::int32_t> weights{};
};

/// The co-occurrence of items: the sum over users of the outer product of each user's row, in integers.
///
/// Being a sum of whole rows it can be merged, subtracted and have a row replaced, and the result equals the statistic
/// of the remaining rows to the byte, whatever the order and the number of threads. It is *not* additive over single
/// events: two events of one user make a product, so shards must have different users.
///
/// Rows are sorted, hold the item itself (n_i and |x_i|^2) and only what is not zero: memory is 16 bytes a pair that
/// occurs. A sum that would leave 32 bits (users) or 64 bits (dots) throws CapacityExceeded and changes nothing.
class Cooccurrence {
 public:
  /// Nothing counted yet. @param items the size of the catalogue.
  explicit Cooccurrence(std::size_t items = 0);

  /// Of all users, counting each pair 1. Time: the sum of squared row lengths.
  [[nodiscard]] static Cooccurrence of(const Interactions& interactions, const RunOptions& options = {});

  /// Of rows of integer weights, parallel to the indices of `by_user`.
  /// @throws CapacityExceeded when the squared weights of an item do not sum below 2^63 (then no product does, either).
  [[nodiscard]] static Cooccurrence of(const SparseRows<UserIx, ItemIx>& by_user, std::span<const std::int32_t> weights,
                                       const RunOptions& options = {});

  /// Takes one user's row out and puts another in: an insertion (`before` empty), an erasure (`after` empty), a
  /// correction or a step of a window. O(items of the rows x length of their statistics).
  /// @throws InvalidParameter rows that do not ascend or name an item outside the catalogue; InvalidData when `before`
  ///         was never counted.
  void replace(const WeightedRow& before, const WeightedRow& after);

  /// Adds, or takes out, what was counted on other users over the same catalogue.
  /// @throws InvalidParameter another catalogue size; InvalidData taking out what was never counted.
  void merge(const Cooccurrence& other);
  void unmerge(const Cooccurrence& other);

  [[nodiscard]] std::size_t items() const noexcept { return rows_.size(); }
  /// Users counted: those with at least one item.
  [[nodiscard]] std::uint64_t users() const noexcept { return users_; }
  /// What occurs together with an item, itself included, ascending by item.
  [[nodiscard]] std::span<const Together> row(ItemIx item) const noexcept { return rows_[item.value]; }

  friend bool operator==(const Cooccurrence&, const Cooccurrence&) = default;

 private:
  std::vector<std::vector<Together>> rows_;
  std::uint64_t users_ = 0;
};

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/stats/cooccurrence_inl.hpp>
#endif
