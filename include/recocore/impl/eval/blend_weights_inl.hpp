#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <recocore/core/best_of.hpp>
#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/core/random.hpp>
#include <recocore/eval/blend_weights.hpp>
#include <recocore/eval/metrics.hpp>
#include <recocore/impl/eval/translated_rows.hpp>
#include <recocore/rank/recommend.hpp>

namespace recocore {

namespace detail {

inline constexpr std::uint64_t most_blend_list_bytes = std::uint64_t{1} << 27U;

/// The largest memory of the candidates of a user.
[[nodiscard]] inline std::uint64_t blend_case_bytes(std::size_t parts, std::size_t items,
                                                    const BlendWeightsConfig& config) {
  const std::uint64_t candidates = std::min(items, parts * std::min(items, std::max(config.n, config.blend.depth)));
  return candidates * (parts * sizeof(float) + 1) + 128;
}

/// What the parts said of the candidates of a user: by candidate, ascending, one normalised score a part.
struct BlendCase {
  std::vector<float> scores{};
  std::vector<std::uint8_t> relevant{};
  std::size_t total_relevant = 0;
};

struct BlendSlot {
  Scratch scratch{};
  std::vector<ItemIx> history{};
  std::vector<float> weights{};
  std::vector<ItemIx> sequence{};
  std::vector<std::size_t> places{};
  /// A candidate, the part that names it and the score it gets there.
  struct Vote {
    ItemIx item{};
    std::uint32_t part = 0;
    float score = 0.0F;
  };
  std::vector<Vote> votes{};
  BestOf<ItemIx> best{};
  std::vector<std::uint8_t> hits{};
};

class BlendCases {
 public:
  BlendCases(std::span<const AnyModel> parts, const Interactions& test, const BlendWeightsConfig& config,
             const RunOptions& options)
      : parts_(parts),
        test_(test),
        config_(config),
        options_(options),
        items_(parts.front().items().size()),
        item_in_model_(translate(test.items(), parts.front().items(), "item")),
        train_(parts.front().interactions(), test, parts.front().items()),
        slots_(parallel_slots(options)) {
    const auto users = draw_users();
    cases_.resize(users.size());
    constexpr std::size_t grain = 16;
    parallel_for(users.size(), grain, options, "lists to blend",
                 [&](std::size_t begin, std::size_t end, unsigned slot) {
                   for (std::size_t c = begin; c < end; ++c) {
                     cases_[c] = make_case(users[c], slots_[slot]);
                   }
                 });
    options_.progress = {};
  }

  [[nodiscard]] std::size_t size() const noexcept { return cases_.size(); }

  /// The mean NDCG of the lists with these weights.
  [[nodiscard]] double measure(std::span<const double> weights) {
    values_.resize(cases_.size());
    constexpr std::size_t grain = 64;
    parallel_for(cases_.size(), grain, options_, "weights of the blend",
                 [&](std::size_t begin, std::size_t end, unsigned slot) {
                   for (std::size_t c = begin; c < end; ++c) {
                     values_[c] = measure_case(cases_[c], weights, slots_[slot]);
                   }
                 });
    double sum = 0.0;
    for (const double value : values_) {
      sum += value;
    }
    return cases_.empty() ? 0.0 : sum / static_cast<double>(cases_.size());
  }

 private:
  [[nodiscard]] bool can_be_found(UserIx user, ItemIx item) const noexcept {
    return !(config_.exclude_seen && train_.has(user, item));
  }

  /// The users to learn from, ascending: those whom the parts know and who have something to find.
  [[nodiscard]] std::vector<UserIx> draw_users() const {
    std::vector<UserIx> users;
    for (std::size_t u = 0; u < test_.users().size(); ++u) {
      const UserIx user(u);
      const auto row = test_.by_user().row(user);
      if (train_.has(user) &&
          std::any_of(row.begin(), row.end(), [&](ItemIx item) { return can_be_found(user, item); })) {
        users.push_back(user);
      }
    }
    const std::size_t affordable = most_blend_list_bytes / blend_case_bytes(parts_.size(), items_, config_);
    const std::size_t most = std::max<std::size_t>(1, std::min(config_.most_users, affordable));
    if (users.size() > most) {
      Random random(config_.seed);
      for (std::size_t place = 0; place < most; ++place) {
        std::swap(users[place], users[place + random.below(users.size() - place)]);
      }
      users.resize(most);
      std::sort(users.begin(), users.end());
    }
    return users;
  }

