#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/core/raw_vector.hpp>
#include <recocore/impl/models/user_overlaps.hpp>
#include <recocore/impl/rank/popular_items_memory.hpp>
#include <recocore/impl/stats/kernel_setup.hpp>
#include <recocore/impl/stats/pair_value.hpp>
#include <recocore/impl/stats/weigher.hpp>
#include <recocore/models/user_knn.hpp>

namespace recocore {

RECOCORE_INLINE void UserKnnConfig::validate() const {
  similar.validate();
  if (!(amplification >= 0.0 && amplification <= 10.0)) {
    throw InvalidParameter("amplification must be from 0 to 10; got " + std::to_string(amplification));
  }
}

namespace detail {

/// Whether the weighted values of users are more than a factor of the user times one of the item.
[[nodiscard]] inline bool keeps_weighted_values(const SparseRows<ItemIx, UserIx>& by_item,
                                                const SimilarRowsConfig& config) noexcept {
  return !by_item.is_binary() && config.weighting.weighting != Weighting::none;
}

}  // namespace detail

struct UserKnn::Users {
  detail::Weigher weigher;
  /// Weighted, parallel to the entries by item; empty where `keeps_weighted_values` is false.
  RawVector<float> weighted{};
  /// What a formula needs of v in sim(h, v).
  RawVector<double> term{};
};

RECOCORE_INLINE UserKnn::UserKnn(Interactions interactions, const UserKnnConfig& config,
                                 std::shared_ptr<const Users> users)
    : config_(config),
      interactions_(std::move(interactions)),
      users_(std::move(users)),
      popular_items_(interactions_) {}

RECOCORE_INLINE UserKnn UserKnn::fit(Interactions interactions, const UserKnnConfig& config,
                                     const RunOptions& options) {
  require_memory(estimate_fit_memory(interactions, config, options), options, "fitting UserKnn", "");
  const auto& by_user = interactions.by_user();
  const auto& by_item = interactions.by_item();
  auto users = std::make_shared<Users>(Users{.weigher = {by_user, by_item, config.similar.weighting}});
  constexpr std::size_t grain = 256;
  if (detail::keeps_weighted_values(by_item, config.similar)) {
    users->weighted.resize(by_item.entries());
    parallel_for(by_item.rows(), grain, options, "weights", [&](std::size_t begin, std::size_t end, unsigned /*slot*/) {
      for (std::size_t i = begin; i < end; ++i) {
        for (auto e = by_item.offsets[i]; e < by_item.offsets[i + 1]; ++e) {
          users->weighted[e] =
              static_cast<float>(users->weigher(by_item.indices[e].value, i, static_cast<double>(by_item.values[e])));
        }
      }
    });
  }
  users->term.resize(by_user.rows());
  parallel_for(by_user.rows(), grain, options, "norms", [&](std::size_t begin, std::size_t end, unsigned /*slot*/) {
    for (std::size_t v = begin; v < end; ++v) {
      RowSummary summary{.users = static_cast<double>(by_user.row_size(UserIx(v)))};
      for (auto e = by_user.offsets[v]; e < by_user.offsets[v + 1]; ++e) {
        double value = users->weigher(v, by_user.indices[e].value, detail::value_at(by_user.values, e));
        value = users->weighted.empty() ? value : static_cast<double>(static_cast<float>(value));
        summary.squared_norm += value * value;
      }
      users->term[v] = detail::target_term(config.similar.similarity, summary);
    }
  });
  return {std::move(interactions), config, std::move(users)};
}

RECOCORE_INLINE std::uint64_t UserKnn::estimate_fit_memory(const Interactions& interactions,
                                                           const UserKnnConfig& config, const RunOptions& /*options*/) {
  config.validate();
  const auto& by_item = interactions.by_item();
  detail::check_similar_rows(by_item, config.similar);
  const std::uint64_t users = interactions.users().size();
  const std::uint64_t items = interactions.items().size();
  const Weighting weighting = config.similar.weighting.weighting;
  return sizeof(Users) + users * sizeof(double) * (weighting == Weighting::bm25 ? 2 : 1) +
         items * (detail::popular_item_bytes + (weighting == Weighting::none ? 0 : sizeof(double))) +
         (detail::keeps_weighted_values(by_item, config.similar) ? by_item.entries() * sizeof(float) : 0);
}

RECOCORE_INLINE std::span<const ScoredUser> UserKnn::similar_users(const History& history, Scratch& scratch) const {
  const auto& by_item = interactions_.by_item();
  const auto& config = config_.similar;
  const bool weighted = config.weighting.weighting != Weighting::none;
  auto& overlaps = scratch.parts.get<detail::UserOverlaps>();
  overlaps.start(by_item.columns);

  const auto given = [&](std::size_t entry) {
    const auto weight = static_cast<double>(history.weight(entry));
    return weighted ? std::max(0.0, weight) : weight;
  };
  const std::size_t size = history.items.size();
  double length = 0.0;
  for (std::size_t entry = 0; entry < size; ++entry) {
    length += given(entry);
  }
  const std::span<const float> values =
      users_->weighted.empty() ? std::span<const float>(by_item.values) : std::span<const float>(users_->weighted);
  const bool reads = reads_values(config.similarity.similarity);
  const bool dot_is_count = !reads || (values.empty() && !weighted && history.weights.empty());
  RowSummary source{.users = static_cast<double>(size)};
  for (std::size_t entry = 0; entry < size; ++entry) {
    const ItemIx item = history.items[entry];
    const double value = users_->weigher.in_new_row(length, item.value, given(entry));
    source.squared_norm += value * value;
    if (dot_is_count) {
      overlaps.count(by_item.row(item));
    } else if (values.empty()) {
      overlaps.add(by_item.row(item), value * users_->weigher.column_factor(item.value));
    } else {
      overlaps.add(by_item.row(item), values.subspan(by_item.offsets[item.value], by_item.row_size(item)), value);
    }
  }

  const double source_term = detail::source_term(config.similarity, source);
  const auto all = static_cast<double>(by_item.rows());
  return detail::with_similarity(config.similarity.similarity, [&](auto similarity) {
    return overlaps.finish(config.k, config.similarity.min_common,
                           [&](UserIx user, double dot, std::uint32_t common_items) {
                             if (history.user == user) {
                               return 0.0;
                             }
                             const auto common = static_cast<double>(common_items);
                             if (dot_is_count) {
                               dot = common;
                             } else if (values.empty()) {
                               dot *= users_->weigher.row_factor(user.value);
                             }
                             return detail::pair_value<similarity()>(config.similarity, all, source_term,
                                                                     users_->term[user.value], dot, common);
                           });
  });
}

RECOCORE_INLINE void UserKnn::rank(const History& history, std::size_t n, Scratch& scratch) const {
  const auto& by_user = interactions_.by_user();
  const auto neighbours = similar_users(history, scratch);
  const auto sums = scratch.parts.get<detail::UserOverlaps>().item_sums(by_user.columns);
  constexpr double largest = std::numeric_limits<float>::max();
  for (const auto& neighbour : neighbours) {
    const auto similarity = static_cast<double>(neighbour.score);
    const double weight =
        config_.amplification == 1.0 ? similarity : std::min(std::pow(similarity, config_.amplification), largest);
    const auto items = by_user.row(neighbour.index);
    const auto values = by_user.row_values(neighbour.index);
    for (std::size_t entry = 0; entry < items.size(); ++entry) {
      sums[items[entry].value] += values.empty() ? weight : weight * static_cast<double>(values[entry]);
    }
  }
  const auto scores = scratch.dense.start(sums.size());
  for (std::size_t item = 0; item < sums.size(); ++item) {
    scores[item] = static_cast<float>(std::clamp(sums[item], -largest, largest));
    sums[item] = 0.0;
  }
  scratch.dense.rank(n, scratch.mask, scratch.ranked);
}

}  // namespace recocore
