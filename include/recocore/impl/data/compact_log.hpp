/// Events without what does not occur in them.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <recocore/core/id_map.hpp>
#include <recocore/core/index.hpp>
#include <recocore/data/event_log.hpp>
#include <recocore/impl/data/check_data.hpp>
#include <recocore/impl/data/compact_ids.hpp>

namespace recocore::detail {

/// Keeps the ids that occur in `column` and renumbers it.
template <class Ix>
void drop_unused_ids(IdMap& ids, std::vector<Ix>& column) {
  std::vector<std::uint8_t> used(ids.size());
  for (const auto index : column) {
    used[index.value] = 1;
  }
  auto compact = compact_ids(ids, used);
  ids = std::move(compact.ids);
  for (auto& index : column) {
    index = Ix(compact.new_position[index.value]);
  }
}

/// Drops ids that do not occur, and weights that are all 1.
inline void compact_log(EventLog& log) {
  drop_unit_values(log.weight);
  drop_unused_ids(log.users, log.user);
  drop_unused_ids(log.items, log.item);
}

}  // namespace recocore::detail
