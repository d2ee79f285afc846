/// What is worked out before rows are compared.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>

#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/core/raw_vector.hpp>
#include <recocore/impl/stats/kernel_plan.hpp>
#include <recocore/impl/stats/popularity_order.hpp>
#include <recocore/impl/stats/row_selection.hpp>
#include <recocore/impl/stats/similarity_kernel.hpp>
#include <recocore/impl/stats/summands.hpp>
#include <recocore/stats/similar_rows.hpp>

namespace recocore::detail {

template <class Row, class Col>
void check_similar_rows(const SparseRows<Row, Col>& rows, const SimilarRowsConfig& config) {
  config.validate();
  const bool weighted = config.weighting.weighting != Weighting::none;
  if (reads_values(config.similarity.similarity) && !weighted) {
    return;
  }
  const auto negative = std::find_if(rows.values.begin(), rows.values.end(), [](float v) { return v < 0.0F; });
  if (negative == rows.values.end()) {
    return;
  }
  if (weighted) {
    throw InvalidData("weighting '" + std::string(to_string(config.weighting.weighting)) +
                      "' needs weights from 0 up, but there is a weight of " + std::to_string(*negative));
  }
  throw InvalidData("similarity '" + std::string(to_string(config.similarity.similarity)) +
                    "' counts users, which makes no sense of a negative weight (there is " + std::to_string(*negative) +
                    "); drop such events or use 'cosine'");
}

/// For each row the number of pairs (column it has, row that has it), itself included.
template <class Row, class Col>
[[nodiscard]] RawVector<std::uint64_t> multiply_adds(const SparseRows<Row, Col>& rows,
                                                     const SparseRows<Col, Row>& columns, const RunOptions& options) {
  RawVector<std::uint64_t> result(rows.rows());
  constexpr std::size_t grain = 1024;
  parallel_for(rows.rows(), grain, options, "sizes", [&](std::size_t begin, std::size_t end, unsigned /*slot*/) {
    for (std::size_t i = begin; i < end; ++i) {
      std::uint64_t sum = 0;
      for (const Col u : rows.row(Row(i))) {
        sum += columns.row_size(u);
      }
      result[i] = sum;
    }
  });
  return result;
}

/// For each row where its neighbours go: no more than k, nor more than rows it can share enough columns with.
template <class Row, class Col>
[[nodiscard]] RawVector<std::uint64_t> result_places(const SparseRows<Row, Col>& rows, const SimilarRowsConfig& config,
                                                     std::span<const std::uint64_t> multiply_adds) {
  RawVector<std::uint64_t> places(rows.rows() + 1);
  places[0] = 0;
  const std::uint64_t most = std::min<std::uint64_t>(config.k, std::max<std::size_t>(rows.rows(), 1) - 1);
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    const std::uint64_t others = (multiply_adds[i] - rows.row_size(Row(i))) / config.similarity.min_common;
    places[i + 1] = places[i] + std::min(most, others);
  }
  return places;
}

/// What is worked out before the work: the summands, the order, the plan.
template <class Row, class Col>
class KernelSetup {
 public:
  /// @param forced overrides the plan, in tests and benchmarks. The matrices must outlive the setup.
  KernelSetup(const SparseRows<Row, Col>& rows, const SparseRows<Col, Row>& columns, const SimilarRowsConfig& config,
              std::size_t directions, const RunOptions& options, const KernelPlan* forced = nullptr)
      : rows_(rows), columns_(columns), config_(config), directions_(directions) {
    RECOCORE_ASSERT(rows.rows() == columns.columns && rows.columns == columns.rows());
    check_similar_rows(rows, config);
    summands.emplace(rows, columns, config, options);
    order = PopularityOrder<Row>::of(rows);
    work = multiply_adds(rows, columns, options);
    places = result_places(rows, config, work);
    plan = forced != nullptr ? *forced : make_plan({});
  }

  std::optional<Summands<Row, Col>> summands{};
  PopularityOrder<Row> order{};
  RawVector<std::uint64_t> work{};    ///< multiply-adds of each row
  RawVector<std::uint64_t> places{};  ///< where the neighbours of each row go
  KernelPlan plan{};

