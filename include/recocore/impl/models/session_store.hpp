/// Sessions in the order of time, and where each item occurs.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/core/index.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/data/sparse_rows.hpp>

namespace recocore::detail {

/// A session; the one that ended last is 0, so that ties of a ranking go to the newer one.
using SessionIx = Index<struct SessionTag>;

/// Of a session the latest events: what is longer is no session, and work grows with the square of the length.
inline constexpr std::size_t most_session_events = 256;

struct SessionStore {
  /// Row s is the session in its order, an item as often as it occurs.
  std::vector<std::uint64_t> offsets{0};
  std::vector<ItemIx> items{};
  /// For each item the sessions that have it, newest first.
  SparseRows<ItemIx, SessionIx> by_item{};
  /// The session of each user, `none` where nothing is left of it.
  std::vector<SessionIx> of_user{};
  static constexpr SessionIx none{std::numeric_limits<std::uint32_t>::max()};

  [[nodiscard]] std::size_t size() const noexcept { return offsets.size() - 1; }
  [[nodiscard]] std::span<const ItemIx> of(SessionIx session) const noexcept {
    return std::span(items).subspan(offsets[session.value], offsets[session.value + 1] - offsets[session.value]);
  }
  /// From above 0 for the newest to 1 for the oldest.
  [[nodiscard]] double age(std::size_t session) const noexcept {
    return static_cast<double>(session + 1) / static_cast<double>(size());
  }
};

/// The sessions of users, in the order of users.
struct UserSessions {
  struct One {
    UserIx user{};
    std::int64_t end = 0;
    std::uint64_t begin = 0;
    std::uint64_t size = 0;
  };
  std::vector<One> sessions{};
  std::vector<ItemIx> items{};
};

[[nodiscard]] inline UserSessions read_user_sessions(const Interactions& interactions, const RunOptions& options) {
  const auto log = interactions.events();
  if (log.time.empty() && log.size() > 0) {
    throw InvalidData(
        "a session is what somebody did in its order, and these interactions have no times; name their timestamp "
        "column");
  }
  // The log may know users, items and pairs that the interactions dropped.
  std::vector<std::optional<std::uint32_t>> item_of(log.items.size());
  for (std::size_t item = 0; item < item_of.size(); ++item) {
    item_of[item] = interactions.items().find(log.items.at(item));
  }
  UserSessions result;
  result.items.reserve(log.size());
  std::vector<std::pair<std::int64_t, ItemIx>> session;
  for (std::size_t event = 0; event < log.size();) {
    throw_if_stopped(options);
    const UserIx user = log.user[event];
    const auto position = interactions.users().find(log.users.at(user.value));
    const auto row = position ? interactions.by_user().row(UserIx(*position)) : std::span<const ItemIx>{};
    session.clear();
    for (; event < log.size() && log.user[event] == user; ++event) {
      const auto item = item_of[log.item[event].value];
      if (item && log.weight_at(event) > 0.0F && std::binary_search(row.begin(), row.end(), ItemIx(*item))) {
        session.emplace_back(log.time[event], ItemIx(*item));
      }
    }
    if (!session.empty()) {
      std::sort(session.begin(), session.end());
      const std::size_t size = std::min(session.size(), most_session_events);
      result.sessions.push_back({UserIx(*position), session.back().first, result.items.size(), size});
      std::transform(session.end() - static_cast<std::ptrdiff_t>(size), session.end(), std::back_inserter(result.items),
                     [](const auto& timed) { return timed.second; });
    }
  }
  return result;
}

/// Calls `visitor(session, item)` for each session and item of it once.
template <class Visitor>
void visit_distinct(const SessionStore& store, std::size_t items, const Visitor& visitor) {
  std::vector<std::uint32_t> last_in(items, SessionStore::none.value);
  for (std::uint32_t s = 0; s < store.size(); ++s) {
    for (const ItemIx item : store.of(SessionIx(s))) {
      if (std::exchange(last_in[item.value], s) != s) {
        visitor(SessionIx(s), item);
      }
    }
  }
}

/// @throws InvalidData without times; Cancelled, DeadlineExceeded.
[[nodiscard]] inline SessionStore read_sessions(const Interactions& interactions, const RunOptions& options) {
  auto [sessions, session_items] = read_user_sessions(interactions, options);
  std::sort(sessions.begin(), sessions.end(),
            [](const auto& a, const auto& b) { return a.end != b.end ? a.end > b.end : a.user > b.user; });
  SessionStore store;
  store.offsets.reserve(sessions.size() + 1);
  store.items.reserve(session_items.size());
  store.of_user.assign(interactions.users().size(), SessionStore::none);
  for (const auto& session : sessions) {
    store.of_user[session.user.value] = SessionIx(store.size());
    const auto begin = session_items.begin() + static_cast<std::ptrdiff_t>(session.begin);
    store.items.insert(store.items.end(), begin, begin + static_cast<std::ptrdiff_t>(session.size));
    store.offsets.push_back(store.items.size());
  }
  throw_if_stopped(options);
  const std::size_t items = interactions.items().size();
  auto& by_item = store.by_item;
  by_item.columns = store.size();
  by_item.offsets.assign(items + 1, 0);
  visit_distinct(store, items, [&](SessionIx /*session*/, ItemIx item) { ++by_item.offsets[item.value + 1]; });
  std::partial_sum(by_item.offsets.begin(), by_item.offsets.end(), by_item.offsets.begin());
  by_item.indices.resize(by_item.offsets.back());
  std::vector<std::uint64_t> next(by_item.offsets.begin(), by_item.offsets.end() - 1);
  visit_distinct(store, items, [&](SessionIx session, ItemIx item) { by_item.indices[next[item.value]++] = session; });
  return store;
}

}  // namespace recocore::detail
