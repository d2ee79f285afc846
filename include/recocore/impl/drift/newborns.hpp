/// Whether more comes into being in a period than in those of a reference.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <recocore/drift/timeline.hpp>
#include <recocore/impl/drift/period_pair.hpp>

namespace recocore::detail {

/// The items (users) that are born in one of the periods, with the events each has in the period of its birth.
class Newborns {
 public:
  /// @param column of the events. @param names of its values, as `first_events` gives them. @param births the period
  /// of each of its values.
  template <class Ix>
  Newborns(const Timeline& timeline, std::span<const Ix> column, std::span<const std::uint64_t> names,
           std::span<const std::uint32_t> births, std::size_t reference_begin, std::size_t origin, std::size_t period) {
    std::vector<std::uint32_t> events(births.size());
    const auto count = [&](std::size_t from, std::size_t until) {
      std::uint64_t all = 0;
      for (std::size_t p = from; p < until; ++p) {
        const auto end = static_cast<std::size_t>(timeline.offsets()[p + 1]);
        for (auto event = static_cast<std::size_t>(timeline.offsets()[p]); event < end; ++event, ++all) {
          const auto value = column[event].value;
          events[value] += births[value] == p ? 1U : 0U;
        }
      }
      return static_cast<double>(all);
    };
    const double before = count(reference_begin, origin);
    const double now = count(period, period + 1);
    share_ = before + now > 0.0 ? now / (before + now) : 0.0;
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (events[i] > 0) {
        units_.push_back({.name = names[i], .events = events[i]});
        observed_ += births[i] == period ? events[i] : 0;
      }
    }
  }

  /// Whether as many events would be of newborns of the period, or more, were each born in it with a probability in
  /// proportion to the events there.
  [[nodiscard]] bool as_many(std::uint64_t seed) const noexcept {
    std::uint64_t sum = 0;
    for (const Unit& unit : units_) {
      sum += nth_uniform(seed, unit.name) < share_ ? unit.events : 0;
    }
    return sum >= observed_;
  }

 private:
  struct Unit {
    std::uint64_t name = 0;
    std::uint32_t events = 0;
  };

  std::vector<Unit> units_{};
  std::uint64_t observed_ = 0;
  double share_ = 0.0;
};

}  // namespace recocore::detail
