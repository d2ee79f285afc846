/// From sums to the k nearest: the part of the kernel that knows the formulas.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <recocore/core/best_of.hpp>
#include <recocore/core/raw_vector.hpp>
#include <recocore/impl/stats/pair_value.hpp>
#include <recocore/impl/stats/popularity_order.hpp>
#include <recocore/impl/stats/summands.hpp>
#include <recocore/impl/stats/vector_kernels.hpp>
#include <recocore/stats/similar_rows.hpp>

namespace recocore::detail {

/// The rows of these ranks have about the same length.
struct Segment {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  double longest = 0.0;     ///< entries of its longest row
  double least_term = 0.0;  ///< the smallest term of its rows (see `source_term`)
};

/// What is selected by in one direction: the terms of all rows, by rank.
template <class Row, class Col>
class Selection {
 public:
  /// No segment has more.
  static constexpr std::size_t most_ranks = 4096;

  Selection(const SparseRows<Row, Col>& rows, const SimilarRowsConfig& config, const Summands<Row, Col>& summands,
            const PopularityOrder<Row>& order, std::span<const double> squared_norms, Direction direction)
      : config_(config), order_(order), direction_(direction), all_users_(static_cast<double>(rows.columns)) {
    const auto& similarity = config.similarity;
    own_terms_.resize(rows.rows());
    their_terms_.resize(rows.rows());
    for (std::size_t rank = 0; rank < rows.rows(); ++rank) {
      const Row i = order.row_at[rank];
      const RowSummary summary{static_cast<double>(rows.row_size(i)), squared_norms[i.value]};
      const double source = source_term(similarity, summary) / unit(summands, i);
      const double target = target_term(similarity, summary) / unit(summands, i);
      own_terms_[rank] = direction == Direction::from_row ? source : target;
      their_terms_[rank] = direction == Direction::from_row ? target : source;
    }
    if (similarity.similarity == Similarity::log_likelihood_ratio) {
      k_log_k_.resize(rows.columns + 1);
      k_log_k_[0] = 0.0;
      for (std::size_t k = 1; k <= rows.columns; ++k) {
        k_log_k_[k] = static_cast<double>(k) * std::log(static_cast<double>(k));
      }
    }
    if (summands.kind() == Summand::one) {
      rough_terms_.assign(their_terms_.begin(), their_terms_.end());
    }
    make_segments(rows);
    is_plain_quotient_ =
        (reads_values(similarity.similarity) || similarity.similarity == Similarity::conditional_probability) &&
        similarity.shrinkage == 0.0;
  }

  /// Calls `work(segment)` for all segments, beginning at a rank and going outwards; at the longest where length is no
  /// drawback. Segments that hold the best should come first: the bar is high then for the rest.
  template <class Work>
  void for_segments(std::size_t start, const Work& work) const {
    const auto own = std::upper_bound(segments_.begin(), segments_.end(), start,
                                      [](std::size_t at, const Segment& segment) { return at < segment.end; });
    auto longer = begins_with_longest_ ? segments_.begin() : own;
    auto shorter = longer;
    while (longer != segments_.begin() || shorter != segments_.end()) {
      if (shorter != segments_.end()) {
        work(*shorter++);
      }
      if (longer != segments_.begin()) {
        work(*--longer);
      }
    }
  }

  /// The smallest sum with which a row of the segment can still enter the list of the row of rank `own`. Above the
  /// largest possible one when none can.
  [[nodiscard]] double least_sum(std::size_t own, double own_length, const Segment& segment, float bar) const noexcept {
    const double mine = own_terms_[own];
    if (is_plain_quotient_) {
      return least_value(bar) * mine * segment.least_term * slightly_less;
    }
    const bool from = direction_ == Direction::from_row;
    return least_numerator(config_.similarity, all_users_, least_value(bar), from ? mine : segment.least_term,
                           from ? segment.least_term : mine, std::min(own_length, segment.longest));
  }

  /// For each count below 256 the largest term with which a row can still enter the list of the row of rank `own`:
  /// a comparison instead of a division, where the similarity is a quotient.
  using Limits = std::array<float, 256>;

  void set_limits(std::size_t own, std::size_t most_common, float bar, Limits& limits) const {
    const auto& similarity = config_.similarity;
    const double least = least_value(bar);
    if (!is_quotient(similarity.similarity) || least == 0.0) {
      limits.fill(std::numeric_limits<float>::infinity());
      return;
    }
    const double scale = similarity.similarity == Similarity::lift ? all_users_ : 1.0;
    const double unit = scale / (slightly_less * least * own_terms_[own]);
    for (std::size_t c = 0; c <= most_common; ++c) {
      const auto common = static_cast<double>(c);
      const double shrunk = similarity.shrinkage > 0.0 ? common / (common + similarity.shrinkage) : 1.0;
      limits[c] = static_cast<float>(std::min(unit * common * shrunk, double{std::numeric_limits<float>::max()}));
    }
  }
  [[nodiscard]] bool is_within(const Limits& limits, std::uint8_t common, std::uint32_t rank) const noexcept {
    return rough_terms_[rank] <= limits[common];
  }

