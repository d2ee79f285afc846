/// Interactions taken apart, as files hold them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <recocore/core/id_map.hpp>
#include <recocore/core/index.hpp>
#include <recocore/data/event_log.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/data/sparse_rows.hpp>

namespace recocore {

/// Values that are shared, in memory of whoever had them first.
template <class T>
class SharedValues {
 public:
  SharedValues() = default;
  /// @param owner keeps them.
  SharedValues(std::span<const T> values, std::shared_ptr<const void> owner)
      : values_(values), owner_(std::move(owner)) {}
  explicit SharedValues(std::vector<T> values) {
    auto own = std::make_shared<const std::vector<T>>(std::move(values));
    values_ = *own;
    owner_ = std::move(own);
  }

  [[nodiscard]] std::span<const T> span() const noexcept { return values_; }
  [[nodiscard]] std::vector<T> copy() const { return {values_.begin(), values_.end()}; }

  friend bool operator==(const SharedValues& a, const SharedValues& b) {
    return std::equal(a.values_.begin(), a.values_.end(), b.values_.begin(), b.values_.end());
  }

 private:
  std::span<const T> values_{};
  std::shared_ptr<const void> owner_{};
};

/// An `EventLog` that is only read.
struct KeptEvents {
  IdMap users{};
  IdMap items{};
  SharedValues<UserIx> user{};
  SharedValues<ItemIx> item{};
  SharedValues<float> weight{};
  SharedValues<std::int64_t> time{};

  KeptEvents() = default;
  explicit KeptEvents(EventLog log)
      : users(std::move(log.users)),
        items(std::move(log.items)),
        user(std::move(log.user)),
        item(std::move(log.item)),
        weight(std::move(log.weight)),
        time(std::move(log.time)) {}

  [[nodiscard]] EventLog copy() const {
    return {.users = users,
            .items = items,
            .user = user.copy(),
            .item = item.copy(),
            .weight = weight.copy(),
            .time = time.copy()};
  }

  friend bool operator==(const KeptEvents&, const KeptEvents&) = default;
};

/// What was counted, of interactions without events.
struct ItemCounts {
  std::uint64_t users = 0;
  std::vector<std::uint32_t> item_users{};
  /// Empty when every weight is 1.
  std::vector<double> item_weights{};
};

struct Interactions::Parts {
  IdMap users{};
  IdMap items{};
  SparseRows<UserIx, ItemIx> by_user{};
  /// Parallel to `by_user`, or empty.
  std::vector<std::int64_t> times{};
  InteractionsConfig config{};
  InteractionsReport report{};
  /// Only when the rows do not say all.
  std::optional<KeptEvents> log{};
  std::optional<ItemCounts> counts{};
};

/// What lists are made of. @param histories keep users and which items they have.
[[nodiscard]] Interactions::Parts serving_parts(const Interactions& interactions, bool histories);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/data/interactions_inl.hpp>
#endif
