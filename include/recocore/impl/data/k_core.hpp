/// Minimum support of users and items at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <recocore/core/index.hpp>
#include <recocore/data/sparse_rows.hpp>

namespace recocore::detail {

/// One byte a user and an item: 0 when it has to go.
struct Support {
  std::vector<std::uint8_t> users{};
  std::vector<std::uint8_t> items{};
};

/// Takes away users and items with too few neighbours until none is left (Seidman 1983). O(entries).
class KCore {
 public:
  KCore(const SparseRows<UserIx, ItemIx>& by_user, const SparseRows<ItemIx, UserIx>& by_item,
        std::uint32_t min_items_per_user, std::uint32_t min_users_per_item)
      : by_user_(by_user),
        by_item_(by_item),
        users_(by_user, min_items_per_user),
        items_(by_item, min_users_per_item) {}

  [[nodiscard]] Support find() {
    while (!users_.gone.empty() || !items_.gone.empty()) {
      while (!users_.gone.empty()) {
        for (const auto item : by_user_.row(UserIx(users_.take()))) {
          items_.lose_neighbour(item.value);
        }
      }
      while (!items_.gone.empty()) {
        for (const auto user : by_item_.row(ItemIx(items_.take()))) {
          users_.lose_neighbour(user.value);
        }
      }
    }
    return {std::move(users_.stays), std::move(items_.stays)};
  }

 private:
  struct Side {
    template <class Rows>
    Side(const Rows& rows, std::uint32_t least) : minimum(least), degree(rows.rows()), stays(rows.rows(), 1) {
      for (std::size_t row = 0; row < rows.rows(); ++row) {
        degree[row] = rows.offsets[row + 1] - rows.offsets[row];
        if (degree[row] < minimum) {
          stays[row] = 0;
          gone.push_back(static_cast<std::uint32_t>(row));
        }
      }
    }

    std::uint32_t take() {
      const auto last = gone.back();
      gone.pop_back();
      return last;
    }

    void lose_neighbour(std::uint32_t row) {
      if (stays[row] != 0 && --degree[row] < minimum) {
        stays[row] = 0;
        gone.push_back(row);
      }
    }

    std::uint64_t minimum;
    std::vector<std::uint64_t> degree;
    std::vector<std::uint8_t> stays;
    /// Rows that have to go and whose neighbours do not know yet.
    std::vector<std::uint32_t> gone{};
  };

  const SparseRows<UserIx, ItemIx>& by_user_;
  const SparseRows<ItemIx, UserIx>& by_item_;
  Side users_;
  Side items_;
};

}  // namespace recocore::detail
