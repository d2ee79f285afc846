#pragma once

#include <array>
#include <string>
#include <utility>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/impl/stats/find_similar_rows.hpp>
#include <recocore/impl/stats/kernel_setup.hpp>
#include <recocore/stats/similar_rows.hpp>

namespace recocore {

RECOCORE_INLINE void SimilarRowsConfig::validate() const {
  if (k < 1) {
    throw InvalidParameter("k, the number of neighbours to keep, must be at least 1; got 0");
  }
  similarity.validate();
  weighting.validate();
  if (weighting.weighting != Weighting::none && !reads_values(similarity.similarity)) {
    throw InvalidParameter("weighting '" + std::string(to_string(weighting.weighting)) +
                           "' has no effect with similarity '" + std::string(to_string(similarity.similarity)) +
                           "', which only counts users; use 'cosine', 'asymmetric_cosine' or 'dot', or no weighting");
  }
}

template <class Row, class Col>
Neighbours<Row> similar_rows(const SparseRows<Row, Col>& rows, const SparseRows<Col, Row>& columns,
                             const SimilarRowsConfig& config, const RunOptions& options, Direction direction) {
  return std::move(detail::find_similar_rows(rows, columns, config, options, std::array{direction}).front());
}

template <class Row, class Col>
SimilarBothWays<Row> similar_rows_both_ways(const SparseRows<Row, Col>& rows, const SparseRows<Col, Row>& columns,
                                            const SimilarRowsConfig& config, const RunOptions& options) {
  auto both =
      detail::find_similar_rows(rows, columns, config, options, std::array{Direction::from_row, Direction::to_row});
  return {std::move(both[0]), std::move(both[1])};
}

template <class Row, class Col>
SimilarRowsMemory estimate_similar_rows_memory(const SparseRows<Row, Col>& rows, const SparseRows<Col, Row>& columns,
                                               const SimilarRowsConfig& config, bool both_ways,
                                               const RunOptions& options) {
  const detail::KernelSetup<Row, Col> setup(rows, columns, config, both_ways ? 2 : 1, options);
  return {setup.result_bytes(), setup.working_bytes(parallel_slots(options))};
}

}  // namespace recocore
