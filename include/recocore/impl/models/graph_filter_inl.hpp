#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/impl/linalg/panel_kernels.hpp>
#include <recocore/impl/models/graph_filter_fit.hpp>
#include <recocore/models/graph_filter.hpp>

namespace recocore {

namespace detail {

/// What GraphFilter needs of the scratch.
struct GraphFilterScratch {
  std::vector<double> position{};
  std::vector<float> direction{};
  std::vector<float> smooth{};
  std::vector<double> term{};
  std::vector<double> total{};
  std::vector<double> by_users{};
};

inline void check_exponent(std::string_view parameter, double value, double least, double most) {
  if (!(value >= least && value <= most)) {
    throw InvalidParameter(std::string(parameter) + " must be from " + std::to_string(least) + " to " +
                           std::to_string(most) + "; got " + std::to_string(value));
  }
}

inline void check_graph_weights(const Interactions& interactions) {
  const auto& values = interactions.by_user().values;
  const auto negative = std::find_if(values.begin(), values.end(), [](float value) { return value < 0.0F; });
  if (negative != values.end()) {
    const auto& offsets = interactions.by_user().offsets;
    const auto entry = static_cast<std::uint64_t>(negative - values.begin());
    const auto user = std::upper_bound(offsets.begin(), offsets.end(), entry) - offsets.begin() - 1;
    throw InvalidData("GraphFilter needs weights from 0 up, but user " + std::to_string(user) +
                      " (by position) has the negative weight " + std::to_string(*negative));
  }
}

/// The matrix that the low-pass part decomposes.
[[nodiscard]] inline TruncatedSvd smooth_factors(const Interactions& interactions, const GraphFilterConfig& config,
                                                 const RunOptions& options) {
  const std::size_t dimensions = config.dimensions_for(interactions);
  if (dimensions == 0 || config.low_pass_weight == 0.0) {
    TruncatedSvd none;
    none.columns = interactions.items().size();
    return none;
  }
  const auto user_scale = powers(weight_sums(interactions.by_user()), -0.5);
  const auto item_scale = powers(weight_sums(interactions.by_item()), -0.5);
  return truncated_svd(interactions.by_user(), interactions.by_item(), user_scale, item_scale,
                       {.dimensions = dimensions, .seed = config.seed}, options);
}

}  // namespace detail

RECOCORE_INLINE std::size_t GraphFilterConfig::dimensions_for(const Interactions& interactions) const noexcept {
  constexpr std::size_t most = 448;
  constexpr std::size_t share = 16;
  return dimensions.value_or(
      std::min({most, interactions.users().size() / share, interactions.items().size() / share}));
}

RECOCORE_INLINE void GraphFilterConfig::validate() const {
  detail::check_exponent("history_exponent", history_exponent, -2.0, 2.0);
  detail::check_exponent("user_exponent", user_exponent, -2.0, 2.0);
  detail::check_exponent("candidate_exponent", candidate_exponent, -2.0, 2.0);
  detail::check_exponent("power", power, 0.01, 4.0);
  detail::check_exponent("low_pass_weight", low_pass_weight, 0.0, 1e9);
  detail::check_exponent("low_pass_history_exponent", low_pass_history_exponent, -2.0, 2.0);
  detail::check_exponent("low_pass_candidate_exponent", low_pass_candidate_exponent, -2.0, 2.0);
  detail::check_exponent("low_pass_damping", low_pass_damping, -1e6, 1e6);
  detail::check_exponent("sharpening", sharpening, -100.0, 100.0);
  if (sharpening_order < 1 || sharpening_order > 16) {
    throw InvalidParameter("sharpening_order must be from 1 to 16; got " + std::to_string(sharpening_order));
  }
}

RECOCORE_INLINE GraphFilter::GraphFilter(Interactions interactions, const GraphFilterConfig& config,
                                         Neighbours<ItemIx> weights, TruncatedSvd factors)
    : config_(config), interactions_(std::move(interactions)), popular_items_(interactions_) {
  auto parts = std::make_shared<Parts>();
  parts->weights = std::move(weights);
  const std::size_t items = interactions_.items().size();
  const std::size_t dimensions = factors.dimensions();
  std::vector<double> item_sums(items);
  for (std::size_t item = 0; item < items; ++item) {
    item_sums[item] = interactions_.item_weight(ItemIx(item));
  }
  parts->stride = detail::round_up(dimensions, detail::dot_step);
  if (parts->stride == dimensions) {
    parts->vectors = std::move(factors.right);
  } else {
    parts->vectors.assign(items * parts->stride, 0.0F);
    for (std::size_t item = 0; item < items; ++item) {
      std::copy_n(factors.right.begin() + static_cast<std::ptrdiff_t>(item * dimensions), dimensions,
                  parts->vectors.begin() + static_cast<std::ptrdiff_t>(item * parts->stride));
    }
  }
  for (const float value : factors.singular_values) {
    const double share = static_cast<double>(value) / static_cast<double>(factors.singular_values.front());
    parts->gains.push_back(config.low_pass_weight * (1.0 - config.low_pass_damping * share * share));
  }
  parts->singular_values = std::move(factors.singular_values);
  if (dimensions > 0) {
    parts->low_pass_history_scale = detail::powers(item_sums, -config.low_pass_history_exponent);
    const auto scale = detail::powers(item_sums, config.low_pass_candidate_exponent);
    parts->low_pass_candidate_scale.resize(items);
    std::transform(scale.begin(), scale.end(), parts->low_pass_candidate_scale.begin(), detail::to_score);
  }
  if (config.sharpening != 0.0) {
    parts->history_scale = detail::powers(item_sums, -config.history_exponent);
    parts->candidate_scale = detail::powers(item_sums, -config.candidate_exponent);
    parts->user_scale = detail::powers(detail::weight_sums(interactions_.by_user()), -config.user_exponent);
  }
  parts_ = std::move(parts);
}

RECOCORE_INLINE GraphFilter GraphFilter::fit(Interactions interactions, const GraphFilterConfig& config,
                                             const RunOptions& options) {
  config.validate();
  detail::check_graph_weights(interactions);
  if (options.memory_limit > 0) {
    require_memory(estimate_fit_memory(interactions, config, options), options, "fitting GraphFilter",
                   "a smaller k, fewer dimensions or fewer threads need less");
  }
  auto factors = detail::smooth_factors(interactions, config, options);
  auto weights = detail::GramRows(interactions, config).make(options);
  auto taken = config;
  taken.dimensions = config.dimensions_for(interactions);
  return {std::move(interactions), taken, std::move(weights), std::move(factors)};
}

RECOCORE_INLINE std::uint64_t GraphFilter::estimate_fit_memory(const Interactions& interactions,
                                                               const GraphFilterConfig& config,
                                                               const RunOptions& options) {
  config.validate();
  detail::check_graph_weights(interactions);
  const std::uint64_t items = interactions.items().size();
  const std::uint64_t users = interactions.users().size();
  const std::size_t dimensions = config.dimensions_for(interactions);
  const bool has_factors = dimensions > 0 && config.low_pass_weight > 0.0;
  const std::uint64_t factors = has_factors ? items * std::min<std::uint64_t>(dimensions, items) : 0;
  const std::uint64_t decomposing = has_factors ? estimate_truncated_svd_memory(users, items, dimensions, options) : 0;
  const std::uint64_t rows = detail::GramRows::most_entries(interactions, config.k) * sizeof(ScoredItem);
  const std::uint64_t scratch = parallel_slots(options) * items * (sizeof(double) + 2 * sizeof(ScoredItem));
  return std::max(decomposing, factors * sizeof(float) + std::max(2 * rows + scratch, rows + factors * sizeof(float))) +
         (users + 6 * items) * sizeof(double);
}

RECOCORE_INLINE GraphFilter GraphFilter::from_parts(Interactions interactions, const GraphFilterConfig& config,
                                                    Neighbours<ItemIx> weights, TruncatedSvd factors) {
  config.validate();
  detail::check_graph_weights(interactions);
  const std::size_t items = interactions.items().size();
  const auto& offsets = weights.offsets;
  bool good = offsets.size() == items + 1 && offsets.front() == 0 && offsets.back() == weights.entries.size() &&
              std::is_sorted(offsets.begin(), offsets.end());
  for (std::size_t item = 0; good && item < items; ++item) {
    const auto row = weights.of(ItemIx(item));
    good = std::all_of(row.begin(), row.end(),
                       [items](const ScoredItem& entry) {
                         return entry.index.value < items && entry.score > 0.0F && std::isfinite(entry.score);
                       }) &&
           std::adjacent_find(row.begin(), row.end(),
                              [](const ScoredItem& a, const ScoredItem& b) { return a.index >= b.index; }) == row.end();
  }
  const auto& values = factors.singular_values;
  good = good && factors.columns == items &&
         factors.dimensions() <= std::min(items, config.dimensions_for(interactions)) &&
         factors.right.size() == items * factors.dimensions() &&
         std::all_of(values.begin(), values.end(), [](float v) { return v > 0.0F && std::isfinite(v); }) &&
         std::is_sorted(values.rbegin(), values.rend()) &&
         std::all_of(factors.right.begin(), factors.right.end(), [](float v) { return std::abs(v) <= 2.0F; });
  if (!good) {
    throw InvalidData("these are not the parts of a GraphFilter of " + std::to_string(items) + " items");
  }
  return {std::move(interactions), config, std::move(weights), std::move(factors)};
}

RECOCORE_INLINE TruncatedSvd GraphFilter::factors() const {
  TruncatedSvd factors;
  factors.columns = interactions_.items().size();
  factors.singular_values = parts_->singular_values;
  factors.right.reserve(factors.columns * factors.dimensions());
  for (std::size_t item = 0; item < factors.columns; ++item) {
    const auto* const row = parts_->vectors.data() + item * parts_->stride;
    factors.right.insert(factors.right.end(), row, row + factors.dimensions());
  }
  return factors;
}

RECOCORE_INLINE void GraphFilter::add_low_pass(const History& history, std::span<float> scores,
                                               Scratch& scratch) const {
  auto& mine = scratch.parts.get<detail::GraphFilterScratch>();
  const std::size_t dimensions = parts_->gains.size();
  mine.position.assign(dimensions, 0.0);
  for (std::size_t entry = 0; entry < history.items.size(); ++entry) {
    const std::size_t item = history.items[entry].value;
    const double weight = static_cast<double>(history.weight(entry)) * parts_->low_pass_history_scale[item];
    const float* const vector = parts_->vectors.data() + item * parts_->stride;
    for (std::size_t d = 0; d < dimensions; ++d) {
      mine.position[d] += weight * static_cast<double>(vector[d]);
    }
  }
  mine.direction.assign(parts_->stride, 0.0F);
  for (std::size_t d = 0; d < dimensions; ++d) {
    mine.direction[d] = detail::to_score(mine.position[d] * parts_->gains[d]);
  }
  mine.smooth.assign(scores.size(), 0.0F);
  detail::add_dot_products(parts_->vectors.data(), scores.size(), parts_->stride, mine.direction.data(),
                           mine.smooth.data());
  for (std::size_t item = 0; item < scores.size(); ++item) {
    scores[item] += parts_->low_pass_candidate_scale[item] * mine.smooth[item];
  }
}

RECOCORE_INLINE void GraphFilter::sharpen(std::span<float> scores, Scratch& scratch) const {
  auto& mine = scratch.parts.get<detail::GraphFilterScratch>();
  const auto& by_user = interactions_.by_user();
  const auto& by_item = interactions_.by_item();
  // The sums over one row of a matrix of `values`, where the entries of the row lead.
  const auto gather = [](auto columns, std::span<const float> weights, const std::vector<double>& values) {
    double sum = 0.0;
    for (std::size_t e = 0; e < columns.size(); ++e) {
      sum += (weights.empty() ? 1.0 : static_cast<double>(weights[e])) * values[columns[e].value];
    }
    return sum;
  };
  mine.total.assign(scores.begin(), scores.end());
  mine.term = mine.total;
  mine.by_users.resize(by_user.rows());
  for (std::uint32_t order = 1; order <= config_.sharpening_order; ++order) {
    for (std::size_t item = 0; item < scores.size(); ++item) {
      mine.term[item] *= parts_->history_scale[item];
    }
    for (std::size_t user = 0; user < by_user.rows(); ++user) {
      const UserIx u(user);
      mine.by_users[user] = parts_->user_scale[user] * gather(by_user.row(u), by_user.row_values(u), mine.term);
    }
    const double factor = -config_.sharpening / order;
    for (std::size_t item = 0; item < scores.size(); ++item) {
      const ItemIx i(item);
      mine.term[item] =
          factor * parts_->candidate_scale[item] * gather(by_item.row(i), by_item.row_values(i), mine.by_users);
      mine.total[item] += mine.term[item];
    }
  }
  std::transform(mine.total.begin(), mine.total.end(), scores.begin(), detail::to_score);
}

RECOCORE_INLINE void GraphFilter::rank(const History& history, std::size_t n, Scratch& scratch) const {
  const auto scores = scratch.dense.start(interactions_.items().size());
  for (std::size_t entry = 0; entry < history.items.size(); ++entry) {
    const float weight = history.weight(entry);
    for (const auto& [item, value] : parts_->weights.of(history.items[entry])) {
      scores[item.value] += weight * value;
    }
  }
  if (!parts_->gains.empty() && !history.items.empty()) {
    add_low_pass(history, scores, scratch);
  }
  if (config_.sharpening != 0.0 && !history.items.empty()) {
    sharpen(scores, scratch);
  }
  scratch.dense.rank(n, scratch.mask, scratch.ranked);
}

}  // namespace recocore
