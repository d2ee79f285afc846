/// How much each column counts: learned from what is chosen together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <recocore/content/content_features.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/data/interactions.hpp>

namespace recocore {

struct ColumnWeightsConfig {
  /// Weights by hand, by column. Each is a share of 1; what they leave goes to the other columns in the proportions
  /// that were learned. When they add up to more than 1, or there are no other columns, they are scaled to add up to 1.
  /// 0 switches a column off.
  std::vector<std::pair<std::string, double>> by_hand{};
  /// Whether the other weights are learned; they are equal when not.
  bool learn = true;
  /// Pairs that are looked at, of either kind.
  std::uint64_t most_pairs = 40'000;
  /// Of the squared weights in the mean loss of a pair.
  double ridge = 1e-3;
  /// Log-odds that are added to the learned ones, in equal parts for all columns that have values.
  double prior = 0.2;
  std::uint64_t seed = 0;

  /// @throws InvalidParameter a weight that is negative or not finite, or given twice; no pairs; a negative ridge.
  void validate() const;

  friend bool operator==(const ColumnWeightsConfig&, const ColumnWeightsConfig&) = default;
};

/// What was found out about the columns.
struct ContentReport {
  struct ColumnLine {
    std::string name{};
    ColumnKind kind{};
    double weight = 0.0;  ///< its share in the similarity
    bool by_hand = false;
    double coverage = 0.0;  ///< share of the rows that have a value
    double lift = 1.0;      ///< how many times more alike pairs that are chosen together are than others
    double auc = 0.5;  ///< how often a pair that is chosen together is more alike than one that is not, by it alone
  };

  std::vector<ColumnLine> columns{};  ///< in the order of the table
  std::uint64_t pairs_together = 0;
  std::uint64_t pairs_apart = 0;
  bool learned = false;  ///< false: too few pairs, or not asked for
};

/// The report as a few lines of plain language, the heaviest column first.
[[nodiscard]] std::string to_text(const ContentReport& report);

struct ColumnWeights {
  std::vector<double> weights{};  ///< one for each column, at least 0; they add up to 1 unless all are 0
  ContentReport report{};
};

/// Logistic regression of "chosen together" on the similarities of the columns, with a ridge and without negative
/// weights. Together are the 8 items most similar to each by cosine, among those with two users in common (with one,
/// where few have two). Against each stands the same item with one that is as popular: the other half of another such
/// pair. The same result for any number of threads. Fewer than 50 pairs: all weights are equal.
/// @param rows encoded, one for each item of the interactions.
/// @throws InvalidParameter also for weights of columns that do not exist; Cancelled, DeadlineExceeded.
[[nodiscard]] ColumnWeights learn_column_weights(const ContentFeatures& features, std::span<const FeatureRow> rows,
                                                 const Interactions& interactions,
                                                 const ColumnWeightsConfig& config = {},
                                                 const RunOptions& options = {});

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/content/column_weights_inl.hpp>
#endif
