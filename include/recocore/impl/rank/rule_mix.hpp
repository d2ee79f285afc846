/// How far a list is from the user's own mix of values.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <recocore/impl/rank/rule_values.hpp>

namespace recocore::detail {

/// One term of KL(p | (1 - alpha) q + alpha p).
[[nodiscard]] inline double divergence_term(double p, double q, double alpha) {
  return p > 0.0 ? p * std::log(p / ((1.0 - alpha) * q + alpha * p)) : 0.0;
}

/// The divergence of a list that grows (Steck 2018). Every item counts 1, split evenly among its values; those without
/// a value do not count.
class RuleMix {
 public:
  /// Takes up a history. @param weight_of(entry), at least 0
  template <class WeightOf>
  void start(const RuleCodes& history, const WeightOf& weight_of, double alpha) {
    alpha_ = alpha;
    shares_.clear();
    placed_ = 0.0;
    double total = 0.0;
    for (std::size_t entry = 0; entry + 1 < history.offsets.size(); ++entry) {
      const auto codes = history.of(entry);
      const double weight = std::max(0.0, weight_of(entry));
      for (const auto code : codes) {
        shares_.push_back({code, weight / static_cast<double>(codes.size()), 0.0, 0.0});
      }
      total += codes.empty() ? 0.0 : weight;
    }
    std::sort(shares_.begin(), shares_.end(), [](const Share& a, const Share& b) { return a.code < b.code; });
    std::size_t kept = 0;
    for (const Share& share : shares_) {
      if (kept > 0 && shares_[kept - 1].code == share.code) {
        shares_[kept - 1].wanted += share.wanted;
      } else {
        shares_[kept++] = share;
      }
    }
    shares_.resize(kept);
    for (auto& share : shares_) {
      share.wanted = total > 0.0 ? share.wanted / total : 0.0;
    }
    if (!(total > 0.0)) {
      shares_.clear();
    }
  }

  /// Whether there is something to be close to.
  [[nodiscard]] bool active() const noexcept { return !shares_.empty(); }

  /// Begins a place: what does not depend on the candidate.
  void begin_place() {
    unchanged_ = 0.0;
    others_ = 0.0;
    for (auto& share : shares_) {
      unchanged_ += divergence_term(share.wanted, placed_ > 0.0 ? share.placed / placed_ : 0.0, alpha_);
      share.term = divergence_term(share.wanted, share.placed / (placed_ + 1.0), alpha_);
      others_ += share.term;
    }
  }

  /// The divergence with a candidate of these values. O(values log values of the history).
  [[nodiscard]] double with(std::span<const std::uint64_t> codes) const {
    if (codes.empty()) {
      return unchanged_;
    }
    double result = others_;
    const double part = 1.0 / static_cast<double>(codes.size());
    for (const auto code : codes) {
      if (const auto* share = find(code)) {
        result += divergence_term(share->wanted, (share->placed + part) / (placed_ + 1.0), alpha_) - share->term;
      }
    }
    return result;
  }

  void place(std::span<const std::uint64_t> codes) {
    if (codes.empty()) {
      return;
    }
    placed_ += 1.0;
    for (const auto code : codes) {
      if (const auto* share = find(code)) {
        shares_[static_cast<std::size_t>(share - shares_.data())].placed += 1.0 / static_cast<double>(codes.size());
      }
    }
  }

  void restart() {
    placed_ = 0.0;
    for (auto& share : shares_) {
      share.placed = 0.0;
    }
  }

 private:
  struct Share {
    std::uint64_t code = 0;
    double wanted = 0.0;
    double placed = 0.0;
    double term = 0.0;
  };

  [[nodiscard]] const Share* find(std::uint64_t code) const {
    const auto found = std::lower_bound(shares_.begin(), shares_.end(), code,
                                        [](const Share& share, std::uint64_t wanted) { return share.code < wanted; });
    return found != shares_.end() && found->code == code ? &*found : nullptr;
  }

  double alpha_ = 0.01;
  double placed_ = 0.0;
  double unchanged_ = 0.0;
  double others_ = 0.0;
  std::vector<Share> shares_{};
};

}  // namespace recocore::detail
