#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <set>
#include <string>
#include <utility>

#include <recocore/content/column_weights.hpp>
#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/core/random.hpp>
#include <recocore/impl/content/pair_regression.hpp>
#include <recocore/stats/similar_rows.hpp>

namespace recocore {

RECOCORE_INLINE void ColumnWeightsConfig::validate() const {
  std::set<std::string> seen;
  for (const auto& [name, weight] : by_hand) {
    if (!std::isfinite(weight) || weight < 0.0) {
      throw InvalidParameter("the weight of the column '" + name + "' must be at least 0 and finite, got " +
                             std::to_string(weight));
    }
    if (!seen.insert(name).second) {
      throw InvalidParameter("the column '" + name + "' has two weights by hand");
    }
  }
  if (most_pairs == 0) {
    throw InvalidParameter("most_pairs must be at least 1");
  }
  if (!std::isfinite(prior) || prior < 0.0) {
    throw InvalidParameter("prior must be at least 0 and finite, got " + std::to_string(prior));
  }
  if (!std::isfinite(ridge) || ridge < 0.0) {
    throw InvalidParameter("ridge must be at least 0 and finite, got " + std::to_string(ridge));
  }
}

namespace detail {

inline constexpr std::size_t least_pairs = 50;

using ItemPair = std::pair<ItemIx, ItemIx>;

[[nodiscard]] inline Neighbours<ItemIx> chosen_together(const Interactions& interactions, const RunOptions& options) {
  constexpr std::size_t nearest = 8;
  SimilarRowsConfig config{.k = nearest, .similarity = {.min_common = 2}};
  auto together = similar_rows(interactions.by_item(), interactions.by_user(), config, options);
  if (together.entries.size() < least_pairs) {
    config.similarity.min_common = 1;
    together = similar_rows(interactions.by_item(), interactions.by_user(), config, options);
  }
  return together;
}

/// At most `most` of the pairs, in random order.
[[nodiscard]] inline std::vector<ItemPair> pick_pairs(const Neighbours<ItemIx>& together, std::uint64_t most,
                                                      Random& random) {
  std::vector<ItemPair> pairs;
  pairs.reserve(together.entries.size());
  for (std::size_t row = 0; row < together.rows(); ++row) {
    for (const auto& entry : together.of(ItemIx(row))) {
      pairs.emplace_back(ItemIx(row), entry.index);
    }
  }
  const std::size_t kept = static_cast<std::size_t>(std::min<std::uint64_t>(most, pairs.size()));
  for (std::size_t p = 0; p < kept; ++p) {
    std::swap(pairs[p], pairs[p + random.below(pairs.size() - p)]);
  }
  pairs.resize(kept);
  return pairs;
}

/// For each pair its first item with the second one of another pair, unless they are chosen together as well.
[[nodiscard]] inline std::vector<ItemPair> pairs_apart(const std::vector<ItemPair>& pairs,
                                                       const Neighbours<ItemIx>& together, Random& random) {
  constexpr int tries = 8;
  std::vector<ItemPair> apart;
  for (const auto& [item, partner] : pairs) {
    for (int attempt = 0; attempt < tries; ++attempt) {
      const ItemIx other = pairs[random.below(pairs.size())].second;
      const auto row = together.of(item);
      if (other != item && std::none_of(row.begin(), row.end(), [&](const auto& e) { return e.index == other; })) {
        apart.emplace_back(item, other);
        break;
      }
    }
  }
  return apart;
}

[[nodiscard]] inline PairTable compare_pairs(const ContentFeatures& features, std::span<const FeatureRow> rows,
                                             const std::vector<ItemPair>& together, const std::vector<ItemPair>& apart,
                                             const RunOptions& options) {
  const std::size_t columns = features.columns().size();
  const std::size_t count = together.size() + apart.size();
  PairTable table{.columns = columns,
                  .similarities = std::vector<double>(count * columns),
                  .together = std::vector<std::uint8_t>(count, 0)};
  std::fill_n(table.together.begin(), together.size(), std::uint8_t{1});
  parallel_for(count, 512, options, "column weights", [&](std::size_t begin, std::size_t end, unsigned /*slot*/) {
    for (std::size_t pair = begin; pair < end; ++pair) {
      const auto [a, b] = pair < together.size() ? together[pair] : apart[pair - together.size()];
      for (std::size_t c = 0; c < columns; ++c) {
        table.similarities[pair * columns + c] = features.similarity(c, rows[a.value], rows[b.value]);
      }
    }
  });
  return table;
}

/// Scales what is not negative to add up to `total`; equal shares among `open` when all is 0.
inline void scale_to(std::vector<double>& weights, const std::vector<std::uint8_t>& taken, std::uint8_t which,
                     double total) {
  double sum = 0.0;
  std::size_t count = 0;
  for (std::size_t c = 0; c < weights.size(); ++c) {
    if (taken[c] == which) {
      sum += weights[c];
      ++count;
    }
  }
  for (std::size_t c = 0; c < weights.size(); ++c) {
    if (taken[c] == which) {
      weights[c] = sum > 0.0 ? weights[c] / sum * total : total / static_cast<double>(count);
    }
  }
}

/// Puts weights by hand in the place of learned ones.
inline void set_by_hand(const ColumnWeightsConfig& config, std::vector<double>& weights, ContentReport& report) {
  std::vector<std::uint8_t> taken(weights.size(), 0);
  double given = 0.0;
  for (const auto& [name, weight] : config.by_hand) {
    const auto line = std::find_if(report.columns.begin(), report.columns.end(),
                                   [&name = name](const auto& column) { return column.name == name; });
    if (line == report.columns.end()) {
      std::string known;
      for (const auto& column : report.columns) {
        known += (known.empty() ? "'" : ", '") + column.name + "'";
      }
      throw InvalidParameter("there is a weight for the column '" + name + "', which the table does not have; it has " +
                             (known.empty() ? "none" : known));
    }
    const auto c = static_cast<std::size_t>(line - report.columns.begin());
    taken[c] = 1;
    weights[c] = weight;
    line->by_hand = true;
    given += weight;
  }
  const bool all = std::find(taken.begin(), taken.end(), 0) == taken.end();
  if (given > 0.0 && (all || given > 1.0)) {
    scale_to(weights, taken, 1, 1.0);
    given = 1.0;
  }
  scale_to(weights, taken, 0, 1.0 - given);
}

[[nodiscard]] inline std::string rounded(double value, int digits) {
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return {text.data(), static_cast<std::size_t>(std::max(size, 0))};
}

}  // namespace detail

RECOCORE_INLINE ColumnWeights learn_column_weights(const ContentFeatures& features, std::span<const FeatureRow> rows,
                                                   const Interactions& interactions, const ColumnWeightsConfig& config,
                                                   const RunOptions& options) {
  config.validate();
  if (rows.size() != interactions.items().size()) {
    throw InvalidParameter("there must be one row for each of the " + std::to_string(interactions.items().size()) +
                           " items, got " + std::to_string(rows.size()));
  }
  const auto columns = features.columns();
  ColumnWeights result;
  // Equal, but for columns without a value.
  for (const auto& column : columns) {
    result.weights.push_back(column.coverage > 0.0 ? 1.0 : 0.0);
    result.report.columns.push_back({.name = column.name, .kind = column.kind, .coverage = column.coverage});
  }
  if (config.learn && !columns.empty() && interactions.size() > 0) {
    Random random(config.seed);
    const auto neighbours = detail::chosen_together(interactions, options);
    const auto together = detail::pick_pairs(neighbours, config.most_pairs, random);
    const auto apart = detail::pairs_apart(together, neighbours, random);
    if (std::min(together.size(), apart.size()) >= detail::least_pairs) {
      const auto pairs = detail::compare_pairs(features, rows, together, apart, options);
      throw_if_stopped(options);
      auto learned = detail::PairRegression(pairs, config.ridge).solve();
      for (std::size_t c = 0; c < columns.size(); ++c) {
        result.report.columns[c].lift = detail::lift_of(pairs, c);
        result.report.columns[c].auc = detail::auc_of(pairs, c);
      }
      result.report.pairs_together = together.size();
      result.report.pairs_apart = apart.size();
      // Where the data say little, columns stay nearly equal.
      const double known = std::accumulate(result.weights.begin(), result.weights.end(), 0.0);
      for (std::size_t c = 0; known > 0.0 && c < columns.size(); ++c) {
        result.weights[c] = learned[c] + config.prior * result.weights[c] / known;
      }
      result.report.learned = true;
    }
  }
  detail::set_by_hand(config, result.weights, result.report);
  for (std::size_t c = 0; c < columns.size(); ++c) {
    result.report.columns[c].weight = result.weights[c];
  }
  return result;
}

RECOCORE_INLINE std::string to_text(const ContentReport& report) {
  if (report.columns.empty()) {
    return "the table has no columns";
  }
  std::vector<const ContentReport::ColumnLine*> lines;
  lines.reserve(report.columns.size());
  for (const auto& line : report.columns) {
    lines.push_back(&line);
  }
  std::stable_sort(lines.begin(), lines.end(), [](const auto* a, const auto* b) { return a->weight > b->weight; });
  std::string text;
  const auto& best = *lines.front();
  if (report.learned) {
    text += best.name + (best.by_hand ? " counts most" : " explains most") + ": pairs chosen together are " +
            detail::rounded(best.lift, 1) + " times as alike in it as others are (" +
            std::to_string(report.pairs_together) + " pairs against " + std::to_string(report.pairs_apart) + ")";
  } else {
    text += "weights were not learned: there were too few pairs chosen together, or it was not asked for";
  }
  for (const auto* line : lines) {
    text += "\n  " + line->name + " (" + std::string(to_string(line->kind)) + "): weight " +
            detail::rounded(line->weight, 3) + (line->by_hand ? " by hand" : "");
    if (report.pairs_together > 0) {
      text += ", lift " + detail::rounded(line->lift, 2) + ", AUC alone " + detail::rounded(line->auc, 3);
    }
    text += ", known of " + detail::rounded(line->coverage * 100.0, 0) + " %";
  }
  return text;
}

}  // namespace recocore
