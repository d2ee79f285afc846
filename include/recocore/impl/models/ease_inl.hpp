#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include <recocore/core/best_of.hpp>
#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/impl/core/text.hpp>
#include <recocore/impl/linalg/dense_kernels.hpp>
#include <recocore/impl/models/ease_parts.hpp>
#include <recocore/linalg/spd.hpp>
#include <recocore/models/ease.hpp>

namespace recocore {

namespace detail {

/// The lower triangle of G, in double for each row and then rounded.
inline void sum_gram(const Interactions& interactions, const EaseParts& parts, const RunOptions& options,
                     float* matrix) {
  const auto& by_user = interactions.by_user();
  const auto& by_item = interactions.by_item();
  const std::size_t items = by_item.rows();
  std::vector<std::vector<double>> sums(parallel_slots(options));
  constexpr std::size_t grain = 4;
  parallel_for(items, grain, options, "gram", [&](std::size_t begin, std::size_t end, unsigned slot) {
    auto& row = sums[slot];
    row.resize(items);
    for (std::size_t i = begin; i < end && !should_stop(options); ++i) {
      std::fill_n(row.begin(), i + 1, 0.0);
      const auto users = by_item.row(ItemIx(i));
      const auto values = by_item.row_values(ItemIx(i));
      for (std::size_t entry = 0; entry < users.size(); ++entry) {
        const double value = values.empty() ? 1.0 : static_cast<double>(values[entry]);
        const double weight = parts.of_user(users[entry]) * value;
        const auto others = by_user.row(users[entry]);
        const auto other_values = by_user.row_values(users[entry]);
        for (std::size_t other = 0; other < others.size() && others[other].value <= i; ++other) {
          row[others[other].value] += other_values.empty() ? weight : weight * static_cast<double>(other_values[other]);
        }
      }
      std::transform(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(i + 1), matrix + i * items,
                     [](double sum) { return static_cast<float>(sum); });
    }
  });
}

/// B from P, in place.
inline void inverse_to_weights(const EaseParts& parts, const std::vector<double>& penalties, const RunOptions& options,
                               float* matrix) {
  const std::size_t items = penalties.size();
  std::vector<double> multipliers(items);
  for (std::size_t j = 0; j < items; ++j) {
    const auto inverse = static_cast<double>(matrix[j * items + j]);
    multipliers[j] = parts.multiplier(inverse, penalties[j]);
  }
  constexpr std::size_t grain = 16;
  parallel_for(items, grain, options, "weights", [&](std::size_t begin, std::size_t end, unsigned /*slot*/) {
    for (std::size_t i = begin; i < end; ++i) {
      float* const row = matrix + i * items;
      // As multiplier() has it, rounding apart: what the diagonal is allowed, or less where the ridge leaves less.
      const double own = std::max(0.0, 1.0 - multipliers[i] * static_cast<double>(row[i]));
      for (std::size_t j = 0; j < items; ++j) {
        row[j] = static_cast<float>(-static_cast<double>(row[j]) * multipliers[j] * parts.scale(ItemIx(j)));
      }
      row[i] = own > 1e-12 ? static_cast<float>(own * parts.scale(ItemIx(i))) : 0.0F;
    }
  });
}

/// For each row of a dense matrix of items its largest entries above 0, apart from the diagonal.
[[nodiscard]] inline Neighbours<ItemIx> best_of_rows(const RawVector<float>& weights, std::size_t items, std::size_t k,
                                                     const RunOptions& options) {
  const std::size_t most = std::min(k, items);
  Neighbours<ItemIx> best;
  best.offsets.assign(items + 1, 0);
  best.entries.resize(items * most);
  std::vector<BestOf<ItemIx>> selections(parallel_slots(options));
  constexpr std::size_t grain = 16;
  parallel_for(items, grain, options, "similar items", [&](std::size_t begin, std::size_t end, unsigned slot) {
    auto& selection = selections[slot];
    for (std::size_t i = begin; i < end; ++i) {
      const float* const row = weights.data() + i * items;
      selection.start(most, items);
      for (std::size_t j = 0; j < items; ++j) {
        if (row[j] > 0.0F && row[j] >= selection.bar() && j != i) {
          selection.offer(ItemIx(j), row[j]);
        }
      }
      selection.finish();
      best.offsets[i + 1] = selection.size();
      for (std::size_t place = 0; place < selection.size(); ++place) {
        best.entries[i * most + place] = selection[place];
      }
    }
  });
  // Closed up.
  for (std::size_t i = 0; i < items; ++i) {
    const auto size = best.offsets[i + 1];
    std::copy_n(best.entries.data() + i * most, size, best.entries.data() + best.offsets[i]);
    best.offsets[i + 1] += best.offsets[i];
  }
  best.entries.resize(static_cast<std::size_t>(best.offsets.back()));
  return best;
}

}  // namespace detail

RECOCORE_INLINE Ease::Ease(Interactions interactions, const EaseConfig& config, Weights weights,
                           const RunOptions& options)
    : config_(config),
      interactions_(std::move(interactions)),
      weights_(std::move(weights)),
      similar_(std::make_shared<const Neighbours<ItemIx>>(
          detail::best_of_rows(*weights_, interactions_.items().size(), most_similar, options))),
      popular_items_(interactions_) {}

RECOCORE_INLINE std::uint64_t Ease::estimate_fit_memory(const Interactions& interactions, const EaseConfig& config,
                                                        const RunOptions& options) {
  config.validate();
  const std::uint64_t items = interactions.items().size();
  constexpr std::uint64_t most_items = std::uint64_t{1} << 30U;
  if (items > most_items) {
    return std::numeric_limits<std::uint64_t>::max();
  }
  const std::uint64_t slots = parallel_slots(options);
  const std::uint64_t lists = items * std::min<std::uint64_t>(items, most_similar) * sizeof(ScoredItem);
  const std::uint64_t selection = slots * 4 * (most_similar + BestOf<ItemIx>::most_at_once) * sizeof(std::uint64_t);
  // Beside the matrix: while G is summed up, while it is inverted, and while its best entries are listed.
  const std::uint64_t parts = detail::EaseParts::memory(interactions.users().size(), items) + items * sizeof(double);
  const std::uint64_t summing = parts + slots * items * sizeof(double);
  const std::uint64_t inverting = parts + estimate_inverse_memory(items, options);
  const std::uint64_t listing = lists + selection + 3 * items * sizeof(ScoredItem);
  return items * items * sizeof(float) + std::max({summing, inverting, listing});
}

RECOCORE_INLINE Ease Ease::fit(Interactions interactions, const EaseConfig& config, const RunOptions& options) {
  constexpr std::string_view advice = "SparseEase needs less";
  const std::uint64_t bytes = estimate_fit_memory(interactions, config, options);
  require_memory(bytes, options, "fitting Ease", advice);
  const std::size_t items = interactions.items().size();
  try {
    auto weights = std::make_shared<RawVector<float>>();
    weights->resize(items * items);
    float* const matrix = weights->data();
    {
      const detail::EaseParts parts(interactions, config);
      detail::sum_gram(interactions, parts, options, matrix);
      std::vector<double> penalties(items);
      for (std::size_t i = 0; i < items; ++i) {
        float& entry = matrix[i * items + i];
        penalties[i] = parts.penalty(ItemIx(i), static_cast<double>(entry));
        entry = static_cast<float>(static_cast<double>(entry) + penalties[i]);
      }
      invert_positive_definite(*weights, items, options);
      detail::inverse_to_weights(parts, penalties, options, matrix);
    }
    return {std::move(interactions), config, std::move(weights), options};
  } catch (const NotPositiveDefinite& error) {
    detail::refuse_singular("Ease", error);
  } catch (const std::bad_alloc&) {
    throw MemoryLimitExceeded("fitting Ease needs about " + detail::byte_text(bytes) +
                              " of memory beside its input, more than there is; " + std::string(advice));
  } catch (const std::length_error&) {
    throw MemoryLimitExceeded("fitting Ease needs about " + detail::byte_text(bytes) +
                              " of memory beside its input, more than there is; " + std::string(advice));
  }
}

RECOCORE_INLINE Ease Ease::from_parts(Interactions interactions, const EaseConfig& config, RawVector<float> weights) {
  config.validate();
  const std::size_t items = interactions.items().size();
  const bool finite = std::all_of(weights.begin(), weights.end(), [](float weight) { return std::isfinite(weight); });
  if (items > 0xFFFF'FFFF || weights.size() != items * items || !finite) {
    throw InvalidData("these are not the weights of a catalogue of " + std::to_string(items) + " items");
  }
  return {
      std::move(interactions), config, std::make_shared<const RawVector<float>>(std::move(weights)), {.threads = 1}};
}

RECOCORE_INLINE void Ease::rank(const History& history, std::size_t n, Scratch& scratch) const {
  const auto& kernels = detail::dense_kernels();
  const std::size_t items = interactions_.items().size();
  const auto scores = scratch.dense.start(items);
  // As many scores at a time as a first-level cache holds: each is then written to memory once.
  constexpr std::size_t block = 4096;
  for (std::size_t begin = 0; begin < items; begin += block) {
    const std::size_t size = std::min(block, items - begin);
    for (std::size_t entry = 0; entry < history.items.size(); ++entry) {
      const float* const row = weights_->data() + history.items[entry].value * items;
      kernels.add_scaled(scores.data() + begin, row + begin, history.weight(entry), size);
    }
  }
  scratch.dense.rank(n, scratch.mask, scratch.ranked);
}

}  // namespace recocore
