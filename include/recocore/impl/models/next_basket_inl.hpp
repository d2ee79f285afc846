#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include <recocore/core/best_of.hpp>
#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/time.hpp>
#include <recocore/impl/core/names.hpp>
#include <recocore/impl/rank/popular_items_memory.hpp>
#include <recocore/models/next_basket.hpp>

namespace recocore {

namespace detail {

inline constexpr std::array<std::string_view, 2> basket_unit_names{"time", "day"};

/// The vector of one user after the other. Memory is kept.
class BasketVector {
 public:
  explicit BasketVector(const NextBasketConfig& config) : config_(config) {}

  void start() noexcept { events_.clear(); }
  void add(std::int64_t time, ItemIx item) { events_.emplace_back(basket_of(time), item); }

  /// Appends v to `entries`, items ascending.
  void finish(std::vector<ScoredItem>& entries) {
    std::sort(events_.begin(), events_.end());
    events_.erase(std::unique(events_.begin(), events_.end()), events_.end());
    std::size_t baskets = 0;
    for (std::size_t e = 0; e < events_.size(); ++e) {
      baskets += e == 0 || events_[e].first != events_[e - 1].first ? 1U : 0U;
    }
    const std::size_t size = config_.group_size;
    const std::size_t groups = (baskets + size - 1) / size;
    terms_.clear();
    std::size_t after = baskets;
    double value = 0.0;
    for (std::size_t e = 0; e < events_.size(); ++e) {
      if (e == 0 || events_[e].first != events_[e - 1].first) {
        --after;
        const std::size_t group = after / size;
        const std::size_t in_group = group + 1 < groups ? size : baskets - group * size;
        value = std::pow(config_.group_decay, static_cast<double>(group)) *
                std::pow(config_.within_decay, static_cast<double>(after % size)) /
                (static_cast<double>(in_group) * static_cast<double>(groups));
      }
      terms_.emplace_back(events_[e].second, value);
    }
    // Of one item the terms are added from the oldest on.
    std::stable_sort(terms_.begin(), terms_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (std::size_t t = 0; t < terms_.size();) {
      const ItemIx item = terms_[t].first;
      double sum = 0.0;
      for (; t < terms_.size() && terms_[t].first == item; ++t) {
        sum += terms_[t].second;
      }
      // What has faded to nothing is still something that was bought.
      entries.push_back({item, std::max(static_cast<float>(sum), std::numeric_limits<float>::min())});
    }
  }

 private:
  [[nodiscard]] std::int64_t basket_of(std::int64_t time) const noexcept {
    if (config_.basket == BasketUnit::time) {
      return time;
    }
    const std::int64_t day = time / microseconds_per_day;
    return time % microseconds_per_day < 0 ? day - 1 : day;
  }

  const NextBasketConfig& config_;
  std::vector<std::pair<std::int64_t, ItemIx>> events_{};
  std::vector<std::pair<ItemIx, double>> terms_{};
};

[[nodiscard]] inline ScoredRows<UserIx, ItemIx> basket_vectors(const Interactions& interactions,
                                                               const NextBasketConfig& config,
                                                               const RunOptions& options) {
  const auto log = interactions.events();
  if (log.time.empty() && log.size() > 0) {
    throw InvalidData(
        "next-basket recommendation needs the times of events, and these interactions have none; name their timestamp "
        "column");
  }
  // The log may know users, items and pairs that the interactions dropped.
  std::vector<std::optional<std::uint32_t>> item_of(log.items.size());
  for (std::size_t item = 0; item < item_of.size(); ++item) {
    item_of[item] = interactions.items().find(log.items.at(item));
  }
  ScoredRows<UserIx, ItemIx> vectors;
  vectors.offsets.assign(interactions.users().size() + 1, 0);
  vectors.entries.reserve(interactions.size());
  BasketVector vector(config);
  for (std::size_t begin = 0; begin < log.size();) {
    throw_if_stopped(options);
    const UserIx user = log.user[begin];
    const auto position = interactions.users().find(log.users.at(user.value));
    const auto row = position ? interactions.by_user().row(UserIx(*position)) : std::span<const ItemIx>{};
    vector.start();
    std::size_t event = begin;
    for (; event < log.size() && log.user[event] == user; ++event) {
      const auto item = item_of[log.item[event].value];
      if (item && log.weight_at(event) > 0.0F && std::binary_search(row.begin(), row.end(), ItemIx(*item))) {
        vector.add(log.time[event], ItemIx(*item));
      }
    }
    if (position) {
      const std::size_t before = vectors.entries.size();
      vector.finish(vectors.entries);
      vectors.offsets[*position + 1] = vectors.entries.size() - before;
    }
    begin = event;
  }
  for (std::size_t user = 0; user + 1 < vectors.offsets.size(); ++user) {
    vectors.offsets[user + 1] += vectors.offsets[user];
  }
  return vectors;
}

/// The same by item, each vector divided by its length.
[[nodiscard]] inline ScoredRows<ItemIx, UserIx> users_of_items(const ScoredRows<UserIx, ItemIx>& vectors,
                                                               std::size_t users, std::size_t items) {
  ScoredRows<ItemIx, UserIx> result;
  result.offsets.assign(items + 1, 0);
  for (const auto& entry : vectors.entries) {
    ++result.offsets[entry.index.value + 1];
  }
  for (std::size_t item = 0; item < items; ++item) {
    result.offsets[item + 1] += result.offsets[item];
  }
  result.entries.resize(vectors.entries.size());
  std::vector<std::uint64_t> next(result.offsets.begin(), result.offsets.end() - 1);
  for (std::size_t user = 0; user < users; ++user) {
    const auto vector = vectors.of(UserIx(user));
    double squares = 0.0;
    for (const auto& entry : vector) {
      squares += static_cast<double>(entry.score) * static_cast<double>(entry.score);
    }
    const double length = std::sqrt(squares);
    for (const auto& [item, value] : vector) {
      result.entries[next[item.value]++] = {UserIx(user), static_cast<float>(static_cast<double>(value) / length)};
    }
  }
  return result;
}

/// What a request needs.
struct NextBasketScratch {
  std::vector<ScoredItem> own{};
  /// All zero between requests.
  std::vector<double> similarity{};
  std::vector<UserIx> met{};
  BestOf<UserIx> best{};
};

}  // namespace detail

RECOCORE_INLINE std::span<const std::string_view> basket_unit_names() noexcept { return detail::basket_unit_names; }

RECOCORE_INLINE BasketUnit parse_basket_unit(std::string_view name) {
  return detail::parse_name<BasketUnit>("basket", name, detail::basket_unit_names);
}

RECOCORE_INLINE void NextBasketConfig::validate() const {
  if (k < 1) {
    throw InvalidParameter("k, the number of neighbours, must be at least 1; got 0");
  }
  if (group_size < 1) {
    throw InvalidParameter("group_size, in baskets, must be at least 1; got 0");
  }
  const auto decay = [](std::string_view what, double value) {
    if (!(value > 0.0 && value <= 1.0)) {
      throw InvalidParameter(std::string(what) + " must be above 0 and at most 1; got " + std::to_string(value));
    }
  };
  decay("within_decay", within_decay);
  decay("group_decay", group_decay);
  if (!(alpha >= 0.0 && alpha <= 1.0)) {
    throw InvalidParameter("alpha must be from 0 to 1; got " + std::to_string(alpha));
  }
}

RECOCORE_INLINE NextBasket::NextBasket(Interactions interactions, const NextBasketConfig& config,
                                       std::shared_ptr<const Parts> parts)
    : config_(config),
      interactions_(std::move(interactions)),
      parts_(std::move(parts)),
      popular_items_(interactions_) {}

RECOCORE_INLINE NextBasket NextBasket::fit(Interactions interactions, const NextBasketConfig& config,
                                           const RunOptions& options) {
  require_memory(estimate_fit_memory(interactions, config, options), options, "fitting NextBasket", "");
  throw_if_stopped(options);
  Parts parts;
  parts.vectors = detail::basket_vectors(interactions, config, options);
  throw_if_stopped(options);
  parts.users_of = detail::users_of_items(parts.vectors, interactions.users().size(), interactions.items().size());
  return {std::move(interactions), config, std::make_shared<const Parts>(std::move(parts))};
}

RECOCORE_INLINE std::uint64_t NextBasket::estimate_fit_memory(const Interactions& interactions,
                                                              const NextBasketConfig& config,
                                                              const RunOptions& /*options*/) {
  config.validate();
  const std::uint64_t users = interactions.users().size();
  const std::uint64_t items = interactions.items().size();
  const auto& report = interactions.report();
  const std::uint64_t vectors = interactions.size() * sizeof(ScoredItem) + (users + 1) * sizeof(std::uint64_t);
  // A copy of the events, and those of the longest user twice.
  constexpr std::uint64_t event = sizeof(UserIx) + sizeof(ItemIx) + sizeof(float) + sizeof(std::int64_t);
  constexpr std::uint64_t sorted = 4 * sizeof(std::pair<std::int64_t, ItemIx>) + 3 * sizeof(std::pair<ItemIx, double>);
  const std::uint64_t events = std::max<std::uint64_t>(report.events, interactions.size());
  const std::uint64_t reading = events * (event + sorted) + report.items_read * sizeof(std::optional<std::uint32_t>);
  const std::uint64_t index =
      interactions.size() * sizeof(ScoredUser) + items * (2 * sizeof(std::uint64_t) + detail::popular_item_bytes);
  return vectors + std::max(reading, index);
}

RECOCORE_INLINE void NextBasket::rank(const History& history, std::size_t n, Scratch& scratch) const {
  auto& part = scratch.parts.get<detail::NextBasketScratch>();
  std::span<const ScoredItem> own;
  if (history.user) {
    own = vector_of(*history.user);
  } else {
    part.own.clear();
    for (std::size_t entry = 0; entry < history.items.size(); ++entry) {
      if (history.weight(entry) > 0.0F) {
        part.own.push_back({history.items[entry], history.weight(entry)});
      }
    }
    own = part.own;
  }
  auto& sums = scratch.sums;
  sums.start(interactions_.items().size());
  if (config_.alpha > 0.0) {
    sums.add(own, static_cast<float>(config_.alpha));
  }
  if (config_.alpha < 1.0) {
    part.similarity.resize(std::max(part.similarity.size(), interactions_.users().size()), 0.0);
    part.met.clear();
    for (const auto& [item, value] : own) {
      for (const auto& [user, other] : parts_->users_of.of(item)) {
        double& sum = part.similarity[user.value];
        if (sum == 0.0) {
          part.met.push_back(user);
        }
        sum += static_cast<double>(value) * static_cast<double>(other);
      }
    }
    part.best.start(config_.k, part.met.size());
    for (const UserIx user : part.met) {
      const double similarity = std::exchange(part.similarity[user.value], 0.0);
      if (user != history.user) {
        constexpr double largest = std::numeric_limits<float>::max();
        constexpr double smallest = std::numeric_limits<float>::min();
        part.best.offer(user, static_cast<float>(std::clamp(similarity, smallest, largest)));
      }
    }
    part.best.finish();
    const auto weight =
        static_cast<float>((1.0 - config_.alpha) / static_cast<double>(std::max<std::size_t>(1, part.best.size())));
    for (std::size_t place = 0; place < part.best.size(); ++place) {
      sums.add(vector_of(part.best[place].index), weight);
    }
  }
  sums.rank(n, scratch.mask, scratch.ranked);
}

}  // namespace recocore