  /// Bytes of the result, with the room that rows turn out not to need.
  [[nodiscard]] std::uint64_t result_bytes() const noexcept {
    return directions_ * (places.back() * sizeof(Scored<Row>) + places.size() * sizeof(std::uint64_t));
  }

  /// Bytes that are needed besides while the kernel runs.
  [[nodiscard]] std::uint64_t working_bytes(unsigned threads) const {
    const std::uint64_t rows = rows_.rows();
    const std::uint64_t entries = rows_.entries();
    const std::uint64_t rough = summands->kind() == Summand::one ? sizeof(float) : 0;
    std::uint64_t bytes = summands->bytes() + rows * (2 * sizeof(Row) + 2 * sizeof(std::uint64_t)) +
                          directions_ * rows * (2 * sizeof(double) + sizeof(std::uint32_t) + rough);
    if (config_.similarity.similarity == Similarity::log_likelihood_ratio) {
      bytes += directions_ * (rows_.columns + 1) * sizeof(double);
    }
    if (plan.head < rows) {
      bytes += entries * (plan.narrow_ids ? sizeof(std::uint16_t) : sizeof(std::uint32_t));
      bytes += summands->kind() == Summand::two_values ? entries * sizeof(std::int32_t) : 0;
      bytes += plan.head > 0 ? columns_.rows() * sizeof(std::uint32_t) : 0;
    }
    bytes += plan.head * words_of(rows_.columns) * sizeof(std::uint64_t);
    return bytes + threads * scratch_bytes();
  }

 private:
  [[nodiscard]] KernelPlan make_plan(const KernelCosts& costs) const {
    KernelPlan result;
    result.narrow_ids = rows_.rows() <= std::size_t{std::numeric_limits<std::uint16_t>::max()} + 1;
    result.scan_from = costs.scan_64_bytes / 64.0 / costs.list;
    result.scan_from_any = costs.scan_row / costs.list;
    if (summands->kind() == Summand::one) {
      // A quarter of the matrix and of the result, of which users of the kernel keep a transpose.
      const std::uint64_t bytes = 2 * (rows_.entries() * sizeof(Row) + result_bytes());
      constexpr std::uint64_t little = 1 << 20;
      result.head = choose_head(rows_, columns_, order, std::max(little, bytes / 4), costs);
    }
    return result;
  }

  /// Of one thread.
  [[nodiscard]] std::uint64_t scratch_bytes() const {
    const bool counting = summands->kind() == Summand::one ||
                          (summands->kind() == Summand::two_values && counts_besides(config_.similarity));
    std::array<bool, 3> uses{};
    std::uint64_t longest_list = 0;
    const std::size_t width = summands->kind() == Summand::one ? 1 : sizeof(std::int64_t);
    for (std::size_t i = 0; i < rows_.rows(); ++i) {
      const std::size_t length = rows_.row_size(Row(i));
      const unsigned counter = plan.counter_bytes(length);
      uses[counter / 2] = true;
      const std::size_t bytes = summands->kind() == Summand::one ? counter : width;
      if (!plan.scans(static_cast<double>(work[i]), rows_.rows() * bytes)) {
        longest_list = std::max(longest_list, work[i]);
      }
    }
    const std::uint64_t padded_rows = padded(rows_.rows());
    std::uint64_t bytes = summands->kind() == Summand::one ? 0 : padded_rows * sizeof(std::int64_t);
    if (counting) {
      bytes += padded_rows * (1U * uses[0] + 2U * uses[1] + 4U * uses[2]);
    } else if (summands->kind() == Summand::two_values) {
      bytes += padded_rows;
    }
    const std::uint64_t list =
        std::max<std::uint64_t>(longest_list + 1, SimilarityKernel<Row, Col, std::uint32_t>::scan_room);
    const std::uint64_t kept = std::min<std::uint64_t>(config_.k, rows_.rows());
    bytes += list * sizeof(std::uint32_t) + 16 * padded(plan.head) * sizeof(std::uint32_t);
    return bytes + sizeof(KernelScratch<Row, Col>) + directions_ * 2 * sizeof(std::uint64_t) * (2 * kept + 192);
  }

  const SparseRows<Row, Col>& rows_;
  const SparseRows<Col, Row>& columns_;
  const SimilarRowsConfig& config_;
  std::size_t directions_;
};

}  // namespace recocore::detail
