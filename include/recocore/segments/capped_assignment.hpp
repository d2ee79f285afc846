/// The best pairs of rows and columns when neither may have more than so many.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <recocore/core/run_options.hpp>

namespace recocore {

/// Pairs that may be chosen, by row: row r has entries[offsets[r] .. offsets[r + 1]), each column once, worth more
/// than 0.
struct PairWorths {
  struct Entry {
    std::uint32_t column = 0;
    float worth = 0.0F;
  };
  std::vector<std::uint64_t> offsets{0};
  std::vector<Entry> entries{};

  [[nodiscard]] std::size_t rows() const noexcept { return offsets.size() - 1; }
};

struct CappedAssignment {
  /// Positions in the entries, ascending.
  std::vector<std::uint64_t> chosen{};
  double total = 0.0;
  /// No choice within the caps is worth more.
  double upper_bound = 0.0;

  /// Of the best possible, at most this share is missing.
  [[nodiscard]] double gap() const noexcept { return upper_bound > 0.0 ? 1.0 - total / upper_bound : 0.0; }
};

/// Chooses pairs worth as much as possible in sum, at most row_caps[r] of row r and column_caps[c] of column c.
///
/// An auction (Bertsekas 1988; for transportation Bertsekas, Castanon 1989): rows bid for the columns worth most to
/// them above their prices, up to where the next best would do as well, and by a small step more; whoever is
/// outbid bids again. By weak duality any prices p >= 0 give the bound
///
///   total <= sum_c cap_c p_c + sum_r (the cap_r largest of worth_rc - p_c, those above 0),
///
/// and the step is made smaller until the gap is at most `tolerance`, three times at most. Never worse than taking
/// pairs in the order of their worth, which has at least half of the best (Avis 1983).
///
/// One thread; ties go to the smaller column and row. Time: O(pairs log pairs) to begin with, then bids x row length.
/// Memory: some 24 bytes a pair.
/// @throws InvalidParameter caps that do not belong to the pairs, or a tolerance not above 0; Cancelled,
///         DeadlineExceeded.
[[nodiscard]] CappedAssignment assign_capped(const PairWorths& pairs, std::span<const std::uint32_t> row_caps,
                                             std::span<const std::uint32_t> column_caps, double tolerance = 0.005,
                                             const RunOptions& run = {});

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/segments/capped_assignment_inl.hpp>
#endif
