/// How much what comes in has changed: of distributions of items, calibrated by sample size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <recocore/core/run_options.hpp>
#include <recocore/drift/timeline.hpp>

namespace recocore {

/// Jensen-Shannon divergence of two distributions given as counts, in bits: 0 for equal ones, 1 for disjoint ones (Lin
/// 1991, "Divergence measures based on the Shannon entropy"). @throws InvalidParameter different lengths, or one
/// without any count.
[[nodiscard]] double jensen_shannon(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b);

/// Population stability index, sum of (p - q) ln(p / q) over bins, each count raised by `pseudo` so that an empty bin
/// has a finite term. At least 0; symmetric.
/// @throws InvalidParameter different lengths, no bin, a pseudo that is not finite or not above 0.
[[nodiscard]] double population_stability(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b,
                                          double pseudo = 0.5);

/// Rank-biased overlap of two rankings without ties, extrapolated (Webber, Moffat, Zobel 2010, "A similarity measure
/// for indefinite rankings", eq. 32; lists of different length included): 1 for equal ones, 0 for disjoint ones, and
/// where just one is empty. O(n log n).
/// @param p persistence, 0 < p < 1.
/// @throws InvalidParameter another p, or an item that is twice in a ranking.
[[nodiscard]] double rank_biased_overlap(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b, double p);

struct InputDriftConfig {
  /// How many periods before the origin are the reference.
  std::uint32_t reference = 4;
  /// An alarm is a p-value of at most this: the nominal rate of false alarms of a period.
  double rate = 0.01;
  std::uint32_t permutations = 199;
  /// For the population stability index the items of the reference are cut, most popular first, into as many bins that
  /// have about the same number of its events; what the reference has not is in a bin of its own.
  std::uint32_t bins = 20;
  double rbo_persistence = 0.98;
  std::uint64_t seed = 0;

  /// @throws InvalidParameter; permutations too few for the rate: (permutations + 1) rate must be at least 1.
  void validate() const;
};

/// What a period is, seen from an origin, and how likely that is without drift.
struct InputDrift {
  // How the period differs from the reference as a whole.
  double jensen_shannon = 0.0;
  double rank_overlap = 1.0;  ///< of the items by their numbers of events, equal ones by their ids
  double population_stability = 0.0;
  double births = 0.0;         ///< share of the events with items that had none before the origin
  double deaths = 0.0;         ///< share of the reference's events with items that have none in this period
  double unknown_users = 0.0;  ///< share of the events by users that had none before the origin
  /// The share of permutations that are as extreme, (1 + count) / (1 + permutations), in the order of the fields.
  double p_jensen_shannon = 1.0;
  double p_rank_overlap = 1.0;
  double p_population_stability = 1.0;
  double p_births = 1.0;
  double p_deaths = 1.0;
  double p_unknown_users = 1.0;

  friend bool operator==(const InputDrift&, const InputDrift&) = default;
};

/// Compares the events of a period with those of the `reference` periods before the origin. All null distributions take
/// users as the units that are independent, so that baskets and lasting tastes stay whole and the sizes of the samples
/// count; users may come and go, and a period may have more events than another.
///
/// - Divergence: its quadratic form, sum of (p_i - q_i)^2 / m_i over items with the share m_i of all events of both.
/// Each
///   user's part of the differences changes its sign at random, as one (the wild bootstrap, clustered by users).
/// - Overlap, stability, deaths: computed anew for the period and one that is made of the reference, of each user the
///   events of a period of it drawn at random. Of the larger of the two baskets are left out at random until both have
///   about as many events; then each user's events of the two are swapped or not, at random. Exact where a user is as
///   likely to do one thing before the other as after it.
/// - Births and unknown users grow with the age of the origin while they come at a steady rate, which is no drift. So
/// it
///   is tested whether newborns have more events in the period of their birth when that is `period` than when it is of
///   the reference: each newborn of both is given to either at random, in proportion to the events there. In the first
///   periods of a timeline everything is new, which hides what comes after.
///
/// Items that come and go after the reference, even steadily, are a change that the first four are to see.
/// A period without events, or a reference without, is no evidence: all p-values are 1.
/// Nothing that comes after the period changes the result. O(permutations (events + items) + events before); the same
/// for any number of threads.
/// @throws InvalidParameter unless reference <= origin <= period < periods; Cancelled, DeadlineExceeded.
[[nodiscard]] InputDrift input_drift(const Timeline& timeline, std::size_t origin, std::size_t period,
                                     const InputDriftConfig& config = {}, const RunOptions& options = {});

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/drift/input_drift_inl.hpp>
#endif
