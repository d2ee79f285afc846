/// The k most similar rows of every row of a sparse matrix, exactly.
#pragma once

#include <cstddef>
#include <cstdint>

#include <recocore/core/index.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/data/sparse_rows.hpp>
#include <recocore/stats/neighbours.hpp>
#include <recocore/stats/similarity.hpp>
#include <recocore/stats/weighting.hpp>

namespace recocore {

struct SimilarRowsConfig {
  /// Neighbours to keep of each row, at most.
  std::size_t k = 100;
  SimilarityConfig similarity{};
  WeightingConfig weighting{};

  /// @throws InvalidParameter when a field makes no sense.
  void validate() const;

  friend bool operator==(const SimilarRowsConfig&, const SimilarRowsConfig&) = default;
};

/// Which of the two a row is when its neighbours are ranked: they differ where a similarity is not symmetric.
enum class Direction : std::uint8_t {
  from_row,  ///< the neighbours of i are the j with the largest sim(i, j)
  to_row,    ///< the neighbours of i are the j with the largest sim(j, i)
};

/// Row by row (Gustavson 1978): the products of row i with all others are summed over the columns of i into one
/// accumulator a thread, in integers, so the result is the same bytes for any number of threads and for each of the
/// ways the sums can be got: counters of 1 to 8 bytes, lists of what was met or scans by vector instructions, sets of
/// bits for the longest rows. Which one is taken is a matter of cost alone.
///
/// Only rows that share a column, with a similarity above 0, are neighbours; a row is not its own. Time: the sum of
/// squared column lengths at most. Memory: `estimate_similar_rows_memory`. Nothing is rows x rows. Defined for items by
/// users and users by items.
/// @param columns the transpose of `rows`.
/// @throws InvalidParameter bad configuration; InvalidData negative values where only users are counted, or with a
/// weighting;
///         Cancelled,
///         DeadlineExceeded, MemoryLimitExceeded.
template <class Row, class Col>
[[nodiscard]] Neighbours<Row> similar_rows(const SparseRows<Row, Col>& rows, const SparseRows<Col, Row>& columns,
                                           const SimilarRowsConfig& config, const RunOptions& options = {},
                                           Direction direction = Direction::from_row);

template <class Row>
struct SimilarBothWays {
  Neighbours<Row> from_row{};
  Neighbours<Row> to_row{};
};

/// `similar_rows` in both directions for little more than the price of one.
template <class Row, class Col>
[[nodiscard]] SimilarBothWays<Row> similar_rows_both_ways(const SparseRows<Row, Col>& rows,
                                                          const SparseRows<Col, Row>& columns,
                                                          const SimilarRowsConfig& config,
                                                          const RunOptions& options = {});

/// Bytes beside the matrix.
struct SimilarRowsMemory {
  std::uint64_t result = 0;
  std::uint64_t working = 0;  ///< needed besides while the rows are compared
};

/// What `similar_rows` or `similar_rows_both_ways` would need. An upper bound, close unless rows share few of their
/// pairs with as many different rows as they could. O(entries).
/// @throws as they do.
template <class Row, class Col>
[[nodiscard]] SimilarRowsMemory estimate_similar_rows_memory(const SparseRows<Row, Col>& rows,
                                                             const SparseRows<Col, Row>& columns,
                                                             const SimilarRowsConfig& config, bool both_ways = false,
                                                             const RunOptions& options = {});

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/stats/similar_rows_inl.hpp>
#endif