  [[nodiscard]] BlendCase make_case(UserIx user, BlendSlot& slot) const {
    slot.history.clear();
    slot.weights.clear();
    train_.read(user, slot.history, slot.weights);
    train_.read_sequence(user, slot.places, slot.sequence);
    const History history{
        .items = slot.history, .weights = slot.weights, .sequence = slot.sequence, .user = train_.user(user)};
    const std::size_t depth = std::min(items_, std::max(config_.n, config_.blend.depth));
    auto& votes = slot.votes;
    votes.clear();
    auto& mask = slot.scratch.mask;
    mask.allow_all(items_);
    if (config_.exclude_seen) {
      mask.forbid(history.items);
    }
    for (std::size_t part = 0; part < parts_.size(); ++part) {
      parts_[part].rank(history, depth, slot.scratch);
      normalise(config_.blend.method, slot.scratch.ranked);
      for (const auto& entry : slot.scratch.ranked) {
        votes.push_back({entry.index, static_cast<std::uint32_t>(part), entry.score});
      }
    }
    std::sort(votes.begin(), votes.end(),
              [](const auto& a, const auto& b) { return a.item != b.item ? a.item < b.item : a.part < b.part; });

    mask.allow_all(items_);  // from here on: what is not relevant
    BlendCase made;
    for (const ItemIx item : test_.by_user().row(user)) {
      if (can_be_found(user, item)) {
        ++made.total_relevant;
        if (const auto position = item_in_model_[item.value]; position != no_position) {
          mask.forbid(ItemIx(position));
        }
      }
    }
    std::optional<ItemIx> last;
    for (const auto& vote : votes) {
      if (last != vote.item) {
        made.relevant.push_back(mask.allows(vote.item) ? 0 : 1);
        made.scores.resize(made.relevant.size() * parts_.size(), 0.0F);
        last = vote.item;
      }
      made.scores[(made.relevant.size() - 1) * parts_.size() + vote.part] = vote.score;
    }
    made.scores.shrink_to_fit();
    made.relevant.shrink_to_fit();
    return made;
  }

  /// The same sums in the same order as `Blend::rank`. Candidates ascend by id, so that ties fall the same way.
  [[nodiscard]] double measure_case(const BlendCase& made, std::span<const double> weights, BlendSlot& slot) const {
    const std::size_t candidates = made.relevant.size();
    slot.best.start(config_.n, candidates);
    const float* scores = made.scores.data();
    for (std::size_t candidate = 0; candidate < candidates; ++candidate, scores += weights.size()) {
      double sum = 0.0;
      for (std::size_t part = 0; part < weights.size(); ++part) {
        sum += static_cast<double>(static_cast<float>(weights[part])) * static_cast<double>(scores[part]);
      }
      slot.best.offer(ItemIx(candidate), static_cast<float>(sum));
    }
    slot.best.finish();
    slot.hits.clear();
    for (std::size_t place = 0; place < slot.best.size(); ++place) {
      slot.hits.push_back(made.relevant[slot.best[place].index.value]);
    }
    return ndcg({.hits = slot.hits, .relevant = made.total_relevant}, config_.n);
  }

