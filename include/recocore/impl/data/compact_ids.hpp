/// The ids that are left when some have gone.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <recocore/core/id_map.hpp>

namespace recocore::detail {

struct CompactIds {
  IdMap ids;
  /// By old position; meaningless for ids that have gone. Ascends, so what was sorted stays sorted.
  std::vector<std::uint32_t> new_position;
};

/// @param keep one byte an id, 0 or not.
[[nodiscard]] inline CompactIds compact_ids(const IdMap& ids, std::span<const std::uint8_t> keep) {
  CompactIds result;
  result.new_position.resize(ids.size());
  std::uint32_t kept = 0;
  for (std::size_t position = 0; position < ids.size(); ++position) {
    result.new_position[position] = kept;
    kept += keep[position] != 0 ? 1U : 0U;
  }
  if (kept == ids.size()) {
    result.ids = ids;
  } else if (ids.kind() == IdKind::integer) {
    std::vector<std::int64_t> left;
    left.reserve(kept);
    for (std::size_t position = 0; position < ids.size(); ++position) {
      if (keep[position] != 0) {
        left.push_back(std::get<std::int64_t>(ids.at(position)));
      }
    }
    result.ids = IdMap::from_sorted(std::move(left));
  } else {
    std::vector<std::uint64_t> offsets{0};
    offsets.reserve(static_cast<std::size_t>(kept) + 1);
    std::string bytes;
    for (std::size_t position = 0; position < ids.size(); ++position) {
      if (keep[position] != 0) {
        bytes.append(std::get<std::string_view>(ids.at(position)));
        offsets.push_back(bytes.size());
      }
    }
    result.ids = IdMap::from_sorted(std::move(offsets), std::move(bytes));
  }
  return result;
}

}  // namespace recocore::detail
