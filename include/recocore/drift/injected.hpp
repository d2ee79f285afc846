/// Changes that are known because they were put there: what detectors and curves are tried on.
#pragma once

#include <cstddef>
#include <cstdint>

#include <recocore/data/event_log.hpp>
#include <recocore/drift/timeline.hpp>

namespace recocore {

struct InjectedChange {
  std::size_t at = 0;  ///< the first period with it
  double share = 0.3;  ///< of the events, once it is complete
  /// Over how many periods the share grows, in equal steps; 1 for a change that comes at once.
  std::size_t ramp = 1;
  std::uint64_t seed = 0;

  /// @throws InvalidParameter unless 0 < share <= 1 and ramp >= 1.
  void validate() const;
};

/// The events with the items of some exchanged: items swap roles by one random permutation, as if taste had moved from
/// each to another. Users, times and weights stay. Deterministic in the seed.
/// @throws InvalidParameter a change after the last period.
[[nodiscard]] EventLog with_change(const Timeline& timeline, const InjectedChange& change);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/drift/injected_inl.hpp>
#endif