  /// Candidates on their way through a formula.
  struct Batch {
    static constexpr std::size_t most = BestOf<Row>::most_at_once;

    std::array<std::uint32_t, most> kept{};
    std::array<double, most> products{};
    std::array<double, most> common{};
    std::array<double, most> terms{};
    std::array<float, most> scores{};
    std::array<Row, most> rows{};
  };

  /// Offers the rows of some ranks, at most as many as a batch holds, whose `batch.common` is given.
  /// @param products parallel to `ranks`.
  void offer(std::size_t own, std::span<const std::uint32_t> ranks, const double* products, Batch& batch,
             BestOf<Row>& best) const {
    for (std::size_t e = 0; e < ranks.size(); ++e) {
      batch.terms[e] = their_terms_[ranks[e]];
      batch.rows[e] = order_.row_at[ranks[e]];
    }
    with_similarity(config_.similarity.similarity, [&](auto similarity) {
      if constexpr (similarity() == Similarity::log_likelihood_ratio) {
        score_by_likelihood(own_terms_[own], ranks.size(), least_value(best.bar()), batch);
      } else if (direction_ == Direction::from_row) {
        score<similarity(), true>(own_terms_[own], ranks.size(), products, batch);
      } else {
        score<similarity(), false>(own_terms_[own], ranks.size(), products, batch);
      }
    });
    best.offer_all(batch.rows.data(), batch.scores.data(), ranks.size());
  }

 private:
  template <Similarity S, bool From>
  void score(double mine, std::size_t count, const double* products, Batch& batch) const {
    const SimilarityConfig config = config_.similarity;
    for (std::size_t e = 0; e < count; ++e) {
      const double theirs = batch.terms[e];
      const double value =
          pair_value<S>(config, all_users_, From ? mine : theirs, From ? theirs : mine, products[e], batch.common[e]);
      batch.scores[e] = std::min(static_cast<float>(value), std::numeric_limits<float>::max());
    }
  }

  /// Four logarithms a pair are dear. With k ln k looked up, a sum tells first which pairs are worth them.
  void score_by_likelihood(double mine, std::size_t count, double bar, Batch& batch) const {
    const double* const k_log_k = k_log_k_.data();
    const auto at = [k_log_k](double k) { return k_log_k[static_cast<std::size_t>(k)]; };
    const double rest = all_users_ - mine;
    const double of_rows = at(all_users_) - at(mine) - at(rest);
    // The sum is off by its largest terms' rounding.
    const double worth = bar - 1e-12 * at(all_users_);
    for (std::size_t e = 0; e < count; ++e) {
      const double theirs = batch.terms[e];
      const double common = batch.common[e];
      const double about = 2.0 * (of_rows - at(theirs) - at(all_users_ - theirs) + at(common) + at(mine - common) +
                                  at(theirs - common) + at(rest - theirs + common));
      batch.scores[e] = 0.0F;
      if (about >= worth) {
        batch.scores[e] = static_cast<float>(
            pair_value<Similarity::log_likelihood_ratio>(config_.similarity, all_users_, mine, theirs, common, common));
      }
    }
  }

  [[nodiscard]] static double unit(const Summands<Row, Col>& summands, Row i) noexcept {
    return summands.kind() == Summand::one ? 1.0 : summands.unit(i);
  }

  void make_segments(const SparseRows<Row, Col>& rows) {
    constexpr double same_length = 0.8;
    const auto length = [&](std::size_t rank) { return static_cast<double>(rows.row_size(order_.row_at[rank])); };
    for (std::size_t begin = 0; begin < rows.rows();) {
      std::size_t end = begin + vector_step;
      while (end < rows.rows() && end - begin < most_ranks &&
             length(std::min(end + vector_step, rows.rows()) - 1) >= same_length * length(begin)) {
        end += vector_step;
      }
      const auto first = their_terms_.begin() + static_cast<std::ptrdiff_t>(begin);
      const auto last = their_terms_.begin() + static_cast<std::ptrdiff_t>(std::min(end, rows.rows()));
      segments_.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), length(begin),
                           *std::min_element(first, last)});
      begin = end;
    }
    if (!segments_.empty()) {
      const double front = segments_.front().least_term;
      const double back = segments_.back().least_term;
      begins_with_longest_ = config_.similarity.similarity == Similarity::dot || !(front > 1.5 * back);
    }
  }

  const SimilarRowsConfig& config_;
  const PopularityOrder<Row>& order_;
  Direction direction_;
  double all_users_;
  RawVector<double> own_terms_{};
  RawVector<double> their_terms_{};
  RawVector<float> rough_terms_{};  ///< the same, of counts alone
  RawVector<double> k_log_k_{};     ///< of the log-likelihood ratio alone: k ln k, up to the number of columns
  std::vector<Segment> segments_{};
  bool begins_with_longest_ = false;
  bool is_plain_quotient_ = false;  ///< product / (term x term), nothing else
};

}  // namespace recocore::detail
