/// The formulas of `Similarity`, with all that depends on one row alone computed once for that row.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include <recocore/stats/similarity.hpp>

namespace recocore::detail {

/// Calls `work` with the similarity as a constant expression.
template <class Work>
decltype(auto) with_similarity(Similarity similarity, const Work& work) {
  using enum Similarity;
  switch (similarity) {
    case cosine:
      return work(std::integral_constant<Similarity, cosine>{});
    case asymmetric_cosine:
      return work(std::integral_constant<Similarity, asymmetric_cosine>{});
    case dot:
      return work(std::integral_constant<Similarity, dot>{});
    case jaccard:
      return work(std::integral_constant<Similarity, jaccard>{});
    case dice:
      return work(std::integral_constant<Similarity, dice>{});
    case tversky:
      return work(std::integral_constant<Similarity, tversky>{});
    case conditional_probability:
      return work(std::integral_constant<Similarity, conditional_probability>{});
    case lift:
      return work(std::integral_constant<Similarity, lift>{});
    case log_likelihood_ratio:
      break;
  }
  return work(std::integral_constant<Similarity, log_likelihood_ratio>{});
}

/// The one number a formula needs of i in sim(i, j).
[[nodiscard]] inline double source_term(const SimilarityConfig& config, const RowSummary& i) noexcept {
  switch (config.similarity) {
    case Similarity::cosine:
      return std::sqrt(i.squared_norm);
    case Similarity::asymmetric_cosine:
      return std::pow(i.squared_norm, config.alpha);
    case Similarity::dot:
      return 1.0;
    default:
      return i.users;
  }
}

/// The one number a formula needs of j in sim(i, j).
[[nodiscard]] inline double target_term(const SimilarityConfig& config, const RowSummary& j) noexcept {
  switch (config.similarity) {
    case Similarity::cosine:
      return std::sqrt(j.squared_norm);
    case Similarity::asymmetric_cosine:
      return std::pow(j.squared_norm, 1.0 - config.alpha);
    case Similarity::dot:
    case Similarity::conditional_probability:
      return 1.0;
    default:
      return j.users;
  }
}

/// True for numerator / (source term x target term).
[[nodiscard]] constexpr bool is_quotient(Similarity similarity) noexcept {
  return reads_values(similarity) || similarity == Similarity::conditional_probability ||
         similarity == Similarity::lift;
}

/// sim(i, j) from i's source term `a` and j's target term `b`.
template <Similarity S>
[[nodiscard]] inline double pair_value(const SimilarityConfig& config, double all_users, double a, double b, double dot,
                                       double common) noexcept {
  const auto ratio = [](double part, double whole) { return whole > 0.0 ? part / whole : 0.0; };
  double value = 0.0;
  if constexpr (reads_values(S)) {
    value = ratio(dot, a * b);
  } else if constexpr (S == Similarity::conditional_probability) {
    value = ratio(common, a * b);
  } else if constexpr (S == Similarity::lift) {
    value = ratio(common * all_users, a * b);
  } else if constexpr (S == Similarity::jaccard) {
    value = ratio(common, a + b - common);
  } else if constexpr (S == Similarity::dice) {
    value = ratio(2.0 * common, a + b);
  } else if constexpr (S == Similarity::tversky) {
    value = ratio(common, common + (config.alpha * (a - common) + config.beta * (b - common)));
  } else {
    value = log_likelihood_ratio(common, a - common, b - common, all_users - a - b + common);
  }
  return config.shrinkage > 0.0 ? value * (common / (common + config.shrinkage)) : value;
}

inline constexpr double slightly_less = 1.0 - 1e-6;

/// The smallest similarity that may be rounded to a score of `bar`. Scores below the smallest normal number keep few
/// digits: no bar is made of them.
[[nodiscard]] inline double least_value(float bar) noexcept {
  return bar < std::numeric_limits<float>::min() ? 0.0 : static_cast<double>(bar) * slightly_less;
}

/// No pair with fewer common users than this has a similarity of at least `bar`, a `least_value`. Where the numerator
/// is a product of values instead of a count: no pair with a smaller product.
///
/// @param a, b  the terms of source and target; of all rows in question the smallest.
/// @param most  no pair in question has more common users.
/// Every formula but the log-likelihood ratio has the form c / (fixed + slope c), where `fixed` grows with both terms,
/// so the bound is the root of a quadratic: c^2 (1 - bar slope) - c bar (fixed + slope s) - bar fixed s >= 0, s the
/// shrinkage.
[[nodiscard]] inline double least_numerator(const SimilarityConfig& config, double all_users, double bar, double a,
                                            double b, double most) noexcept {
  const double shrinkage = config.shrinkage;
  const double t = bar;
  if (reads_values(config.similarity)) {
    const double shrunk = shrinkage > 0.0 ? most / (most + shrinkage) : 1.0;
    return t * a * b / shrunk * slightly_less;
  }
  double fixed = a * b;
  double slope = 0.0;
  switch (config.similarity) {
    case Similarity::lift:
      fixed /= all_users;
      break;
    case Similarity::jaccard:
      fixed = a + b;
      slope = -1.0;
      break;
    case Similarity::dice:
      fixed = (a + b) / 2.0;
      break;
    case Similarity::tversky:
      fixed = config.alpha * a + config.beta * b;
      slope = 1.0 - config.alpha - config.beta;
      break;
    case Similarity::log_likelihood_ratio:
      return 0.0;  // large for few common users, too
    default:
      break;
  }
  const double rest = 1.0 - t * slope;
  if (rest <= 0.0) {
    return 0.0;
  }
  const double linear = t * (fixed + slope * shrinkage);
  const double constant = t * fixed * shrinkage;
  const double root = std::sqrt(std::max(0.0, linear * linear + 4.0 * rest * constant));
  // Of the two ways to write the root the one that does not cancel.
  const double least = linear >= 0.0 ? (linear + root) / (2.0 * rest) : 2.0 * constant / (root - linear);
  return std::isfinite(least) ? least * slightly_less : 0.0;
}

}  // namespace recocore::detail
