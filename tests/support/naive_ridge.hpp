/// The regressions of Ease, dense and in double, from the formulas alone.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <recocore/data/interactions.hpp>
#include <recocore/models/ease_config.hpp>

namespace recocore::test {

using DenseMatrix = std::vector<std::vector<double>>;

inline DenseMatrix to_dense(const Interactions& interactions) {
  DenseMatrix dense(interactions.users().size(), std::vector<double>(interactions.items().size(), 0.0));
  for (std::size_t u = 0; u < dense.size(); ++u) {
    const auto items = interactions.by_user().row(UserIx(u));
    const auto values = interactions.by_user().row_values(UserIx(u));
    for (std::size_t entry = 0; entry < items.size(); ++entry) {
      dense[u][items[entry].value] = values.empty() ? 1.0 : static_cast<double>(values[entry]);
    }
  }
  return dense;
}

/// By Gauss and Jordan, with pivoting.
inline DenseMatrix inverse_of(DenseMatrix left) {
  const std::size_t n = left.size();
  DenseMatrix right(n, std::vector<double>(n, 0.0));
  for (std::size_t i = 0; i < n; ++i) {
    right[i][i] = 1.0;
  }
  for (std::size_t step = 0; step < n; ++step) {
    std::size_t pivot = step;
    for (std::size_t row = step; row < n; ++row) {
      pivot = std::abs(left[row][step]) > std::abs(left[pivot][step]) ? row : pivot;
    }
    std::swap(left[step], left[pivot]);
    std::swap(right[step], right[pivot]);
    const double scale = 1.0 / left[step][step];
    for (std::size_t row = 0; row < n; ++row) {
      if (row == step) {
        continue;
      }
      const double factor = left[row][step] * scale;
      for (std::size_t column = 0; column < n; ++column) {
        left[row][column] -= factor * left[step][column];
        right[row][column] -= factor * right[step][column];
      }
    }
    for (std::size_t column = 0; column < n; ++column) {
      left[step][column] *= scale;
      right[step][column] *= scale;
    }
  }
  return right;
}

/// G, L and the scales of candidates.
struct NaiveRidge {
  DenseMatrix gram{};
  std::vector<double> penalties{};
  std::vector<double> scales{};
  double diagonal = 0.0;

  NaiveRidge(const Interactions& interactions, const EaseConfig& config) : diagonal(config.diagonal) {
    const auto dense = to_dense(interactions);
    const std::size_t users = dense.size();
    const std::size_t items = interactions.items().size();
    std::vector<double> of_user(users, 0.0);
    std::vector<double> of_item(items, 0.0);
    double all = 0.0;
    for (std::size_t u = 0; u < users; ++u) {
      for (std::size_t i = 0; i < items; ++i) {
        const double has = dense[u][i] != 0.0 ? 1.0 : 0.0;
        of_user[u] += has;
        of_item[i] += has;
        all += has;
      }
    }
    // The trace of the weighted Gram matrix of ones, which the scale keeps.
    double trace = 0.0;
    for (const double size : of_user) {
      trace += size > 0.0 ? size / std::pow(size, config.user_exponent) : 0.0;
    }
    gram.assign(items, std::vector<double>(items, 0.0));
    for (std::size_t u = 0; u < users; ++u) {
      const double weight = of_user[u] > 0.0 ? all / trace / std::pow(of_user[u], config.user_exponent) : 0.0;
      for (std::size_t i = 0; i < items; ++i) {
        for (std::size_t j = 0; j < items; ++j) {
          gram[i][j] += weight * dense[u][i] * dense[u][j];
        }
      }
    }
    const double mean = std::max(1.0, all / static_cast<double>(items));
    for (std::size_t i = 0; i < items; ++i) {
      const double relative = std::max(1.0, of_item[i]) / mean;
      penalties.push_back(config.l2 * std::pow(relative, config.count_exponent) +
                          config.dropout / (1.0 - config.dropout) * gram[i][i]);
      scales.push_back(1.0 / std::pow(relative, config.candidate_exponent));
    }
  }

  /// Column j of B where only the items of `support`, which includes j, may have weights; parallel to `support`.
  [[nodiscard]] std::vector<double> column(std::size_t j, const std::vector<std::size_t>& support) const {
    DenseMatrix regularised(support.size(), std::vector<double>(support.size(), 0.0));
    std::size_t own = 0;
    for (std::size_t a = 0; a < support.size(); ++a) {
      own = support[a] == j ? a : own;
      for (std::size_t b = 0; b < support.size(); ++b) {
        regularised[a][b] = gram[support[a]][support[b]] + (a == b ? penalties[support[a]] : 0.0);
      }
    }
    const auto inverse = inverse_of(std::move(regularised));
    // Moon et al. 2023: the ridge's own diagonal where it is small enough, else the most that is allowed.
    const double multiplier =
        1.0 - penalties[j] * inverse[own][own] <= diagonal ? penalties[j] : (1.0 - diagonal) / inverse[own][own];
    std::vector<double> weights;
    for (std::size_t a = 0; a < support.size(); ++a) {
      weights.push_back(((a == own ? 1.0 : 0.0) - inverse[a][own] * multiplier) * scales[j]);
    }
    return weights;
  }
};

/// Settings that use every parameter, alone and together.
inline std::vector<EaseConfig> ease_settings() {
  return {{.l2 = 5.0},
          {.l2 = 50.0, .user_exponent = 0.5},
          {.l2 = 5.0, .count_exponent = 0.7},
          {.l2 = 5.0, .candidate_exponent = 0.4},
          {.l2 = 1.0, .dropout = 0.3},
          {.l2 = 5.0, .diagonal = 0.1},
          {.l2 = 5.0, .diagonal = 1.0},
          {.l2 = 2.0,
           .user_exponent = 1.0,
           .count_exponent = 0.5,
           .candidate_exponent = -0.3,
           .dropout = 0.2,
           .diagonal = 0.2}};
}

}  // namespace recocore::test
