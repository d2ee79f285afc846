#pragma once

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/impl/core/slots.hpp>
#include <recocore/impl/stats/row_products.hpp>
#include <recocore/stats/similar_rows.hpp>

namespace recocore {

namespace detail {

/// Everything a row needs that is the same for all rows, and the selection of one row's neighbours.
template <class Row, class Col>
class NeighbourFinder {
 public:
  NeighbourFinder(const SparseRows<Row, Col>& rows, const SparseRows<Col, Row>& columns,
                  const SimilarRowsConfig& config, Direction direction, const RunOptions& options)
      : rows_(rows), columns_(columns), config_(config), direction_(direction) {
    const auto& weighting = config.weighting;
    with_dots_ =
        reads_values(config.similarity.similarity) && (!rows.is_binary() || weighting.weighting != Weighting::none);
    if (with_dots_) {
      fixed_ = weigh(rows, columns, weighting, options);
    }
    summaries_.resize(rows.rows());
    for (std::size_t i = 0; i < rows.rows(); ++i) {
      auto& summary = summaries_[i];
      summary.users = static_cast<double>(rows.row_size(Row(i)));
      summary.squared_norm = with_dots_ ? squared_norm(i) : summary.users;
    }
  }

  [[nodiscard]] RowProducts<Row> make_products() const { return {rows_.rows(), with_dots_}; }

  /// The neighbours of row i, best first, appended to `found`.
  void find(Row i, RowProducts<Row>& products, std::vector<Scored<Row>>& candidates,
            std::vector<Scored<Row>>& found) const {
    if (with_dots_) {
      products.multiply(rows_, columns_, fixed_.by_row, fixed_.by_column, i);
    } else {
      products.count(rows_, columns_, i);
    }
    candidates.clear();
    for (const Row j : products.touched()) {
      const auto common = products.common(j);
      if (j == i || common < config_.similarity.min_common) {
        continue;
      }
      const double scale = with_dots_ ? fixed_.scale[i.value] * fixed_.scale[j.value] : 1.0;
      const Row source = direction_ == Direction::from_row ? i : j;
      const Row target = direction_ == Direction::from_row ? j : i;
      const auto score = static_cast<float>(evaluate(config_.similarity, static_cast<double>(products.dot(j)) * scale,
                                                     static_cast<double>(common), summaries_[source.value],
                                                     summaries_[target.value], static_cast<double>(rows_.columns)));
      if (score > 0.0F) {
        candidates.push_back({j, std::min(score, std::numeric_limits<float>::max())});
      }
    }
    products.clear();
    keep_best(candidates, config_.k);
    found.insert(found.end(), candidates.begin(), candidates.end());
  }

 private:
  [[nodiscard]] double squared_norm(std::size_t i) const noexcept {
    std::int64_t sum = 0;
    for (auto e = rows_.offsets[i]; e < rows_.offsets[i + 1]; ++e) {
      const auto value = static_cast<std::int64_t>(fixed_.by_row[e]);
      sum += value * value;
    }
    return static_cast<double>(sum) * fixed_.scale[i] * fixed_.scale[i];
  }

  const SparseRows<Row, Col>& rows_;
  const SparseRows<Col, Row>& columns_;
  const SimilarRowsConfig& config_;
  Direction direction_;
  bool with_dots_ = false;
  FixedPointRows<Row> fixed_{};
  std::vector<RowSummary> summaries_{};
};

}  // namespace detail

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
  config.validate();
  RECOCORE_ASSERT(rows.rows() == columns.columns && rows.columns == columns.rows());
  if (!reads_values(config.similarity.similarity)) {
    const auto negative = std::find_if(rows.values.begin(), rows.values.end(), [](float v) { return v < 0.0F; });
    if (negative != rows.values.end()) {
      throw InvalidData("similarity '" + std::string(to_string(config.similarity.similarity)) +
                        "' counts users, which makes no sense of a negative weight (there is " +
                        std::to_string(*negative) + "); drop such events or use 'cosine'");
    }
  }

  struct Workspace {
    detail::RowProducts<Row> products;
    std::vector<Scored<Row>> candidates{};
  };
  const detail::NeighbourFinder<Row, Col> finder(rows, columns, config, direction, options);
  detail::Slots<Workspace> scratch(parallel_slots(options));

  // Blocks are small so that a stop is noticed soon and no thread is left with a long tail.
  constexpr std::size_t grain = 16;
  std::vector<std::vector<Scored<Row>>> blocks((rows.rows() + grain - 1) / grain);
  std::vector<std::uint64_t> sizes(rows.rows());
  parallel_for(rows.rows(), grain, options, "similarities", [&](std::size_t begin, std::size_t end, unsigned slot) {
    auto& mine = scratch.get(slot, [&] { return Workspace{finder.make_products()}; });
    std::vector<Scored<Row>> found;
    // Rows that everybody has take long: a stop is noticed before each, and parallel_for throws.
    for (std::size_t i = begin; i < end && !options.stop.stop_requested(); ++i) {
      const auto before = found.size();
      finder.find(Row(i), mine.products, mine.candidates, found);
      sizes[i] = found.size() - before;
    }
    blocks[begin / grain] = std::move(found);
  });

  Neighbours<Row> result;
  result.offsets.resize(rows.rows() + 1);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    result.offsets[i + 1] = result.offsets[i] + sizes[i];
  }
  result.entries.reserve(result.offsets.back());
  for (auto& block : blocks) {
    result.entries.insert(result.entries.end(), block.begin(), block.end());
    block = {};
  }
  return result;
}

}  // namespace recocore
