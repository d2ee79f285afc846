#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <utility>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/impl/core/names.hpp>
#include <recocore/models/blend.hpp>

namespace recocore {

namespace detail {

inline constexpr std::array<std::string_view, 3> fusion_names{"score", "standard", "rank"};

/// The lists of the parts: a set for each Blend that is at work in another.
class BlendScratch {
 public:
  using Lists = std::vector<std::vector<ScoredItem>>;

  /// Lends a set until it goes out of scope.
  class Loan {
   public:
    explicit Loan(BlendScratch& from) : from_(from) {
      if (from_.lent_ == from_.sets_.size()) {
        from_.sets_.push_back(std::make_unique<Lists>());
      }
      lists_ = from_.sets_[from_.lent_++].get();
    }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    ~Loan() { --from_.lent_; }

    [[nodiscard]] Lists& lists() const noexcept { return *lists_; }

   private:
    BlendScratch& from_;
    Lists* lists_ = nullptr;
  };

 private:
  std::vector<std::unique_ptr<Lists>> sets_{};
  std::size_t lent_ = 0;
};

/// Weights that add up to 1.
[[nodiscard]] inline std::vector<double> to_shares(std::vector<double> weights) {
  double largest = 0.0;
  for (std::size_t p = 0; p < weights.size(); ++p) {
    if (!std::isfinite(weights[p]) || weights[p] < 0.0) {
      throw InvalidParameter("weights of a blend must be finite and at least 0; weight " + std::to_string(p) + " is " +
                             std::to_string(weights[p]));
    }
    largest = std::max(largest, weights[p]);
  }
  if (largest == 0.0) {
    throw InvalidParameter("one of the weights of a blend must be above 0; all " + std::to_string(weights.size()) +
                           " are 0");
  }
  double sum = 0.0;
  for (double& weight : weights) {
    weight /= largest;
    sum += weight;
  }
  for (double& weight : weights) {
    weight /= sum;
  }
  return weights;
}

}  // namespace detail

RECOCORE_INLINE std::span<const std::string_view> fusion_names() noexcept { return detail::fusion_names; }

RECOCORE_INLINE Fusion parse_fusion(std::string_view name) {
  return detail::parse_name<Fusion>("method of blending", name, detail::fusion_names);
}

RECOCORE_INLINE void BlendConfig::validate() const {
  if (depth < 1) {
    throw InvalidParameter("depth, the items each part of a blend ranks, must be at least 1; got 0");
  }
}

RECOCORE_INLINE void normalise(Fusion method, std::span<ScoredItem> list) {
  if (list.empty()) {
    return;
  }
  if (method == Fusion::rank) {
    constexpr double constant = 60.0;
    for (std::size_t place = 0; place < list.size(); ++place) {
      list[place].score = static_cast<float>(1.0 / (constant + static_cast<double>(place + 1)));
    }
    return;
  }
  const auto largest = static_cast<double>(list.front().score);
  if (method == Fusion::score) {
    for (auto& entry : list) {
      const auto score = static_cast<double>(entry.score);
      entry.score = score > 0.0 ? static_cast<float>(score / largest) : 0.0F;
    }
    return;
  }
  const auto smallest = static_cast<double>(list.back().score);
  const auto size = static_cast<double>(list.size());
  double sum = 0.0;
  for (const auto& entry : list) {
    sum += static_cast<double>(entry.score) - smallest;
  }
  const double mean = sum / size;
  double squares = 0.0;
  for (const auto& entry : list) {
    const double difference = static_cast<double>(entry.score) - smallest - mean;
    squares += difference * difference;
  }
  const double deviation = std::sqrt(squares / size);
  constexpr double step = 1.0 / 1024;
  for (auto& entry : list) {
    const double above = static_cast<double>(entry.score) - smallest;
    entry.score = deviation > 0.0 ? static_cast<float>(above / deviation + step) : 1.0F;
  }
}

RECOCORE_INLINE Blend::Blend(std::vector<AnyModel> parts, std::vector<double> weights, const BlendConfig& config)
    : config_(config) {
  config.validate();
  if (parts.empty()) {
    throw InvalidParameter("a blend needs at least one model; got none");
  }
  if (parts.size() != weights.size()) {
    throw InvalidParameter("a blend of " + std::to_string(parts.size()) + " models needs as many weights; got " +
                           std::to_string(weights.size()));
  }
  for (std::size_t p = 0; p < parts.size(); ++p) {
    if (!(parts[p].interactions() == parts.front().interactions())) {
      throw InvalidParameter("the models of a blend must be fitted on the same interactions; model " +
                             std::to_string(p) + " ('" + std::string(parts[p].name()) +
                             "') was fitted on others than model 0 ('" + std::string(parts.front().name()) + "')");
    }
    if (parts[p].catalogue() != nullptr) {
      throw InvalidParameter("model " + std::to_string(p) + " ('" + std::string(parts[p].name()) +
                             "') has a catalogue, which a blend cannot keep up with; a hybrid blends content with one "
                             "collaborative model");
    }
    if (const auto* inner = parts[p].get_if<Blend>()) {
      nested_ = std::max(nested_, inner->nested() + 1);
    }
  }
  if (nested_ > most_nested) {
    throw InvalidParameter("blends may be nested " + std::to_string(most_nested) +
                           " times; give the models of the inner ones to one blend");
  }
  shares_ = detail::to_shares(weights);
  weights_ = std::move(weights);
  parts_ = std::make_shared<const std::vector<AnyModel>>(std::move(parts));
}

RECOCORE_INLINE void Blend::rank(const History& history, std::size_t n, Scratch& scratch) const {
  const detail::BlendScratch::Loan loan(scratch.parts.get<detail::BlendScratch>());
  auto& lists = loan.lists();
  const auto& parts = *parts_;
  if (lists.size() < parts.size()) {
    lists.resize(parts.size());
  }
  const std::size_t items = interactions().items().size();
  const std::size_t depth = std::min(items, std::max(n, config_.depth));
  for (std::size_t p = 0; p < parts.size(); ++p) {
    lists[p].clear();
    if (shares_[p] > 0.0) {
      parts[p].rank(history, depth, scratch);
      lists[p].assign(scratch.ranked.begin(), scratch.ranked.end());
      normalise(config_.method, lists[p]);
    }
  }
  // The parts have used the same memory: only now it is ours.
  auto& sums = scratch.sums;
  sums.start(items);
  for (std::size_t p = 0; p < parts.size(); ++p) {
    sums.add(lists[p], static_cast<float>(shares_[p]));
  }
  sums.rank(n, scratch.mask, scratch.ranked);
}

}  // namespace recocore
