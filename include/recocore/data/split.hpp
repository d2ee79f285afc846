/// Training and test parts of interactions.
#pragma once

#include <cstdint>
#include <span>

#include <recocore/data/interactions.hpp>

namespace recocore {

/// The parts of a split. Each is built from its own events with the configuration of the whole, so that no weight,
/// decay or support in `train` knows of the test part. `test` has neither cap, decay nor minimum support, `history`
/// no minimum support. No part is empty: where one would be, the split throws InvalidData and says what to do.
struct Split {
  Interactions train;
  Interactions test;
  /// What is known of test users who are not in `train`: only `split_by_user` fills it.
  Interactions history;
};

/// The latest events go to `test`: all events at or after the time that leaves at most `test_fraction` of them there.
/// The only split that is like real use. Events of the same instant stay together.
/// @throws InvalidData without times; InvalidParameter unless 0 < test_fraction < 1.
[[nodiscard]] Split split_by_time(const Interactions& interactions, double test_fraction);

/// A share of the users with two or more items goes to `test` whole (strong generalisation, Marlin 2004):
/// `history_fraction` of the items of each, drawn at random (the earliest when there are times), is `history`, the
/// rest is `test`; both have at least one item. Users with one item stay in `train`.
/// @throws InvalidParameter unless both fractions are between 0 and 1, both excluded.
[[nodiscard]] Split split_by_user(const Interactions& interactions, double test_fraction, double history_fraction,
                                  std::uint64_t seed);

/// The last `count` items of each user by time go to `test`, of users who have more than that. An item is as late as
/// its last event; of items of the same time the larger ids are the last.
/// Mixes past and future of different users: comparable with papers, optimistic for a shop (Ji et al. 2023).
/// @throws InvalidData without times; InvalidParameter when count is 0.
[[nodiscard]] Split split_leave_last(const Interactions& interactions, std::uint32_t count);

/// Each pair of user and item goes to `test` with probability `test_fraction`; its events stay together.
/// @throws InvalidParameter unless 0 < test_fraction < 1.
[[nodiscard]] Split split_random(const Interactions& interactions, double test_fraction, std::uint64_t seed);

/// As if a share of the items were new: each item is drawn with probability `item_fraction`, and of the users who have
/// a drawn one only so many, themselves drawn, keep it in `train`; the other pairs go to `test`.
/// @param left how many: a drawn item takes any of these numbers with equal probability.
/// @throws InvalidParameter unless 0 < item_fraction < 1, or without numbers.
[[nodiscard]] Split split_new_items(const Interactions& interactions, double item_fraction,
                                    std::span<const std::uint32_t> left, std::uint64_t seed);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/data/split_inl.hpp>
#endif