  std::span<const AnyModel> parts_;
  const Interactions& test_;
  BlendWeightsConfig config_;
  RunOptions options_;
  std::size_t items_;
  std::vector<std::uint32_t> item_in_model_;
  TranslatedRows train_;
  std::vector<BlendSlot> slots_;
  std::vector<BlendCase> cases_{};
  std::vector<double> values_{};
};

/// The weights after a step of a share towards one part (or, below 0, away from it); they still add up to 1.
[[nodiscard]] inline std::vector<double> moved(std::vector<double> weights, std::size_t part, double share) {
  if (share > 0.0) {
    for (double& weight : weights) {
      weight *= 1.0 - share;
    }
    weights[part] += share;
    return weights;
  }
  weights[part] = std::max(0.0, weights[part] + share);
  double sum = 0.0;
  for (const double weight : weights) {
    sum += weight;
  }
  for (double& weight : weights) {
    weight /= sum > 0.0 ? sum : 1.0;
  }
  return weights;
}

}  // namespace detail

RECOCORE_INLINE void BlendWeightsConfig::validate() const {
  blend.validate();
  if (n < 1 || most_users < 1) {
    throw InvalidParameter("n and most_users must be at least 1; got " + std::to_string(n) + " and " +
                           std::to_string(most_users));
  }
}

RECOCORE_INLINE BlendWeights learn_blend_weights(std::span<const AnyModel> parts, const Interactions& test,
                                                 const BlendWeightsConfig& config, const RunOptions& options) {
  config.validate();
  // Refuses what makes no blend.
  const std::vector<double> equal(parts.size(), 1.0 / static_cast<double>(std::max<std::size_t>(1, parts.size())));
  static_cast<void>(Blend({parts.begin(), parts.end()}, equal, config.blend));
  if (options.memory_limit > 0) {
    const std::size_t items = parts.front().items().size();
    require_memory(estimate_blend_weights_memory(parts.size(), test.users().size(), items, config, options), options,
                   "learning the weights of a blend", "fewer models, a smaller depth or given weights need less");
  }
  detail::BlendCases cases(parts, test, config, options);
  BlendWeights best{.weights = equal, .ndcg = cases.measure(equal), .users = cases.size()};
  const auto attempt = [&](std::vector<double> weights) {
    const double value = cases.measure(weights);
    const bool gains = value > best.ndcg;
    if (gains) {
      best.ndcg = value;
      best.weights = std::move(weights);
    }
    return gains;
  };
  if (parts.size() == 1 || cases.size() == 0) {
    return best;
  }
  for (std::size_t part = 0; part < parts.size(); ++part) {
    attempt(detail::moved(equal, part, 1.0));
  }
  constexpr int halvings = 6;
  constexpr int most_sweeps = 4;
  double step = 0.25;
  for (int halving = 0; halving < halvings; ++halving, step /= 2) {
    bool gained = true;
    for (int sweep = 0; sweep < most_sweeps && gained; ++sweep) {
      gained = false;
      for (std::size_t part = 0; part < parts.size(); ++part) {
        gained = attempt(detail::moved(best.weights, part, step)) || gained;
        const bool can_shrink = best.weights[part] > 0.0 && best.weights[part] < 1.0;
        gained = (can_shrink && attempt(detail::moved(best.weights, part, -step))) || gained;
      }
    }
  }
  return best;
}

RECOCORE_INLINE std::uint64_t estimate_blend_weights_memory(std::size_t parts, std::size_t users, std::size_t items,
                                                            const BlendWeightsConfig& config,
                                                            const RunOptions& options) {
  const std::uint64_t one = detail::blend_case_bytes(parts, items, config);
  const std::uint64_t wanted = std::min<std::uint64_t>(users, config.most_users) * one;
  const std::uint64_t lists = std::max(one, std::min(wanted, detail::most_blend_list_bytes));
  // A thread has a case that grows, its votes, and what ranks one user; then the positions of ids, looked up.
  constexpr std::uint64_t bytes_of_an_item = 32;
  const std::uint64_t depth = std::min<std::uint64_t>(items, std::max(config.n, config.blend.depth));
  const std::uint64_t votes = 3 * parts * depth * sizeof(detail::BlendSlot::Vote);
  const std::uint64_t thread = 4 * one + votes + items * bytes_of_an_item;
  return lists + parallel_slots(options) * thread + (2 * users + 3 * items) * sizeof(std::uint64_t);
}

}  // namespace recocore
