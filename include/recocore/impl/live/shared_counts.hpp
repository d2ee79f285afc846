/// Counting what one item shares with all others.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <recocore/core/index.hpp>
#include <recocore/impl/stats/vector_kernels.hpp>

namespace recocore::detail {

/// What one item shares with all others, for one thread.
struct SharedCounts {
  std::vector<std::uint32_t> common{};
  std::vector<std::int64_t> dot{};
  /// Positions of the items with which it shares enough users.
  std::vector<std::uint32_t> found{};
  /// Whether others share something as well.
  bool all = false;

  void prepare(std::size_t items) {
    common.resize(padded(items), 0);
    dot.resize(items, 0);
  }
  void add(ItemIx item) {
    if (common[item.value]++ == 0) {
      found.push_back(item.value);
    }
  }
  /// In place of `add`, after `common` was counted otherwise.
  void find(std::uint32_t least) {
    constexpr std::size_t room = 3;
    found.resize(common.size() + room);
    found.resize(find_at_least(common.data(), 0, common.size(), least, found.data()));
    all = true;
  }
  void clear() noexcept {
    if (all) {
      std::fill(common.begin(), common.end(), 0U);
    }
    for (const auto item : found) {
      common[item] = 0;
      dot[item] = 0;
    }
    found.clear();
    all = false;
  }
};

}  // namespace recocore::detail
