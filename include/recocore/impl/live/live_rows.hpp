/// The rows of a model that changes: by user for readers, by item for the writer.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <recocore/core/index.hpp>
#include <recocore/data/sparse_rows.hpp>
#include <recocore/impl/live/paged_rows.hpp>

namespace recocore::detail {

/// A user's items, ascending, and how much of each; no values where each counts 1.
struct UserRow {
  std::vector<ItemIx> items{};
  std::vector<float> values{};
};

struct UserRowView {
  std::span<const ItemIx> items{};
  std::span<const float> values{};

  [[nodiscard]] float value(std::size_t entry) const noexcept { return values.empty() ? 1.0F : values[entry]; }
};

/// Rows by user: those there were at first, and those that were put in their place. A copy is a version.
class UserRows {
 public:
  UserRows() = default;
  explicit UserRows(const SparseRows<UserIx, ItemIx>& base)
      : base_(std::make_shared<const SparseRows<UserIx, ItemIx>>(base)) {}

  [[nodiscard]] UserRowView of(UserIx user) const noexcept {
    if (const auto* row = edited_.find(user.value)) {
      return {row->items, row->values};
    }
    return user.value < base_->rows() ? UserRowView{base_->row(user), base_->row_values(user)} : UserRowView{};
  }

  void set(UserIx user, UserRow row) { edited_.set(user.value, std::move(row)); }

  [[nodiscard]] UserRows version() {
    UserRows shared;
    shared.base_ = base_;
    shared.edited_ = edited_.version();
    return shared;
  }

 private:
  /// By position alone: who the users are, and when they came, is kept elsewhere and can be erased there.
  std::shared_ptr<const SparseRows<UserIx, ItemIx>> base_{std::make_shared<const SparseRows<UserIx, ItemIx>>()};
  PagedRows<UserRow, 64> edited_{};
};

/// The users of an item, ascending by position, and how much each has of it; no values where all count 1.
struct ItemColumn {
  std::vector<UserIx> users{};
  std::vector<float> values{};

  [[nodiscard]] float value(std::size_t entry) const noexcept { return values.empty() ? 1.0F : values[entry]; }

  /// Puts a user in, or another value in place of the one there is.
  void put(UserIx user, float value, bool with_values) {
    const auto at = std::lower_bound(users.begin(), users.end(), user) - users.begin();
    const bool is_new = at == std::ssize(users) || users[static_cast<std::size_t>(at)] != user;
    if (is_new) {
      users.insert(users.begin() + at, user);
    }
    if (with_values && is_new) {
      values.insert(values.begin() + at, value);
    } else if (with_values) {
      values[static_cast<std::size_t>(at)] = value;
    }
  }

  void take_out(UserIx user) {
    const auto at = std::lower_bound(users.begin(), users.end(), user) - users.begin();
    if (at == std::ssize(users) || users[static_cast<std::size_t>(at)] != user) {
      return;
    }
    users.erase(users.begin() + at);
    if (!values.empty()) {
      values.erase(values.begin() + at);
    }
  }
};

}  // namespace recocore::detail
