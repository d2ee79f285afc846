/// Events of tests, written as rows.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <recocore/data/event_log.hpp>
#include <recocore/data/interactions.hpp>

namespace recocore::test {

struct Row {
  std::string user;
  std::string item;
  float weight = 1.0F;
  std::int64_t time = 0;
};

inline constexpr bool with_times = true;

/// The rows as an event log with text ids.
inline EventLog log_of(const std::vector<Row>& rows, bool has_times = false) {
  std::vector<std::string_view> users;
  std::vector<std::string_view> items;
  std::vector<float> weights;
  std::vector<std::int64_t> times;
  for (const auto& row : rows) {
    users.emplace_back(row.user);
    items.emplace_back(row.item);
    weights.push_back(row.weight);
    times.push_back(row.time);
  }
  EventBatch batch{.user = std::span<const std::string_view>(users),
                   .item = std::span<const std::string_view>(items),
                   .weight = std::span<const float>(weights)};
  if (has_times) {
    batch.time = times;
  }
  EventLogBuilder builder;
  builder.add(batch);
  return builder.finish();
}

/// The interactions as rows, by user and item. The time is 0 without times.
inline std::vector<Row> rows_of(const Interactions& interactions) {
  std::vector<Row> result;
  const auto& rows = interactions.by_user();
  for (std::size_t user = 0; user < rows.rows(); ++user) {
    for (auto entry = rows.offsets[user]; entry < rows.offsets[user + 1]; ++entry) {
      result.push_back({std::string(std::get<std::string_view>(interactions.users().at(user))),
                        std::string(std::get<std::string_view>(interactions.items().at(rows.indices[entry].value))),
                        rows.is_binary() ? 1.0F : rows.values[entry],
                        interactions.times().empty() ? 0 : interactions.times()[entry]});
    }
  }
  return result;
}

inline bool operator==(const Row& a, const Row& b) {
  return a.user == b.user && a.item == b.item && a.weight == b.weight && a.time == b.time;
}

/// The message of the error of type `Expected` that `action` throws; empty when it throws none.
template <class Expected, class Action>
std::string message_of(const Action& action) {
  try {
    action();
  } catch (const Expected& error) {
    return error.what();
  }
  return {};
}

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace recocore::test
