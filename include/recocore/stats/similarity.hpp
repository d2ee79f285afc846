/// How alike two items (or two users) are: the formulas.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace recocore {

/// For rows i and j with n_i and n_j distinct users, c of them in common, N users in all; x_i . x_j and |x_i| are
/// taken over the (weighted) values. The first three read the values, the others only count users.
enum class Similarity : std::uint8_t {
  /// x_i . x_j / (|x_i| |x_j|). Sarwar et al. 2001, "Item-based collaborative filtering recommendation algorithms".
  cosine,
  /// x_i . x_j / (|x_i|^(2 alpha) |x_j|^(2 (1 - alpha))). Aiolli 2013, "Efficient top-N recommendation for very large
  /// scale binary rated datasets". alpha = 1/2 is the cosine; alpha = 1 divides by the item of the history alone.
  asymmetric_cosine,
  /// x_i . x_j, what BM25 weights are made for.
  dot,
  /// c / (n_i + n_j - c). Jaccard 1901.
  jaccard,
  /// 2 c / (n_i + n_j). Dice 1945, Sorensen 1948.
  dice,
  /// c / (c + alpha (n_i - c) + beta (n_j - c)). Tversky 1977, "Features of similarity".
  tversky,
  /// c / n_i: the share of the users of i who have j. Deshpande, Karypis 2004, "Item-based top-N recommendation".
  conditional_probability,
  /// c N / (n_i n_j): how much more often together than by chance. Brin et al. 1997, "Dynamic itemset counting".
  lift,
  /// G^2 of the 2 x 2 table of users with and without i and j. Dunning 1993, "Accurate methods for the statistics of
  /// surprise and coincidence".
  log_likelihood_ratio,
};

/// The names as written in configurations ("asymmetric_cosine"), in the order of the enumeration.
[[nodiscard]] std::span<const std::string_view> similarity_names() noexcept;
[[nodiscard]] std::string_view to_string(Similarity similarity) noexcept;
/// @throws InvalidParameter for an unknown name; the message lists the known ones.
[[nodiscard]] Similarity parse_similarity(std::string_view name);

/// True when the values matter, false when only the number of users does.
[[nodiscard]] constexpr bool reads_values(Similarity similarity) noexcept {
  return similarity == Similarity::cosine || similarity == Similarity::asymmetric_cosine ||
         similarity == Similarity::dot;
}

struct SimilarityConfig;

/// True when sim(i, j) = sim(j, i) for all rows.
[[nodiscard]] bool is_symmetric(const SimilarityConfig& config) noexcept;

struct SimilarityConfig {
  Similarity similarity = Similarity::cosine;
  /// Of `asymmetric_cosine` (0 .. 1) and `tversky` (>= 0).
  double alpha = 0.5;
  /// Of `tversky` (>= 0).
  double beta = 0.5;
  /// A similarity that c users support is multiplied by c / (c + shrinkage). Bell, Koren 2007.
  double shrinkage = 0.0;
  /// Pairs with fewer distinct common users are not similar at all.
  std::uint32_t min_common = 1;

  /// @throws InvalidParameter when a field makes no sense.
  void validate() const;

  friend bool operator==(const SimilarityConfig&, const SimilarityConfig&) = default;
};

/// What a formula needs of one row.
struct RowSummary {
  double users = 0.0;         ///< n_i
  double squared_norm = 0.0;  ///< |x_i|^2
};

/// The similarity of row i to row j from exact counts. Not symmetric for every formula.
[[nodiscard]] double evaluate(const SimilarityConfig& config, double dot, double common, const RowSummary& i,
                              const RowSummary& j, double all_users) noexcept;

/// Dunning's G^2 of a 2 x 2 table; 0 when rows and columns are independent. Never negative.
[[nodiscard]] double log_likelihood_ratio(double k11, double k12, double k21, double k22) noexcept;

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/stats/similarity_inl.hpp>
#endif
