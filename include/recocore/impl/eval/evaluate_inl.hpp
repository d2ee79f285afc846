#pragma once

#include <algorithm>
#include <functional>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/eval/evaluate.hpp>
#include <recocore/impl/core/text.hpp>
#include <recocore/impl/eval/translated_rows.hpp>

namespace recocore {

namespace detail {

/// What one thread needs and counts. The counts are integers: their sums do not depend on who counted what.
struct EvaluationSlot {
  explicit EvaluationSlot(std::size_t model_items) : times(model_items) {}

  Scratch scratch{};
  std::vector<ItemIx> history{};
  std::vector<float> weights{};
  std::vector<ItemIx> sequence{};
  std::vector<std::size_t> places{};
  std::vector<ItemIx> relevant{};
  std::vector<Recommendation> list{};
  std::vector<std::uint8_t> hits{};

  std::vector<std::uint64_t> times;  ///< how often each item of the model was recommended
  std::uint64_t cold_users = 0;
  std::uint64_t repeated = 0;
  std::uint64_t unknown_items = 0;
};

class Evaluator {
 public:
  Evaluator(const AnyModel& model, const Interactions& train, const Interactions& test, const Interactions* history,
            const EvaluateConfig& config)
      : model_(model),
        test_(test),
        config_(config),
        item_in_model_(translate(test.items(), model.items(), "item")),
        train_(train, test, model.items()),
        fitted_on_train_(train == model.interactions()) {
    if (model.profiles() != nullptr) {
      profile_of_ = translate(test.users(), model.users(), "user");
    } else {
      profile_of_.assign(test.users().size(), no_position);
    }
    if (history != nullptr) {
      history_.emplace(*history, test, model.items());
    }
  }

  /// The metrics of the user's list; none when the user has nothing to find.
  [[nodiscard]] std::optional<MetricSet<double>> measure_user(UserIx user, EvaluationSlot& slot) const {
    const TranslatedRows* known = history_ && history_->has(user) ? &*history_ : (train_.has(user) ? &train_ : nullptr);
    const std::size_t relevant = find_relevant(user, known, slot);
    if (relevant == 0) {
      return std::nullopt;
    }
    slot.history.clear();
    slot.weights.clear();
    slot.sequence.clear();
    if (known != nullptr) {
      known->read(user, slot.history, slot.weights);
      known->read_sequence(user, slot.places, slot.sequence);
    }
    History history{.items = slot.history, .weights = slot.weights, .sequence = slot.sequence};
    if (known == &train_ && fitted_on_train_) {
      history.user = train_.user(user);
    } else if (const auto profile = profile_of_[user.value]; profile != no_position) {
      history.user = UserIx(profile);
    }
    slot.cold_users += slot.history.empty() ? 1U : 0U;

    slot.list.clear();
    model_.recommend({.history = history, .n = config_.n, .exclude_seen = config_.exclude_seen}, slot.scratch,
                     slot.list);
    slot.hits.clear();
    for (const auto& entry : slot.list) {
      ++slot.times[entry.item.value];
      const bool hit = std::binary_search(slot.relevant.begin(), slot.relevant.end(), entry.item);
      slot.hits.push_back(hit ? 1 : 0);
    }
    return measure({.hits = slot.hits, .relevant = relevant}, config_.n);
  }

 private:
  /// Puts the relevant items the model knows into the slot, ascending, and returns how many are relevant in all.
  [[nodiscard]] std::size_t find_relevant(UserIx user, const TranslatedRows* known, EvaluationSlot& slot) const {
    std::size_t unknown = 0;
    slot.relevant.clear();
    for (const ItemIx item : test_.by_user().row(user)) {
      if (config_.exclude_seen && known != nullptr && known->has(user, item)) {
        ++slot.repeated;
      } else if (const auto position = item_in_model_[item.value]; position != no_position) {
        slot.relevant.push_back(ItemIx(position));
      } else {
        ++unknown;
      }
    }
    // Items added since the fit lie behind.
    std::sort(slot.relevant.begin(), slot.relevant.end());
    slot.unknown_items += unknown;
    return slot.relevant.size() + unknown;
  }

