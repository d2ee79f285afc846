/// Logistic regression with weights of at least 0.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace recocore::detail {

/// Pairs by columns, row by row.
struct PairTable {
  std::size_t columns = 0;
  std::vector<double> similarities{};
  std::vector<std::uint8_t> together{};

  [[nodiscard]] std::size_t size() const noexcept { return together.size(); }
  [[nodiscard]] std::span<const double> of(std::size_t pair) const noexcept {
    return std::span(similarities).subspan(pair * columns, columns);
  }
};

/// Minimises mean log(1 + exp(-+(b + w s))) + ridge / 2 |w|^2 over b and w >= 0: Newton's steps, each the solution of
/// its quadratic problem by coordinate descent, halved until the loss falls. Sums in the order of the pairs.
class PairRegression {
 public:
  PairRegression(const PairTable& pairs, double ridge) : pairs_(pairs), ridge_(ridge), size_(pairs.columns + 1) {}

  /// The weights w.
  [[nodiscard]] std::vector<double> solve() const {
    constexpr int most_steps = 50;
    std::vector<double> now(size_, 0.0);
    double loss = loss_of(now);
    for (int step = 0; step < most_steps; ++step) {
      const auto target = solve_quadratic(now);
      double length = 1.0;
      std::vector<double> next = target;
      double next_loss = loss_of(next);
      for (int halving = 0; halving < 20 && next_loss > loss; ++halving) {
        length /= 2.0;
        for (std::size_t c = 0; c < size_; ++c) {
          next[c] = now[c] + length * (target[c] - now[c]);
        }
        next_loss = loss_of(next);
      }
      if (next_loss > loss) {
        break;
      }
      const bool done = loss - next_loss < 1e-12;
      now = next;
      loss = next_loss;
      if (done) {
        break;
      }
    }
    now.pop_back();
    return now;
  }

 private:
  /// The last coefficient is b.
  [[nodiscard]] double value(std::span<const double> coefficients, std::size_t pair) const {
    const auto s = pairs_.of(pair);
    double sum = coefficients[size_ - 1];
    for (std::size_t c = 0; c + 1 < size_; ++c) {
      sum += coefficients[c] * s[c];
    }
    return sum;
  }

  [[nodiscard]] double loss_of(std::span<const double> coefficients) const {
    double sum = 0.0;
    for (std::size_t pair = 0; pair < pairs_.size(); ++pair) {
      const double x = pairs_.together[pair] != 0 ? -value(coefficients, pair) : value(coefficients, pair);
      sum += x > 0.0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
    }
    double squares = 0.0;
    for (std::size_t c = 0; c + 1 < size_; ++c) {
      squares += coefficients[c] * coefficients[c];
    }
    return sum / static_cast<double>(pairs_.size()) + ridge_ / 2.0 * squares;
  }

  [[nodiscard]] std::vector<double> solve_quadratic(const std::vector<double>& now) const {
    const auto pairs = static_cast<double>(pairs_.size());
    std::vector<double> gradient(size_, 0.0);
    std::vector<double> hessian(size_ * size_, 0.0);
    std::vector<double> s(size_, 1.0);
    for (std::size_t pair = 0; pair < pairs_.size(); ++pair) {
      const auto similarities = pairs_.of(pair);
      std::copy(similarities.begin(), similarities.end(), s.begin());
      const double p = 1.0 / (1.0 + std::exp(-value(now, pair)));
      const double error = (p - (pairs_.together[pair] != 0 ? 1.0 : 0.0)) / pairs;
      const double curvature = std::max(p * (1.0 - p), 1e-6) / pairs;
      for (std::size_t a = 0; a < size_; ++a) {
        gradient[a] += error * s[a];
        for (std::size_t b = 0; b <= a; ++b) {
          hessian[a * size_ + b] += curvature * s[a] * s[b];
        }
      }
    }
    for (std::size_t a = 0; a < size_; ++a) {
      if (a + 1 < size_) {
        gradient[a] += ridge_ * now[a];
        hessian[a * size_ + a] += ridge_;
      }
      for (std::size_t b = 0; b < a; ++b) {
        hessian[b * size_ + a] = hessian[a * size_ + b];
      }
    }
    return descend(now, std::move(gradient), hessian);
  }

  [[nodiscard]] std::vector<double> descend(std::vector<double> x, std::vector<double> gradient,
                                            const std::vector<double>& hessian) const {
    constexpr int sweeps = 1000;
    for (int sweep = 0; sweep < sweeps; ++sweep) {
      double largest = 0.0;
      for (std::size_t c = 0; c < size_; ++c) {
        const double curvature = hessian[c * size_ + c];
        if (curvature <= 0.0) {
          continue;
        }
        const double wanted = x[c] - gradient[c] / curvature;
        const double change = (c + 1 < size_ ? std::max(0.0, wanted) : wanted) - x[c];
        x[c] += change;
        for (std::size_t d = 0; d < size_; ++d) {
          gradient[d] += change * hessian[c * size_ + d];
        }
        largest = std::max(largest, std::abs(change));
      }
      if (largest < 1e-10) {
        break;
      }
    }
    return x;
  }

  const PairTable& pairs_;
  double ridge_;
  std::size_t size_;
};

/// How often a similarity of a pair together is larger than that of one apart; ties count half.
[[nodiscard]] inline double auc_of(const PairTable& pairs, std::size_t column) {
  std::vector<std::pair<double, std::uint8_t>> sorted;
  sorted.reserve(pairs.size());
  for (std::size_t pair = 0; pair < pairs.size(); ++pair) {
    sorted.emplace_back(pairs.of(pair)[column], pairs.together[pair]);
  }
  std::sort(sorted.begin(), sorted.end());
  double wins = 0.0;
  double apart_below = 0.0;
  double together = 0.0;
  for (std::size_t begin = 0; begin < sorted.size();) {
    std::size_t end = begin;
    double here = 0.0;
    while (end < sorted.size() && sorted[end].first == sorted[begin].first) {
      here += sorted[end].second != 0 ? 1.0 : 0.0;
      ++end;
    }
    const double apart = static_cast<double>(end - begin) - here;
    wins += here * (apart_below + apart / 2.0);
    apart_below += apart;
    together += here;
    begin = end;
  }
  return together > 0.0 && apart_below > 0.0 ? wins / (together * apart_below) : 0.5;
}

/// The ratio of the mean similarities, each with one pair of similarity 1 more.
[[nodiscard]] inline double lift_of(const PairTable& pairs, std::size_t column) {
  std::array<double, 2> sums{1.0, 1.0};
  std::array<double, 2> counts{1.0, 1.0};
  for (std::size_t pair = 0; pair < pairs.size(); ++pair) {
    const std::size_t kind = pairs.together[pair] != 0 ? 1 : 0;
    sums[kind] += pairs.of(pair)[column];
    counts[kind] += 1.0;
  }
  return (sums[1] / counts[1]) / (sums[0] / counts[0]);
}

}  // namespace recocore::detail
