/// What the order by popularity takes, for estimates.
#pragma once

#include <cstdint>

#include <recocore/core/ranking.hpp>

namespace recocore::detail {

/// Of each item: its place, its score, and while the order is made the number of its users.
inline constexpr std::uint64_t popular_item_bytes = sizeof(ScoredItem) + sizeof(float) + sizeof(std::uint32_t);

}  // namespace recocore::detail
