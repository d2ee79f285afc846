#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/impl/core/names.hpp>
#include <recocore/impl/stats/pair_value.hpp>
#include <recocore/stats/similarity.hpp>

namespace recocore {

namespace detail {

inline constexpr std::array<std::string_view, 9> similarity_names{
    "cosine", "asymmetric_cosine",   "dot", "jaccard", "dice", "tversky", "conditional_probability",
    "lift",   "log_likelihood_ratio"};

inline void require(bool holds, std::string_view what, double given) {
  if (!holds) {
    throw InvalidParameter(std::string(what) + "; got " + std::to_string(given));
  }
}

}  // namespace detail

RECOCORE_INLINE std::span<const std::string_view> similarity_names() noexcept { return detail::similarity_names; }

RECOCORE_INLINE std::string_view to_string(Similarity similarity) noexcept {
  return detail::similarity_names[static_cast<std::size_t>(similarity)];
}

RECOCORE_INLINE Similarity parse_similarity(std::string_view name) {
  return detail::parse_name<Similarity>("similarity", name, detail::similarity_names);
}

RECOCORE_INLINE void SimilarityConfig::validate() const {
  const bool asymmetric = similarity == Similarity::asymmetric_cosine;
  detail::require(std::isfinite(alpha) && alpha >= 0.0 && (!asymmetric || alpha <= 1.0),
                  asymmetric ? "alpha must be from 0 to 1" : "alpha must be a number from 0 up", alpha);
  detail::require(std::isfinite(beta) && beta >= 0.0, "beta must be a number from 0 up", beta);
  detail::require(std::isfinite(shrinkage) && shrinkage >= 0.0, "shrinkage must be a number from 0 up", shrinkage);
  detail::require(min_common >= 1, "min_common must be at least 1", min_common);
}

RECOCORE_INLINE bool is_symmetric(const SimilarityConfig& config) noexcept {
  switch (config.similarity) {
    case Similarity::asymmetric_cosine:
      return config.alpha == 0.5;
    case Similarity::tversky:
      return config.alpha == config.beta;
    case Similarity::conditional_probability:
      return false;
    default:
      return true;
  }
}

RECOCORE_INLINE double log_likelihood_ratio(double k11, double k12, double k21, double k22) noexcept {
  const double row1 = k11 + k12;
  const double row2 = k21 + k22;
  const double col1 = k11 + k21;
  const double col2 = k12 + k22;
  const double all = row1 + row2;
  // k ln(k all / (row col)), which tends to 0 with k.
  const auto term = [all](double k, double row, double col) {
    return k > 0.0 ? k * std::log((k * all) / (row * col)) : 0.0;
  };
  // Grouped so that swapping k12 and k21 gives the same bits: `is_symmetric` promises it.
  const double sum = term(k11, row1, col1) + (term(k12, row1, col2) + term(k21, row2, col1)) + term(k22, row2, col2);
  return std::max(0.0, 2.0 * sum);
}

RECOCORE_INLINE double evaluate(const SimilarityConfig& config, double dot, double common, const RowSummary& i,
                                const RowSummary& j, double all_users) noexcept {
  return detail::with_similarity(config.similarity, [&](auto similarity) {
    return detail::pair_value<similarity()>(config, all_users, detail::source_term(config, i),
                                            detail::target_term(config, j), dot, common);
  });
}

}  // namespace recocore
