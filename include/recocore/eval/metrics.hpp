/// How good a list is, and how good all lists are together.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace recocore {

/// A list as metrics see it: which ranks hit (not 0: the item is relevant), and how many items are relevant in all.
///
/// Every metric looks at the first n ranks, n >= 1, and is 0 when there is nothing to find. Such lists do not belong
/// in an average: `evaluate` leaves them out, while ranx averages their zeros. Relevance is yes or no. Libraries differ
/// in the denominators; these are the ones of ranx and of the protocol of LightGCN and BARS.
struct JudgedList {
  std::span<const std::uint8_t> hits{};
  std::size_t relevant = 0;
};

/// hits / relevant. Below 1 even for a perfect list when more than n items are relevant; others divide by
/// min(n, relevant).
[[nodiscard]] double recall(const JudgedList& list, std::size_t n) noexcept;

/// hits / n, also when the list is shorter: a missing entry is a miss. LensKit divides by the length of the list.
[[nodiscard]] double precision(const JudgedList& list, std::size_t n) noexcept;

/// The sum of 1 / log2(rank + 1) over the hits, divided by the same sum for a list that begins with min(n, relevant)
/// hits. Jarvelin, Kekalainen 2002, "Cumulated gain-based evaluation of IR techniques". RecTools takes the best list to
/// be n hits; LensKit discounts by max(1, log2(rank)); scikit-learn's ndcg_score averages over ties.
[[nodiscard]] double ndcg(const JudgedList& list, std::size_t n) noexcept;

/// 1 / the rank of the first hit, 0 without one. Its mean is the MRR. Voorhees 1999, "The TREC-8 question answering
/// track report".
[[nodiscard]] double reciprocal_rank(const JudgedList& list, std::size_t n) noexcept;

/// 1 when there is a hit.
[[nodiscard]] double hit_rate(const JudgedList& list, std::size_t n) noexcept;

/// The sum, over the hits, of the precision up to them, divided by the number of relevant items. Its mean is the MAP.
/// Others divide by min(n, relevant), by n, or by the number of hits (scikit-learn's average_precision_score, on a list
/// of everything, has all relevant items as hits).
[[nodiscard]] double average_precision(const JudgedList& list, std::size_t n) noexcept;

/// One value for each metric of a list: a number, or a column with a number for each user.
template <class T>
struct MetricSet {
  T recall{};
  T ndcg{};
  T mrr{};
  T hit_rate{};
  T map{};
  T precision{};

  friend bool operator==(const MetricSet&, const MetricSet&) = default;
};

/// The fields of a `MetricSet` by name, in their order.
template <class T>
inline constexpr std::array<std::pair<std::string_view, T MetricSet<T>::*>, 6> metric_fields{{
    {"recall", &MetricSet<T>::recall},
    {"ndcg", &MetricSet<T>::ndcg},
    {"mrr", &MetricSet<T>::mrr},
    {"hit_rate", &MetricSet<T>::hit_rate},
    {"map", &MetricSet<T>::map},
    {"precision", &MetricSet<T>::precision},
}};

/// All metrics of one list.
[[nodiscard]] MetricSet<double> measure(const JudgedList& list, std::size_t n) noexcept;

/// The share of the catalogue that is in at least one list. Ge, Delgado-Battenfeld, Jannach 2010, "Beyond accuracy".
/// @param times how often each item of the catalogue was recommended. 0 for an empty catalogue.
[[nodiscard]] double coverage(std::span<const std::uint64_t> times) noexcept;

/// The mean of -log2(users of the item / all users) over all entries of all lists: how many bits of surprise an entry
/// brings. Zhou et al. 2010, "Solving the apparent diversity-accuracy dilemma of recommender systems". An item nobody
/// has counts as if one user had it. 0 without entries.
/// @param users for each item of the catalogue, parallel to `times`: how many of `all_users` (>= 1) have it.
[[nodiscard]] double novelty(std::span<const std::uint64_t> times, std::span<const std::uint64_t> users,
                             std::uint64_t all_users) noexcept;

/// How unequally recommendations are spread over the catalogue: 0 when all items come equally often, close to 1 when
/// one item has everything. With t_1 <= ... <= t_m: sum of (2 i - m - 1) t_i / (m sum of t_i). Fleder, Hosanagar 2009,
/// "Blockbuster culture's next rise or fall". 0 without entries.
[[nodiscard]] double gini(std::span<const std::uint64_t> times);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/eval/metrics_inl.hpp>
#endif
