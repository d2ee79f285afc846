/// What a model is told of a user when a list of a replay is made.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <recocore/drift/replay.hpp>
#include <recocore/impl/data/merge_events.hpp>
#include <recocore/impl/drift/replay_lists.hpp>
#include <recocore/impl/eval/translated_rows.hpp>
#include <recocore/rank/any_model.hpp>

namespace recocore::detail {

/// Memory of a history, kept from list to list.
struct HistoryBuffers {
  std::vector<RowEvent> events{};
  std::vector<ItemIx> items{};
  std::vector<float> weights{};
  std::vector<ItemIx> sequence{};
  std::vector<std::size_t> places{};
};

/// The users and items of a timeline among those of a model.
class ModelPositions {
 public:
  ModelPositions(const Timeline& timeline, const AnyModel& model)
      : item_in_model_(translate(timeline.events().items, model.items(), "item")),
        item_in_timeline_(translate(model.items(), timeline.events().items, "item")),
        user_in_model_(translate(timeline.events().users, model.users(), "user")) {}

  [[nodiscard]] std::size_t model_items() const noexcept { return item_in_timeline_.size(); }
  /// Or `no_position`.
  [[nodiscard]] std::uint32_t in_model(ItemIx item) const noexcept { return item_in_model_[item.value]; }
  [[nodiscard]] std::uint32_t in_model(UserIx user) const noexcept { return user_in_model_[user.value]; }
  [[nodiscard]] std::uint32_t in_timeline(ItemIx model_item) const noexcept {
    return item_in_timeline_[model_item.value];
  }

  /// The items of the model of which `condition(item of the timeline)` is true.
  template <class Condition>
  [[nodiscard]] BitSet items_where(const Condition& condition) const {
    BitSet items(item_in_timeline_.size());
    for (std::size_t item = 0; item < item_in_timeline_.size(); ++item) {
      items.set(item, item_in_timeline_[item] != no_position && condition(ItemIx(item_in_timeline_[item])));
    }
    return items;
  }

 private:
  std::vector<std::uint32_t> item_in_model_;
  std::vector<std::uint32_t> item_in_timeline_;
  std::vector<std::uint32_t> user_in_model_;
};

/// A user as the model knows them: as `recommend_user` sees them.
[[nodiscard]] inline History frozen_history(const AnyModel& model, const ModelPositions& positions, UserIx user) {
  const auto position = positions.in_model(user);
  if (position == no_position) {
    return {};
  }
  const UserIx known(position);
  const auto& by_user = model.interactions().by_user();
  // Who came after the fit has no row.
  return position < by_user.rows()
             ? History{.items = by_user.row(known), .weights = by_user.row_values(known), .user = known}
             : History{.user = known};
}

/// A user, when only their profile is known to the model.
[[nodiscard]] inline std::optional<UserIx> profile_of(const AnyModel& model, const ModelPositions& positions,
                                                      UserIx user) {
  const auto position = positions.in_model(user);
  return model.profiles() != nullptr && position != no_position ? std::optional(UserIx(position)) : std::nullopt;
}

/// The latest events of somebody as items of the model with weights, as its interactions were made from theirs: cap,
/// decay, duplicates. Items the model does not know are left out.
/// @param events ascending by time. @param moment that decay is counted from.
[[nodiscard]] inline History live_history(const AnyModel& model, const ModelPositions& positions, const EventLog& log,
                                          UserIx user, std::span<const RowEvent> events, std::int64_t moment,
                                          HistoryBuffers& buffers) {
  auto config = model.interactions().config();
  config.reference_time = moment;
  const PairWeight weight_of(log, config);
  auto& known = buffers.events;
  known.assign(events.begin(), events.end());
  if (const auto left = cap_events(known, config.max_events_per_user, true).size(); left < known.size()) {
    known.resize(left);
    std::sort(known.begin(), known.end(), [](const RowEvent& a, const RowEvent& b) {
      return std::tie(a.time, a.item, a.weight) < std::tie(b.time, b.item, b.weight);
    });
  }
  std::erase_if(known, [&](const RowEvent& event) { return positions.in_model(event.item) == no_position; });
  buffers.sequence.clear();
  for (RowEvent& event : known) {
    event.item = ItemIx(positions.in_model(event.item));
    buffers.sequence.push_back(event.item);
  }
  std::sort(known.begin(), known.end(), [](const RowEvent& a, const RowEvent& b) {
    return std::tie(a.item, a.time, a.weight) < std::tie(b.item, b.time, b.weight);
  });
  buffers.items.clear();
  buffers.weights.clear();
  bool has_faded = false;
  for (std::size_t begin = 0, end = 0; begin < known.size(); begin = end) {
    const ItemIx item = known[begin].item;
    while (end < known.size() && known[end].item == item) {
      ++end;
    }
    const float weight = checked_sum(weight_of(std::span(known).subspan(begin, end - begin)), log, user.value,
                                     ItemIx(positions.in_timeline(item)));
    if (weight == 0.0F) {
      has_faded = true;
    } else {
      buffers.items.push_back(item);
      buffers.weights.push_back(weight);
    }
  }
  if (has_faded) {
    std::erase_if(buffers.sequence, [&buffers](ItemIx item) {
      return !std::binary_search(buffers.items.begin(), buffers.items.end(), item);
    });
  }
  return {.items = buffers.items,
          .weights = buffers.weights,
          .sequence = buffers.sequence,
          .user = profile_of(model, positions, user)};
}

}  // namespace recocore::detail