  const AnyModel& model_;
  const Interactions& test_;
  const EvaluateConfig& config_;
  std::vector<std::uint32_t> item_in_model_;
  TranslatedRows train_;
  bool fitted_on_train_;
  /// Of each user in the model, when it knows profiles.
  std::vector<std::uint32_t> profile_of_{};
  std::optional<TranslatedRows> history_{};
};

/// For each item of the model how many users of `train` have it.
[[nodiscard]] inline std::vector<std::uint64_t> train_users(const Interactions& train, const ExtendedIds& model_items) {
  const auto item_in_train = translate(model_items, train.items(), "item");
  std::vector<std::uint64_t> users(item_in_train.size(), 0);
  for (std::size_t item = 0; item < users.size(); ++item) {
    if (item_in_train[item] != no_position) {
      users[item] = train.by_item().row_size(ItemIx(item_in_train[item]));
    }
  }
  return users;
}

/// Keeps the users who were measured, in their order, and averages over them.
inline void collect(const std::vector<std::optional<MetricSet<double>>>& measured, Evaluation& result) {
  for (std::size_t user = 0; user < measured.size(); ++user) {
    if (measured[user]) {
      result.users.push_back(UserIx(user));
    }
  }
  for (std::size_t field = 0; field < metric_fields<double>.size(); ++field) {
    auto& column = result.per_user.*metric_fields<std::vector<double>>[field].second;
    column.reserve(result.users.size());
    for (const UserIx user : result.users) {
      column.push_back((*measured[user.value]).*metric_fields<double>[field].second);
    }
    result.mean.*metric_fields<double>[field].second =
        std::accumulate(column.begin(), column.end(), 0.0) / static_cast<double>(column.size());
  }
}

}  // namespace detail

RECOCORE_INLINE void EvaluateConfig::validate() const {
  if (n < 1) {
    throw InvalidParameter("n, the length of the lists to evaluate, must be at least 1; got 0");
  }
}

RECOCORE_INLINE Evaluation evaluate(const AnyModel& model, const Interactions& train, const Interactions& test,
                                    const Interactions* history, const EvaluateConfig& config,
                                    const RunOptions& options) {
  config.validate();
  const auto& model_items = model.items();
  const detail::Evaluator evaluator(model, train, test, history, config);

  std::vector<std::optional<MetricSet<double>>> measured(test.users().size());
  std::vector<detail::EvaluationSlot> slots;
  slots.reserve(parallel_slots(options));
  for (unsigned slot = 0; slot < parallel_slots(options); ++slot) {
    slots.emplace_back(model_items.size());
  }
  constexpr std::size_t grain = 32;
  parallel_for(measured.size(), grain, options, "evaluation", [&](std::size_t begin, std::size_t end, unsigned slot) {
    for (std::size_t user = begin; user < end; ++user) {
      measured[user] = evaluator.measure_user(UserIx(user), slots[slot]);
    }
  });

  Evaluation result;
  result.test_interactions = test.size();
  std::vector<std::uint64_t> times(model_items.size(), 0);
  for (const auto& slot : slots) {
    std::transform(times.begin(), times.end(), slot.times.begin(), times.begin(), std::plus<>{});
    result.cold_users += slot.cold_users;
    result.repeated += slot.repeated;
    result.unknown_items += slot.unknown_items;
  }
  detail::collect(measured, result);
  if (result.users.empty()) {
    throw InvalidData("the test part leaves nothing to find: of its " +
                      detail::count_text(result.test_interactions, "interaction") + ", " +
                      detail::count_text(result.repeated) +
                      " are with items already in the user's history; take another split, or exclude_seen = false");
  }
  result.coverage = coverage(times);
  result.novelty =
      novelty(times, detail::train_users(train, model_items), std::max<std::uint64_t>(1, train.users().size()));
  result.gini = gini(times);
  return result;
}

}  // namespace recocore
