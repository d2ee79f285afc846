#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/core/raw_vector.hpp>
#include <recocore/impl/core/names.hpp>
#include <recocore/impl/core/slots.hpp>
#include <recocore/impl/models/walk_sums.hpp>
#include <recocore/impl/rank/popular_items_memory.hpp>
#include <recocore/impl/stats/find_similar_rows.hpp>
#include <recocore/models/rp3beta.hpp>

namespace recocore {

namespace detail {

inline constexpr std::array<std::string_view, 2> kept_links_names{"candidate", "history"};

inline void check_walk(const Interactions& interactions, const Rp3betaConfig& config) {
  config.validate();
  const auto& values = interactions.by_user().values;
  const auto negative = std::find_if(values.begin(), values.end(), [](float value) { return value < 0.0F; });
  if (negative != values.end()) {
    throw InvalidData("random walks need weights from 0 up, but there is a weight of " + std::to_string(*negative) +
                      "; drop such events");
  }
}

/// The sum of the weights of each row.
template <class Row, class Col>
[[nodiscard]] std::vector<double> row_sums(const SparseRows<Row, Col>& rows) {
  std::vector<double> sums(rows.rows());
  for (std::size_t row = 0; row < sums.size(); ++row) {
    sums[row] = rows.is_binary() ? static_cast<double>(rows.row_size(Row(row))) : 0.0;
    for (const float value : rows.row_values(Row(row))) {
      sums[row] += static_cast<double>(value);
    }
  }
  return sums;
}

/// How walks from an item begin, for each item, and where its kept links go.
struct WalkPlaces {
  RawVector<std::uint64_t> terms{};   ///< of the sums of each item
  RawVector<std::uint64_t> places{};  ///< items + 1
};

[[nodiscard]] inline WalkPlaces walk_places(const Interactions& interactions, std::size_t k) {
  const auto& by_user = interactions.by_user();
  const auto& by_item = interactions.by_item();
  const std::size_t items = by_item.rows();
  const std::uint64_t most = std::min<std::uint64_t>(k, std::max<std::size_t>(items, 1) - 1);
  WalkPlaces result{.terms = RawVector<std::uint64_t>(items), .places = RawVector<std::uint64_t>(items + 1)};
  result.places[0] = 0;
  for (std::size_t i = 0; i < items; ++i) {
    std::uint64_t terms = 0;
    for (const UserIx user : by_item.row(ItemIx(i))) {
      terms += by_user.row_size(user);
    }
    result.terms[i] = terms;
    result.places[i + 1] = result.places[i] + std::min(most, terms - by_item.row_size(ItemIx(i)));
  }
  return result;
}

/// Sorts rows, the largest first, scaled to sums of 1 if asked for.
inline void finish_rows(Neighbours<ItemIx>& rows, bool normalise, const RunOptions& options) {
  constexpr std::size_t grain = 64;
  parallel_for(rows.rows(), grain, options, "sorting", [&](std::size_t begin, std::size_t end, unsigned /*slot*/) {
    for (std::size_t i = begin; i < end; ++i) {
      const auto row = std::span(rows.entries).subspan(rows.offsets[i], rows.offsets[i + 1] - rows.offsets[i]);
      double sum = 0.0;
      for (const auto& entry : row) {
        sum += static_cast<double>(entry.score);
      }
      for (auto& entry : row) {
        const double share = normalise ? static_cast<double>(entry.score) / sum : static_cast<double>(entry.score);
        entry.score = static_cast<float>(share);
      }
      // Also where it was sorted: scores may have become equal.
      std::sort(row.begin(), row.end(), ranks_before<ItemIx>);
    }
  });
}

}  // namespace detail

RECOCORE_INLINE std::span<const std::string_view> kept_links_names() noexcept { return detail::kept_links_names; }

RECOCORE_INLINE KeptLinks parse_kept_links(std::string_view name) {
  return detail::parse_name<KeptLinks>("keep", name, detail::kept_links_names);
}

RECOCORE_INLINE void Rp3betaConfig::validate() const {
  if (k < 1) {
    throw InvalidParameter("k, the number of links to keep, must be at least 1; got 0");
  }
  if (!(alpha >= 0.0 && alpha <= 4.0)) {
    throw InvalidParameter("alpha must be from 0 to 4; got " + std::to_string(alpha));
  }
  if (!(beta >= 0.0 && beta <= 4.0)) {
    throw InvalidParameter("beta must be from 0 to 4; got " + std::to_string(beta));
  }
}

RECOCORE_INLINE Rp3beta::Rp3beta(Interactions interactions, const Rp3betaConfig& config, ItemWeights weights)
    : config_(config),
      interactions_(std::move(interactions)),
      weights_(std::move(weights)),
      popular_items_(interactions_) {}

RECOCORE_INLINE Rp3beta Rp3beta::fit(Interactions interactions, const Rp3betaConfig& config,
                                     const RunOptions& options) {
  require_memory(estimate_fit_memory(interactions, config, options), options, "fitting Rp3beta");
  const auto& by_user = interactions.by_user();
  const auto& by_item = interactions.by_item();
  const std::size_t items = by_item.rows();
  const bool of_candidate = config.keep == KeptLinks::candidate;
  const auto power = [&config](double share) { return std::pow(share, config.alpha); };

  // Walks begin at the item whose links are kept: at the candidate they are walked backwards. Without values both steps
  // depend on the user and the item alone, which are taken out of the sums.
  const bool binary = by_item.is_binary();
  const auto user_sums = detail::row_sums(by_user);
  const auto item_sums = detail::row_sums(by_item);
  std::vector<double> user_step(binary ? by_user.rows() : 0);
  std::transform(user_sums.begin(), user_sums.begin() + static_cast<std::ptrdiff_t>(user_step.size()),
                 user_step.begin(), [&](double sum) { return sum > 0.0 ? power(1.0 / sum) : 0.0; });
  std::vector<double> start_factor(items);
  std::vector<double> end_factor(items);
  for (std::size_t i = 0; i < items; ++i) {
    const double step = binary && item_sums[i] > 0.0 ? power(1.0 / item_sums[i]) : 1.0;
    const double damping =
        std::pow(static_cast<double>(std::max<std::size_t>(1, by_item.row_size(ItemIx(i)))), -config.beta);
    start_factor[i] = of_candidate ? damping : step;
    end_factor[i] = of_candidate ? step : damping;
  }
  RawVector<float> second_step(by_user.values.size());
  constexpr std::size_t step_grain = 256;
  parallel_for(binary ? 0 : by_user.rows(), step_grain, options, "steps",
               [&](std::size_t begin, std::size_t end, unsigned /*slot*/) {
                 for (std::size_t u = begin; u < end; ++u) {
                   for (auto e = by_user.offsets[u]; e < by_user.offsets[u + 1]; ++e) {
                     const double sum = of_candidate ? item_sums[by_user.indices[e].value] : user_sums[u];
                     second_step[e] = static_cast<float>(power(static_cast<double>(by_user.values[e]) / sum));
                   }
                 }
               });

  const auto walks = detail::walk_places(interactions, config.k);
  Neighbours<ItemIx> kept;
  kept.entries.resize(walks.places.back());
  RawVector<std::uint32_t> sizes(items);
  detail::Slots<detail::WalkSums> scratch(parallel_slots(options));
  constexpr std::size_t grain = 16;
  parallel_for(items, grain, options, "walks", [&](std::size_t begin, std::size_t end, unsigned slot) {
    auto& sums = scratch.get(slot, [&] { return detail::WalkSums(items); });
    for (std::size_t i = begin; i < end && !should_stop(options); ++i) {
      sums.add(by_item, by_user, ItemIx(i), walks.terms[i], second_step, [&](std::size_t e) {
        const std::size_t user = by_item.indices[e].value;
        if (binary) {
          return user_step[user];
        }
        return power(static_cast<double>(by_item.values[e]) / (of_candidate ? user_sums[user] : item_sums[i]));
      });
      const auto& best = sums.finish(config.k, end_factor, start_factor[i]);
      for (std::size_t place = 0; place < best.size(); ++place) {
        kept.entries[walks.places[i] + place] = best[place];
      }
      sizes[i] = static_cast<std::uint32_t>(best.size());
    }
  });
  throw_if_stopped(options);
  detail::close_gaps(kept, walks.places, sizes);
  auto rows = of_candidate ? transpose(kept, options) : std::move(kept);
  if (of_candidate || config.normalise) {
    detail::finish_rows(rows, config.normalise, options);
  }
  return {std::move(interactions), config, ItemWeights::from_rows(std::move(rows), items)};
}

RECOCORE_INLINE std::uint64_t Rp3beta::estimate_fit_memory(const Interactions& interactions,
                                                           const Rp3betaConfig& config, const RunOptions& options) {
  detail::check_walk(interactions, config);
  const std::uint64_t users = interactions.users().size();
  const std::uint64_t items = interactions.items().size();
  const std::uint64_t entries = detail::walk_places(interactions, config.k).places.back();
  const bool binary = interactions.by_user().is_binary();
  // Sums, steps, factors, places and sizes.
  const std::uint64_t tables = users * sizeof(double) * (binary ? 2 : 1) +
                               items * (5 * sizeof(double) + sizeof(std::uint32_t)) + sizeof(std::uint64_t) +
                               interactions.by_user().values.size() * sizeof(float);
  const std::uint64_t kept = entries * sizeof(ScoredItem) + (items + 1) * sizeof(std::uint64_t);
  const std::uint64_t walking =
      parallel_slots(options) * detail::WalkSums::bytes(items, std::min<std::uint64_t>(config.k, items));
  const std::uint64_t checking = items * sizeof(std::uint64_t);
  const std::uint64_t turning =
      config.keep == KeptLinks::candidate ? ItemWeights::estimate_memory(entries, items, options) + checking : checking;
  return kept + tables + walking + std::max(turning, items * detail::popular_item_bytes);
}

RECOCORE_INLINE Rp3beta Rp3beta::from_parts(Interactions interactions, const Rp3betaConfig& config,
                                            Neighbours<ItemIx> rows) {
  config.validate();
  auto weights = ItemWeights::from_rows(std::move(rows), interactions.items().size());
  return {std::move(interactions), config, std::move(weights)};
}

}  // namespace recocore
