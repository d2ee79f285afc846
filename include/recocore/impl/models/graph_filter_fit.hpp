/// The sparse part of GraphFilter.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <recocore/core/index.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/core/ranking.hpp>
#include <recocore/core/raw_vector.hpp>
#include <recocore/data/sparse_rows.hpp>
#include <recocore/impl/core/slots.hpp>
#include <recocore/models/graph_filter.hpp>
#include <recocore/stats/neighbours.hpp>

namespace recocore::detail {

/// The sums of the weights of each row.
template <class Row, class Col>
[[nodiscard]] std::vector<double> weight_sums(const SparseRows<Row, Col>& rows) {
  std::vector<double> sums(rows.rows());
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    const auto values = rows.row_values(Row(row));
    double sum = rows.is_binary() ? static_cast<double>(rows.row_size(Row(row))) : 0.0;
    for (const float value : values) {
      sum += static_cast<double>(value);
    }
    sums[row] = sum;
  }
  return sums;
}

/// values[x]^exponent, 0 for what is 0.
[[nodiscard]] inline std::vector<double> powers(std::span<const double> values, double exponent) {
  std::vector<double> result(values.size(), 0.0);
  for (std::size_t x = 0; x < values.size(); ++x) {
    if (values[x] > 0.0) {
      result[x] = std::pow(values[x], exponent);
    }
  }
  return result;
}

/// Finite, however large the weights are.
[[nodiscard]] inline float to_score(double value) noexcept {
  constexpr double most = 1e30;
  return static_cast<float>(std::clamp(value, -most, most));
}

/// G of GraphFilter: see its configuration.
class GramRows {
 public:
  GramRows(const Interactions& interactions, const GraphFilterConfig& config)
      : by_user_(interactions.by_user()), by_item_(interactions.by_item()), config_(config) {
    const auto item_sums = weight_sums(by_item_);
    history_ = powers(item_sums, -config.history_exponent);
    candidate_ = powers(item_sums, -config.candidate_exponent);
    user_ = powers(weight_sums(by_user_), -config.user_exponent);
  }

  /// Row i has the j with their G_ij, j ascending.
  [[nodiscard]] Neighbours<ItemIx> make(const RunOptions& options) const {
    const std::size_t items = by_item_.rows();
    const std::size_t blocks = (items + grain - 1) / grain;
    std::vector<std::vector<ScoredItem>> entries(blocks);
    Neighbours<ItemIx> result;
    result.offsets.assign(items + 1, 0);
    Slots<Scratch> scratches(parallel_slots(options));
    parallel_for(items, grain, options, "item graph", [&](std::size_t begin, std::size_t end, unsigned slot) {
      auto& scratch = scratches.get(slot, [&] { return Scratch{std::vector<double>(items, 0.0), {}, {}}; });
      auto& block = entries[begin / grain];
      for (std::size_t item = begin; item < end; ++item) {
        const std::size_t before = block.size();
        append_row(ItemIx(item), scratch, block, options);
        result.offsets[item + 1] = block.size() - before;
      }
      block.shrink_to_fit();
    });
    for (std::size_t item = 0; item < items; ++item) {
      result.offsets[item + 1] += result.offsets[item];
    }
    result.entries.resize(result.offsets[items]);
    parallel_for(blocks, 1, options, "item graph", [&](std::size_t block, std::size_t /*end*/, unsigned /*slot*/) {
      std::copy(entries[block].begin(), entries[block].end(),
                result.entries.begin() + static_cast<std::ptrdiff_t>(result.offsets[block * grain]));
      std::vector<ScoredItem>().swap(entries[block]);  // "= {}" would keep the memory
    });
    // With a cut the rows are those of candidates.
    return config_.k == 0 ? std::move(result) : transpose(result, options);
  }

  /// A bound of the number of G_ij above 0.
  [[nodiscard]] static std::uint64_t most_entries(const Interactions& interactions, std::size_t k) {
    const auto& by_user = interactions.by_user();
    const auto& by_item = interactions.by_item();
    const std::uint64_t most = k == 0 ? by_item.rows() : std::min(k, by_item.rows());
    std::uint64_t entries = 0;
    for (std::size_t item = 0; item < by_item.rows(); ++item) {
      std::uint64_t reached = 0;
      for (const UserIx user : by_item.row(ItemIx(item))) {
        reached += by_user.row_size(user);
        if (reached >= most) {
          break;
        }
      }
      entries += std::min(reached, most);
    }
    return entries;
  }

  static constexpr std::size_t grain = 32;

 private:
  struct Scratch {
    std::vector<double> sums;
    std::vector<ItemIx> met;
    std::vector<ScoredItem> row;
  };

  void append_row(ItemIx item, Scratch& scratch, std::vector<ScoredItem>& to, const RunOptions& options) const {
    const auto users = by_item_.row(item);
    const auto weights = by_item_.row_values(item);
    for (std::size_t e = 0; e < users.size(); ++e) {
      if (e % 256 == 255 && should_stop(options)) {
        throw_if_stopped(options);
      }
      const double weight = user_[users[e].value] * (weights.empty() ? 1.0 : static_cast<double>(weights[e]));
      const auto others = by_user_.row(users[e]);
      const auto values = by_user_.row_values(users[e]);
      for (std::size_t o = 0; o < others.size(); ++o) {
        double& sum = scratch.sums[others[o].value];
        if (sum == 0.0) {
          scratch.met.push_back(others[o]);
        }
        sum += weight * (values.empty() ? 1.0 : static_cast<double>(values[o]));
      }
    }
    const bool cut = config_.k > 0;
    const double own = cut ? candidate_[item.value] : history_[item.value];
    const auto& scale = cut ? history_ : candidate_;
    scratch.row.clear();
    for (const ItemIx other : scratch.met) {
      const double sum = std::exchange(scratch.sums[other.value], 0.0);
      const double value = config_.power == 1.0 ? sum : std::pow(sum, config_.power);
      if (const float score = to_score(own * value * scale[other.value]); score > 0.0F) {
        scratch.row.push_back({other, score});
      }
    }
    scratch.met.clear();
    if (cut) {
      keep_best(scratch.row, config_.k);
    }
    std::sort(scratch.row.begin(), scratch.row.end(),
              [](const ScoredItem& a, const ScoredItem& b) { return a.index < b.index; });
    to.insert(to.end(), scratch.row.begin(), scratch.row.end());
  }

  const SparseRows<UserIx, ItemIx>& by_user_;
  const SparseRows<ItemIx, UserIx>& by_item_;
  const GraphFilterConfig& config_;
  std::vector<double> history_{};
  std::vector<double> candidate_{};
  std::vector<double> user_{};
};

}  // namespace recocore::detail
