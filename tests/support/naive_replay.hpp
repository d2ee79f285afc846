/// A replay in plain loops over ids.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <recocore/drift/replay.hpp>
#include <recocore/rank/serve.hpp>

#include "events.hpp"

namespace recocore::test {

/// Text ids. Periods are of `length`, the first from `start` on.
class NaiveReplay {
 public:
  using Offers = std::map<std::string, std::pair<std::int64_t, std::int64_t>>;

  NaiveReplay(std::vector<Row> rows, std::int64_t start, std::int64_t length, const ReplayConfig& config,
              Offers offers = {})
      : rows_(std::move(rows)), start_(start), length_(length), config_(config), offers_(std::move(offers)) {
    std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
      return std::tie(a.time, a.user, a.item, a.weight) < std::tie(b.time, b.user, b.item, b.weight);
    });
  }

  [[nodiscard]] std::size_t periods() const { return period_of(rows_.back()) + 1; }

  struct List {
    std::string user;
    std::int64_t moment = 0;
    std::vector<Row> before{};
    std::set<std::string> relevant{};
  };

  [[nodiscard]] std::vector<List> lists_of(std::size_t period) const {
    std::vector<List> lists;
    for (std::size_t event = 0; event < rows_.size(); ++event) {
      const Row& row = rows_[event];
      if (period_of(row) != period) {
        continue;
      }
      const bool each = config_.protocol == Protocol::next;
      std::size_t number = 0;
      while (number < lists.size() && (lists[number].user != row.user || (each && lists[number].moment != row.time))) {
        ++number;
      }
      if (number == lists.size()) {
        List list{.user = row.user, .moment = each ? row.time : start_ + length_ * static_cast<std::int64_t>(period)};
        std::copy_if(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(event), std::back_inserter(list.before),
                     [&](const Row& earlier) { return earlier.user == row.user; });
        lists.push_back(list);
      }
      List& list = lists[number];
      if (row.weight <= 0.0F) {
        continue;
      }
      const bool had = std::any_of(list.before.begin(), list.before.end(),
                                   [&](const Row& before) { return before.item == row.item && before.weight > 0.0F; });
      if (!(config_.exclude_seen && had) && !(each && list.before.empty())) {
        list.relevant.insert(row.item);
      }
    }
    std::erase_if(lists, [](const List& list) { return list.relevant.empty(); });
    return lists;
  }

  [[nodiscard]] std::optional<std::size_t> birth_of_item(const std::string& item) const {
    for (const Row& row : rows_) {
      if (row.item == item) {
        return period_of(row);
      }
    }
    return std::nullopt;
  }
  [[nodiscard]] std::size_t birth_of_user(const std::string& user) const {
    for (const Row& row : rows_) {
      if (row.user == user) {
        return period_of(row);
      }
    }
    return periods();
  }

  [[nodiscard]] bool is_allowed(const std::string& item, std::size_t period, bool live) const {
    const auto birth = birth_of_item(item);
    if (offers_.empty() && (!birth || *birth >= period)) {
      return false;
    }
    if (!offers_.empty() && !offers_.contains(item)) {
      return false;
    }
    if (!offers_.empty()) {
      auto [from, until] = offers_.at(item);
      if (!live) {
        return from < start_ + static_cast<std::int64_t>(period + 1) * length_;
      }
      bool in_period = false;
      for (std::int64_t instant = 0; instant < length_; ++instant) {
        const auto time = start_ + static_cast<std::int64_t>(period) * length_ + instant;
        in_period = in_period || (from <= time && time < until);
      }
      return in_period;
    }
    return !live || std::any_of(rows_.begin(), rows_.end(), [&](const Row& row) {
      return row.item == item && period_of(row) < period && period_of(row) + config_.retired_after >= period;
    });
  }

  /// All the model has to say, then what is not allowed taken out, then cut.
  [[nodiscard]] std::vector<std::string> list_for(const AnyModel& model, const List& list, std::size_t period,
                                                  bool live) const {
    ListOptions options{.n = model.items().size(), .exclude_seen = config_.exclude_seen};
    std::vector<std::string_view> candidates;
    if (model.name() == "blend") {  // scores in it depend on what may be recommended
      options.n = config_.n;
      for (std::size_t item = 0; item < model.items().size(); ++item) {
        const auto id = std::get<std::string_view>(model.items().at(item));
        const bool had = config_.exclude_seen && std::any_of(list.before.begin(), list.before.end(),
                                                             [&](const Row& row) { return row.item == id; });
        if (!had && is_allowed(std::string(id), period, live)) {
          candidates.push_back(id);
        }
      }
      options.candidates = IdColumn(std::span<const std::string_view>(candidates));
    }
    const bool frozen = config_.protocol == Protocol::period && config_.histories == Histories::frozen;
    const auto entries =
        frozen ? recommend_user(model, std::string_view(list.user), options) : live_list(model, list, options);
    std::vector<std::string> result;
    for (const auto& entry : entries) {
      const auto id = std::string(std::get<std::string_view>(model.items().at(entry.item.value)));
      const bool had =
          frozen && config_.exclude_seen &&
          std::any_of(list.before.begin(), list.before.end(), [&](const Row& row) { return row.item == id; });
      if (!had && is_allowed(id, period, live) && result.size() < config_.n) {
        result.push_back(id);
      }
    }
    return result;
  }

  [[nodiscard]] OriginScores score(const AnyModel& model, std::size_t origin, std::size_t ages) const {
    OriginScores result{.origin = origin};
    for (const bool live : {false, true}) {
      auto& scores = live ? result.live : result.all;
      std::map<std::string, double> first_times;
      for (std::size_t period = origin; period < std::min(periods(), origin + ages); ++period) {
        PeriodScores of_period;
        std::map<std::string, double> times;
        std::vector<std::uint8_t> outcomes;
        if (period == origin) {
          scores.fresh.resize(origin - config_.first + 1);
        }
        for (const auto& list : lists_of(period)) {
          ++of_period.lists;
          const auto items = list_for(model, list, period, live);
          double gain = 0.0;
          double best = 0.0;
          for (std::size_t place = 0; place < items.size(); ++place) {
            times[items[place]] += 1.0;
            gain += list.relevant.contains(items[place]) ? 1.0 / std::log2(static_cast<double>(place) + 2.0) : 0.0;
          }
          for (std::size_t place = 0; place < std::min(config_.n, list.relevant.size()); ++place) {
            best += 1.0 / std::log2(static_cast<double>(place) + 2.0);
          }
          of_period.ndcg += gain / best;
          outcomes.push_back(gain > 0.0 ? 1 : 0);
          for (const auto& item : list.relevant) {
            const bool hit = std::find(items.begin(), items.end(), item) != items.end();
            count(item, list.user, origin, hit, of_period.slices);
            for (std::size_t age = 0; period == origin && age < scores.fresh.size(); ++age) {
              count(item, list.user, origin - age, hit, scores.fresh[age]);
            }
          }
        }
        describe(model, times, first_times, of_period);
        scores.periods.push_back(of_period);
        if (!live) {
          result.outcomes.push_back(outcomes);
        }
      }
    }
    return result;
  }

 private:
  [[nodiscard]] std::size_t period_of(const Row& row) const {
    return static_cast<std::size_t>((row.time - start_) / length_);
  }

  void count(const std::string& item, const std::string& user, std::size_t origin, bool hit,
             SliceCounts& slices) const {
    const std::size_t slice = *birth_of_item(item) >= origin ? 0U : birth_of_user(user) >= origin ? 1U : 2U;
    slices[slice].relevant += 1;
    slices[slice].hits += hit ? 1 : 0;
  }

  /// A history as a caller would give it: each event with its weight where these are summed, else what the
  /// configuration of the model's interactions makes of the user's events.
  [[nodiscard]] static std::vector<Recommendation> live_list(const AnyModel& model, const List& list,
                                                             const ListOptions& options) {
    auto config = model.interactions().config();
    auto history = list.before;
    if (!history.empty() && (config.duplicates != Duplicates::sum || config.half_life_seconds ||
                             history.size() > config.max_events_per_user)) {
      config.reference_time = list.moment;
      config.min_items_per_user = 1;
      config.min_users_per_item = 1;
      history = rows_of(Interactions::from_events(log_of(history, with_times), config));
    }
    std::vector<std::string_view> items;
    std::vector<float> weights;
    for (const Row& row : history) {
      items.emplace_back(row.item);
      weights.push_back(row.weight);
    }
    Scratch scratch;
    std::vector<Recommendation> result;
    recommend_history(model, std::span<const std::string_view>(items), weights, options, scratch, result);
    return result;
  }

  static void describe(const AnyModel& model, const std::map<std::string, double>& times,
                       std::map<std::string, double>& first_times, PeriodScores& scores) {
    if (times.empty()) {
      return;
    }
    if (first_times.empty()) {
      first_times = times;
    }
    const auto sum = [](const std::map<std::string, double>& counts) {
      double total = 0.0;
      for (const auto& [item, count] : counts) {
        total += count;
      }
      return total;
    };
    const auto at = [](const std::map<std::string, double>& counts, const std::string& item) {
      return counts.contains(item) ? counts.at(item) : 0.0;
    };
    const auto items = static_cast<double>(model.items().size());
    double differences = 0.0;
    for (std::size_t i = 0; i < model.items().size(); ++i) {
      const auto a = std::string(std::get<std::string_view>(model.items().at(i)));
      for (std::size_t j = 0; j < model.items().size(); ++j) {
        differences += std::abs(at(times, a) - at(times, std::string(std::get<std::string_view>(model.items().at(j)))));
      }
      const double p = at(first_times, a) / sum(first_times);
      const double q = at(times, a) / sum(times);
      for (const double share : {p, q}) {
        scores.divergence += share > 0.0 ? 0.5 * share * std::log2(share / (0.5 * (p + q))) : 0.0;
      }
    }
    scores.coverage = static_cast<double>(times.size()) / items;
    scores.gini = differences / (2.0 * items * sum(times));
  }

  std::vector<Row> rows_;
  std::int64_t start_;
  std::int64_t length_;
  ReplayConfig config_;
  Offers offers_;
};

}  // namespace recocore::test
