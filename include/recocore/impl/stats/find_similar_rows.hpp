/// The kernel run over all rows.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include <recocore/core/parallel.hpp>
#include <recocore/core/raw_vector.hpp>
#include <recocore/impl/core/slots.hpp>
#include <recocore/impl/stats/bit_rows.hpp>
#include <recocore/impl/stats/kernel_setup.hpp>
#include <recocore/impl/stats/ranked_columns.hpp>
#include <recocore/impl/stats/row_selection.hpp>
#include <recocore/impl/stats/similarity_kernel.hpp>
#include <recocore/stats/similar_rows.hpp>

namespace recocore::detail {

/// The lists of rows written at `places`, moved together.
template <class Row>
void close_gaps(Neighbours<Row>& neighbours, std::span<const std::uint64_t> places,
                std::span<const std::uint32_t> sizes) {
  neighbours.offsets.resize(sizes.size() + 1);
  Scored<Row>* const entries = neighbours.entries.data();
  std::uint64_t to = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (places[i] != to && sizes[i] > 0) {
      std::memmove(static_cast<void*>(entries + to), entries + places[i], sizes[i] * sizeof(Scored<Row>));
    }
    to += sizes[i];
    neighbours.offsets[i + 1] = to;
  }
  neighbours.entries.resize(to);
}

/// One result for each selection, with ids of a type that holds all ranks.
template <class Id, class Row, class Col>
[[nodiscard]] std::vector<Neighbours<Row>> run_kernel(
    const SparseRows<Row, Col>& rows, const SparseRows<Col, Row>& columns, const SimilarRowsConfig& config,
    const KernelSetup<Row, Col>& setup, std::span<const Selection<Row, Col>> selections, const RunOptions& options) {
  using Kernel = SimilarityKernel<Row, Col, Id>;
  const auto& order = setup.order;
  const BitRows head(rows, order, setup.plan.head, options);
  // With all rows in the head nothing is left for lists.
  const auto lists = setup.plan.head < rows.rows()
                         ? RankedColumns<Row, Col, Id>(columns, order, *setup.summands, setup.plan.head, options)
                         : RankedColumns<Row, Col, Id>();
  const Kernel kernel(rows, config, *setup.summands, order, lists, head, selections, setup.work, setup.plan);

  std::vector<Neighbours<Row>> results(selections.size());
  std::vector<RawVector<std::uint32_t>> sizes(selections.size());
  for (std::size_t d = 0; d < results.size(); ++d) {
    results[d].entries.resize(setup.places.back());
    sizes[d].resize(rows.rows());
  }

  Slots<KernelScratch<Row, Col>> scratch(parallel_slots(options));
  // By rank: the longest rows come first, so no thread is left with one at the end.
  parallel_for(rows.rows(), Kernel::rows_at_once, options, "similarities",
               [&](std::size_t begin, std::size_t end, unsigned slot) {
                 auto& mine = scratch.get(slot, [&] { return kernel.make_scratch(); });
                 const std::size_t in_head = std::clamp(head.count(), begin, end);
                 const std::uint32_t* common = in_head > begin ? kernel.count_head(begin, in_head, mine) : nullptr;
                 // Rows that everybody has take long: a stop is noticed before each, and parallel_for throws.
                 for (std::size_t rank = begin; rank < end && !should_stop(options); ++rank) {
                   kernel.find(rank, rank < in_head ? common + (rank - begin) * kernel.head_stride() : nullptr, mine);
                   const Row i = order.row_at[rank];
                   for (std::size_t d = 0; d < results.size(); ++d) {
                     const auto& best = mine.best[d];
                     Scored<Row>* const to = results[d].entries.data() + setup.places[i.value];
                     for (std::size_t place = 0; place < best.size(); ++place) {
                       to[place] = best[place];
                     }
                     sizes[d][i.value] = static_cast<std::uint32_t>(best.size());
                   }
                 }
               });
  for (std::size_t d = 0; d < results.size(); ++d) {
    close_gaps<Row>(results[d], setup.places, sizes[d]);
  }
  return results;
}

/// @param forced overrides the plan, in tests and benchmarks.
template <class Row, class Col>
[[nodiscard]] std::vector<Neighbours<Row>> find_similar_rows(const SparseRows<Row, Col>& rows,
                                                             const SparseRows<Col, Row>& columns,
                                                             const SimilarRowsConfig& config, const RunOptions& options,
                                                             std::span<const Direction> directions,
                                                             const KernelPlan* forced = nullptr) {
  const KernelSetup<Row, Col> setup(rows, columns, config, directions.size(), options, forced);
  require_memory(setup.result_bytes() + setup.working_bytes(parallel_slots(options)), options, "finding similar rows");
  std::vector<Selection<Row, Col>> selections;
  {
    const auto norms = setup.summands->squared_norms(options);
    for (const Direction direction : directions) {
      selections.emplace_back(rows, config, *setup.summands, setup.order, norms, direction);
    }
  }
  return setup.plan.narrow_ids ? run_kernel<std::uint16_t, Row, Col>(rows, columns, config, setup, selections, options)
                               : run_kernel<std::uint32_t, Row, Col>(rows, columns, config, setup, selections, options);
}

}  // namespace recocore::detail
