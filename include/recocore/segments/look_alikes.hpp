/// Users like given ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <recocore/core/bit_set.hpp>
#include <recocore/core/index.hpp>
#include <recocore/core/ranking.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/data/interactions.hpp>

namespace recocore {

struct LookAlikesOptions {
  std::size_t n = 10;
  /// Only these users, if there is such a set. It may be shorter than the users.
  const BitSet* allowed = nullptr;

  /// @throws InvalidParameter when n is 0.
  void validate() const;
};

/// The users most like given ones, the seeds, by what they have. A user is his row of sqrt(w_ui) idf_i, with
/// idf_i = ln((1 + N) / (1 + n_i)) + 1 for n_i of N users, at length 1; weights of 0 or less are left out.
/// The score is how much nearer he is to the mean of the seeds than to the mean of everybody,
///
///   score(u) = x_u . (mean of x_s over the seeds - mean of x_v over all users)
///
/// (Rocchio 1971; Manning, Raghavan, Schuetze 2008, section 14.2). Only scores above 0, seeds left out, ties by id.
/// O(interactions). The same bytes for any number of threads.
/// @throws InvalidParameter n = 0, no seeds, one outside the users; Cancelled, DeadlineExceeded.
[[nodiscard]] std::vector<ScoredUser> look_alikes(const Interactions& interactions, std::span<const UserIx> seeds,
                                                  const LookAlikesOptions& options = {}, const RunOptions& run = {});

struct LookAlikesCheck {
  /// Seeds put aside, and users they were looked for among.
  std::size_t hidden = 0;
  std::size_t candidates = 0;
  /// Of the hidden, the share among the first hidden x k, for k = 1, 2, 5, 10.
  struct At {
    std::size_t k = 0;
    double recall = 0.0;
    double random = 0.0;       ///< what a random order has on average
    double most_active = 0.0;  ///< of the order by number of items
  };
  std::vector<At> at{};
};

/// Puts a part of the seeds aside, ranks by the others, and counts how many of those come first.
/// @param fraction of the seeds, between 0 and 1; at least one is put aside and one left. @param seed of the draw.
/// @throws as `look_alikes`; InvalidParameter fewer than two seeds.
[[nodiscard]] LookAlikesCheck check_look_alikes(const Interactions& interactions, std::span<const UserIx> seeds,
                                                double fraction = 0.2, std::uint64_t seed = 0,
                                                const LookAlikesOptions& options = {}, const RunOptions& run = {});

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/segments/look_alikes_inl.hpp>
#endif
