#pragma once

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/drift/injected.hpp>

namespace recocore {

RECOCORE_INLINE void InjectedChange::validate() const {
  if (!(share > 0.0 && share <= 1.0)) {
    throw InvalidParameter("the share of events that change must be above 0 and at most 1; got " +
                           std::to_string(share));
  }
  if (ramp < 1) {
    throw InvalidParameter("ramp, the periods over which a change grows, must be at least 1; got 0");
  }
}

RECOCORE_INLINE EventLog with_change(const Timeline& timeline, const InjectedChange& change) {
  change.validate();
  if (change.at >= timeline.periods()) {
    throw InvalidParameter("a change at period " + std::to_string(change.at) + " comes after the last of " +
                           std::to_string(timeline.periods()));
  }
  EventLog log = timeline.events();
  Random random(change.seed);
  std::vector<ItemIx> role(log.items.size());
  for (std::size_t item = 0; item < role.size(); ++item) {
    role[item] = ItemIx(item);
  }
  for (std::size_t left = role.size(); left > 1; --left) {
    std::swap(role[left - 1], role[random.below(left)]);
  }
  for (std::size_t period = change.at; period < timeline.periods(); ++period) {
    const std::size_t step = std::min(period - change.at + 1, change.ramp);
    const double share = change.share * static_cast<double>(step) / static_cast<double>(change.ramp);
    for (std::size_t event = timeline.offsets()[period]; event < timeline.offsets()[period + 1]; ++event) {
      if (random.uniform() < share) {
        log.item[event] = role[log.item[event].value];
      }
    }
  }
  // An item may have lost all its events.
  const std::vector<std::uint8_t> all(log.size(), 1);
  return select_events(log, all);
}

}  // namespace recocore
