#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/random.hpp>
#include <recocore/eval/evaluate.hpp>
#include <recocore/eval/hybrid_weights.hpp>
#include <recocore/impl/data/merge_events.hpp>

namespace recocore {

namespace detail {

/// The events of some users, and of these those with items that are as they were.
struct HybridCases {
  Interactions all{};
  Interactions established{};
};

[[nodiscard]] inline HybridCases hybrid_cases(const Interactions& train, const Interactions& whole,
                                              const Interactions& test, const HybridWeightsConfig& config) {
  const auto log = test.events();
  Random random(config.seed);
  const double share = static_cast<double>(config.most_users) / static_cast<double>(log.users.size());
  std::vector<std::uint8_t> drawn(log.users.size());
  for (auto& flag : drawn) {
    flag = random.uniform() < share ? 1 : 0;
  }
  const auto support = [](const Interactions& part, const IdView& id) {
    const auto position = part.items().find(id);
    return position ? part.by_item().row_size(ItemIx(*position)) : 0;
  };
  std::vector<std::uint8_t> in_use(log.items.size());
  for (std::size_t item = 0; item < in_use.size(); ++item) {
    const auto users = support(train, log.items.at(item));
    in_use[item] = users > 0 && users == support(whole, log.items.at(item)) ? 1 : 0;
  }
  std::vector<std::uint8_t> keep(log.size());
  std::vector<std::uint8_t> established(log.size());
  for (std::size_t event = 0; event < log.size(); ++event) {
    keep[event] = drawn[log.user[event].value];
    established[event] = keep[event] != 0 && in_use[log.item[event].value] != 0 ? 1 : 0;
  }
  const InteractionsConfig plain{.max_events_per_user = std::numeric_limits<std::uint64_t>::max(),
                                 .duplicates = Duplicates::binary};
  return {.all = Interactions::from_events(select_events(log, keep), plain),
          .established = Interactions::from_events(select_events(log, established), plain)};
}

/// The k closest of each item's relatives.
[[nodiscard]] inline Neighbours<ItemIx> closest(const Neighbours<ItemIx>& relatives, std::size_t k) {
  Neighbours<ItemIx> result;
  result.offsets.reserve(relatives.offsets.size());
  std::vector<ScoredItem> best;
  for (std::size_t item = 0; item < relatives.rows(); ++item) {
    const auto row = relatives.of(ItemIx(item));
    best.assign(row.begin(), row.end());
    keep_best(best, k);
    std::sort(best.begin(), best.end(), [](const ScoredItem& a, const ScoredItem& b) { return a.index < b.index; });
    result.entries.insert(result.entries.end(), best.begin(), best.end());
    result.offsets.push_back(result.entries.size());
  }
  return result;
}

/// The model without the items for which `gone(item)` is true.
template <class Gone>
[[nodiscard]] Hybrid without(const Hybrid& model, const Gone& gone) {
  std::vector<std::int64_t> integers;
  std::vector<std::string_view> texts;
  const auto& ids = model.items();
  for (std::size_t item = 0; item < ids.size(); ++item) {
    if (gone(ItemIx(item))) {
      const auto id = ids.at(item);
      if (ids.kind() == IdKind::integer) {
        integers.push_back(std::get<std::int64_t>(id));
      } else {
        texts.push_back(std::get<std::string_view>(id));
      }
    }
  }
  return ids.kind() == IdKind::integer ? model.with_retired(std::span<const std::int64_t>(integers))
                                       : model.with_retired(std::span<const std::string_view>(texts));
}

/// NDCG@n of each user who has something to find.
[[nodiscard]] inline std::vector<double> hybrid_ndcgs(const AnyModel& model, const Interactions& test, std::size_t n,
                                                      const RunOptions& options) {
  if (test.size() == 0) {
    return {};
  }
  try {
    return evaluate(model, model.interactions(), test, nullptr, {.n = n}, options).per_user.ndcg;
  } catch (const InvalidData&) {  // all of it was seen before
    return {};
  }
}

[[nodiscard]] inline double mean_of(const std::vector<double>& values) {
  return values.empty() ? 0.0 : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// What `after` is better by than `before`, on average over the same users, and the standard error of that.
struct PairedGain {
  double mean = 0.0;
  double error = 0.0;
};

[[nodiscard]] inline PairedGain paired_gain(const std::vector<double>& before, const std::vector<double>& after) {
  const auto count = static_cast<double>(before.size());
  PairedGain gain;
  if (before.size() < 2) {
    return gain;
  }
  gain.mean = mean_of(after) - mean_of(before);
  double squares = 0.0;
  for (std::size_t user = 0; user < before.size(); ++user) {
    const double off = after[user] - before[user] - gain.mean;
    squares += off * off;
  }
  gain.error = std::sqrt(squares / (count - 1.0) / count);
  return gain;
}

}  // namespace detail

RECOCORE_INLINE void HybridWeightsConfig::validate() const {
  if (n < 1 || most_users < 1) {
    throw InvalidParameter("n and most_users must be at least 1; got " + std::to_string(n) + " and " +
                           std::to_string(most_users));
  }
  if (!(most_lost >= 0.0 && most_lost <= 1.0)) {
    throw InvalidParameter("most_lost must be a share from 0 to 1; got " + std::to_string(most_lost));
  }
}

RECOCORE_INLINE HybridWeights learn_hybrid_weights(const AnyModel& collaborative, const Described& items,
                                                   const Neighbours<ItemIx>& relatives, const Described& people,
                                                   const Interactions& whole, const Interactions& test,
                                                   const HybridConfig& start, const HybridWeightsConfig& config,
                                                   const RunOptions& options) {
  config.validate();
  start.validate();
  const auto cases = detail::hybrid_cases(collaborative.interactions(), whole, test, config);
  const RunOptions quiet{.threads = options.threads, .stop = options.stop, .deadline = options.deadline};
  // What was in no part cannot be found, and may not stand in the way.
  const auto unheard_of = [&](ItemIx item) {
    const auto id = collaborative.interactions().items().at(item.value);
    const auto in_train = whole.items().find(id);
    return !(in_train && whole.by_item().row_size(ItemIx(*in_train)) > 0) && !test.items().find(id);
  };
  const auto make = [&](const HybridConfig& setting) {
    return detail::without(
        Hybrid::fit(collaborative, items, detail::closest(relatives, setting.k), people, setting, quiet), unheard_of);
  };
  const auto on_all = [&](const Hybrid& model) { return detail::hybrid_ndcgs(model, cases.all, config.n, quiet); };
  const auto on_established = [&](const Hybrid& model) {
    return detail::hybrid_ndcgs(detail::without(model, [&](ItemIx item) { return model.support(item) == 0; }),
                                cases.established, config.n, quiet);
  };
  HybridConfig alone = start;
  alone.half_support = alone.inheritance = alone.likeness = 0.0;
  const auto model_alone = make(alone);
  const auto established_alone = on_established(model_alone);
  auto best_ndcgs = on_all(model_alone);
  HybridWeights best{.config = start, .ndcg_alone = detail::mean_of(best_ndcgs), .users = best_ndcgs.size()};
  if (best.users == 0) {
    return best;
  }
  // New items enter whatever that gains now; the order of the others is as it was.
  best.config.half_support = 0.0;
  best_ndcgs = on_all(make(best.config));
  best.ndcg = detail::mean_of(best_ndcgs);
  const double most_lost = config.most_lost * detail::mean_of(established_alone);
  const auto costs_too_much = [&](const Hybrid& model) {
    const auto gain = detail::paired_gain(established_alone, on_established(model));
    return gain.mean < -most_lost;
  };
  constexpr std::array supports{0.0, 2.0, 10.0, 50.0};
  constexpr std::array inheritances{0.5, 0.75, 1.0, 1.5, 2.0};
  constexpr std::array likenesses{0.0, 0.1, 0.3, 1.0};
  const std::array relatives_kept{std::max<std::size_t>(1, start.k / 3), start.k};
  constexpr std::size_t sweeps = 2;
  const std::uint64_t steps =
      sweeps * (supports.size() + inheritances.size() + likenesses.size() + relatives_kept.size());
  std::uint64_t done = 0;
  const auto attempt = [&](const HybridConfig& setting) {
    if (options.progress) {
      options.progress("learning the blend", done++, steps);
    }
    throw_if_stopped(options);
    if (setting == best.config) {
      return;
    }
    const auto model = make(setting);
    auto ndcgs = on_all(model);
    const auto gain = detail::paired_gain(best_ndcgs, ndcgs);
    if (gain.mean > gain.error / 2 && !costs_too_much(model)) {
      best.config = setting;
      best.ndcg = detail::mean_of(ndcgs);
      best_ndcgs = std::move(ndcgs);
    }
  };
  const auto along = [&](const auto& values, auto field) {
    // From where the best is now: it moves while the values are tried.
    const HybridConfig from = best.config;
    for (const auto value : values) {
      HybridConfig setting = from;
      setting.*field = value;
      attempt(setting);
    }
  };
  bool gained = true;
  for (std::size_t sweep = 0; sweep < sweeps && gained; ++sweep) {
    const double before = best.ndcg;
    along(inheritances, &HybridConfig::inheritance);
    along(likenesses, &HybridConfig::likeness);
    along(relatives_kept, &HybridConfig::k);
    along(supports, &HybridConfig::half_support);
    gained = best.ndcg > before;
  }
  return best;
}

}  // namespace recocore
