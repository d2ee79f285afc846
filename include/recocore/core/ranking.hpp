/// The total order of every ranking, and selection of its first n.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include <recocore/core/index.hpp>

namespace recocore {

/// Something with a score: a neighbour, or a candidate of a list.
template <class Ix>
struct Scored {
  Ix index{};
  float score = 0.0F;

  friend bool operator==(const Scored&, const Scored&) = default;
};

using ScoredItem = Scored<ItemIx>;
using ScoredUser = Scored<UserIx>;

/// Score descending, then the id ascending (positions follow ids). Scores are never NaN, so the order is total
/// and a ranking does not depend on how it was computed.
template <class Ix>
[[nodiscard]] constexpr bool ranks_before(const Scored<Ix>& a, const Scored<Ix>& b) noexcept {
  return a.score != b.score ? a.score > b.score : a.index < b.index;
}

/// Leaves the first `n` of the ranking of `entries`, in order. O(size + n log n).
template <class Ix>
void keep_best(std::vector<Scored<Ix>>& entries, std::size_t n) {
  if (entries.size() > n) {
    const auto middle = entries.begin() + static_cast<std::ptrdiff_t>(n);
    std::nth_element(entries.begin(), middle, entries.end(), ranks_before<Ix>);
    entries.resize(n);
  }
  std::sort(entries.begin(), entries.end(), ranks_before<Ix>);
}

}  // namespace recocore
