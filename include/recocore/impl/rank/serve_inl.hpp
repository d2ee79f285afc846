#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/impl/core/names.hpp>
#include <recocore/impl/core/slots.hpp>
#include <recocore/rank/serve.hpp>

namespace recocore {

namespace detail {

inline constexpr std::array<std::string_view, 3> on_unknown_names{"popular", "error", "empty"};

/// The position of an id. Text where there are integers is a mistake, not an unknown id.
[[nodiscard]] inline std::optional<std::uint32_t> find_id(const IdMap& ids, const IdView& id, std::string_view what) {
  if (ids.size() > 0 && kind_of(id) != ids.kind()) {
    throw IdTypeError("the model's " + std::string(what) + " ids are " + std::string(to_string(ids.kind())) + ", but " +
                      to_display(id) + " is " + std::string(to_string(kind_of(id))));
  }
  return ids.find(id);
}

[[nodiscard]] inline std::vector<ItemIx> find_items(const IdMap& ids, const IdColumn& column) {
  std::vector<ItemIx> result;
  result.reserve(column.size());
  for (std::size_t row = 0; row < column.size(); ++row) {
    if (const auto position = find_id(ids, column[row], "item")) {
      result.push_back(ItemIx(*position));
    }
  }
  return result;
}

[[noreturn]] inline void throw_unknown(std::string_view what, const IdView& id) {
  throw UnknownId(
      "unknown " + std::string(what) + " " + to_display(id) +
      ": it was not in the interactions the model was fitted on; choose on_unknown 'popular' or 'empty' for "
      "an answer all the same");
}

/// The filters of a call, looked up once for all its lists.
class ResolvedFilters {
 public:
  ResolvedFilters(const AnyModel& model, const ListOptions& options)
      : exclude_(find_items(model.interactions().items(), options.exclude)) {
    if (options.candidates) {
      candidates_ = find_items(model.interactions().items(), *options.candidates);
    }
  }

  /// No list has more entries.
  [[nodiscard]] std::size_t longest_list(std::size_t n, std::size_t items) const noexcept {
    return std::min({n, items, candidates_ ? candidates_->size() : items});
  }

  [[nodiscard]] Request request(const ListOptions& options, const History& history) const {
    Request result{.history = history, .n = options.n, .exclude_seen = options.exclude_seen, .exclude = exclude_};
    if (candidates_) {
      result.candidates = *candidates_;
    }
    return result;
  }

 private:
  std::vector<ItemIx> exclude_;
  std::optional<std::vector<ItemIx>> candidates_{};
};

/// Ascending items, each once, with the sums of their weights.
class OwnedHistory {
 public:
  OwnedHistory(const IdMap& ids, const IdColumn& items, std::span<const float> weights, OnUnknown on_unknown) {
    std::vector<std::pair<ItemIx, float>> known;
    known.reserve(items.size());
    for (std::size_t row = 0; row < items.size(); ++row) {
      if (const auto position = find_id(ids, items[row], "item")) {
        known.emplace_back(ItemIx(*position), weights.empty() ? 1.0F : weights[row]);
      } else if (on_unknown == OnUnknown::error) {
        throw_unknown("item", items[row]);
      }
    }
    // By weight as well, so that the sum does not depend on the order given.
    std::sort(known.begin(), known.end());
    for (const auto& [item, weight] : known) {
      if (items_.empty() || items_.back() != item) {
        items_.push_back(item);
        weights_.push_back(weight);
      } else if (!weights.empty()) {
        weights_.back() += weight;
      }
    }
    const auto too_large = std::find_if_not(weights_.begin(), weights_.end(), [](float w) { return std::isfinite(w); });
    if (too_large != weights_.end()) {
      throw InvalidData("the weights of history item " +
                        to_display(ids.at(items_[static_cast<std::size_t>(too_large - weights_.begin())].value)) +
                        " add up to more than a 32-bit float holds (3.4e38); scale the weights down");
    }
  }

  [[nodiscard]] History view() const noexcept { return {items_, weights_}; }

 private:
  std::vector<ItemIx> items_{};
  std::vector<float> weights_{};
};

inline void check_weights(const IdColumn& items, std::span<const float> weights) {
  if (!weights.empty() && weights.size() != items.size()) {
    throw InvalidParameter("a history of " + std::to_string(items.size()) +
                           " items needs as many weights or none; got " + std::to_string(weights.size()));
  }
  for (std::size_t row = 0; row < weights.size(); ++row) {
    if (!std::isfinite(weights[row])) {
      throw InvalidData("the weight of history item " + to_display(items[row]) + " (position " + std::to_string(row) +
                        ") is not a finite number");
    }
  }
}

}  // namespace detail

RECOCORE_INLINE OnUnknown parse_on_unknown(std::string_view name) {
  return detail::parse_name<OnUnknown>("on_unknown", name, detail::on_unknown_names);
}

RECOCORE_INLINE void ListOptions::validate() const {
  if (n < 1) {
    throw InvalidParameter("n, the length of a list, must be at least 1; got 0");
  }
}

namespace detail {

/// The position of a user, none when unknown and an answer is wanted all the same.
[[nodiscard]] inline std::optional<UserIx> find_user(const AnyModel& model, const IdView& id, OnUnknown on_unknown) {
  const auto position = find_id(model.interactions().users(), id, "user");
  if (!position && on_unknown == OnUnknown::error) {
    throw_unknown("user", id);
  }
  return position ? std::optional(UserIx(*position)) : std::nullopt;
}

inline void append_list(const AnyModel& model, std::optional<UserIx> user, const ListOptions& options,
                        const ResolvedFilters& filters, Scratch& scratch, std::vector<Recommendation>& list) {
  if (user) {
    const auto& by_user = model.interactions().by_user();
    model.recommend(filters.request(options, {by_user.row(*user), by_user.row_values(*user)}), scratch, list);
  } else if (options.on_unknown == OnUnknown::popular) {
    model.recommend(filters.request(options, {}), scratch, list);
  }
}

}  // namespace detail

RECOCORE_INLINE std::vector<Recommendation> recommend_user(const AnyModel& model, const IdView& user,
                                                           const ListOptions& options) {
  Scratch scratch;
  return recommend_user(model, user, options, scratch);
}

RECOCORE_INLINE RecommendationLists recommend_users(const AnyModel& model, const IdColumn& users,
                                                    const ListOptions& options, const RunOptions& run) {
  options.validate();
  std::vector<std::optional<UserIx>> positions(users.size());
  for (std::size_t row = 0; row < users.size(); ++row) {
    positions[row] = detail::find_user(model, users[row], options.on_unknown);
  }

  const detail::ResolvedFilters filters(model, options);
  constexpr std::size_t grain = 32;
  std::vector<std::vector<Recommendation>> blocks((users.size() + grain - 1) / grain);
  RecommendationLists result;
  result.offsets.resize(users.size() + 1);
  detail::Slots<Scratch> scratch(parallel_slots(run));
  parallel_for(users.size(), grain, run, "recommendations", [&](std::size_t begin, std::size_t end, unsigned slot) {
    auto& mine = scratch.get(slot, [] { return Scratch{}; });
    auto& block = blocks[begin / grain];
    block.reserve((end - begin) * filters.longest_list(options.n, model.interactions().items().size()));
    for (std::size_t row = begin; row < end; ++row) {
      const auto before = block.size();
      detail::append_list(model, positions[row], options, filters, mine, block);
      result.offsets[row + 1] = block.size() - before;
    }
  });
  std::partial_sum(result.offsets.begin(), result.offsets.end(), result.offsets.begin());
  result.entries.reserve(result.offsets.back());
  for (auto& block : blocks) {
    result.entries.insert(result.entries.end(), block.begin(), block.end());
    block = {};
  }
  return result;
}

RECOCORE_INLINE std::vector<Recommendation> recommend_user(const AnyModel& model, const IdView& user,
                                                           const ListOptions& options, Scratch& scratch) {
  options.validate();
  const auto position = detail::find_user(model, user, options.on_unknown);
  std::vector<Recommendation> list;
  detail::append_list(model, position, options, detail::ResolvedFilters(model, options), scratch, list);
  return list;
}

RECOCORE_INLINE std::vector<Recommendation> recommend_history(const AnyModel& model, const IdColumn& items,
                                                              std::span<const float> weights,
                                                              const ListOptions& options, Scratch& scratch) {
  options.validate();
  detail::check_weights(items, weights);
  const detail::OwnedHistory history(model.interactions().items(), items, weights, options.on_unknown);
  std::vector<Recommendation> list;
  if (history.view().items.empty() && !items.empty() && options.on_unknown == OnUnknown::empty) {
    return list;
  }
  const detail::ResolvedFilters filters(model, options);
  model.recommend(filters.request(options, history.view()), scratch, list);
  return list;
}

RECOCORE_INLINE std::vector<Recommendation> recommend_history(const AnyModel& model, const IdColumn& items,
                                                              std::span<const float> weights,
                                                              const ListOptions& options) {
  Scratch scratch;
  return recommend_history(model, items, weights, options, scratch);
}

RECOCORE_INLINE std::vector<Recommendation> similar_items(const AnyModel& model, const IdView& item,
                                                          const ListOptions& options, Scratch& scratch) {
  options.validate();
  const auto& items = model.interactions().items();
  const auto position = detail::find_id(items, item, "item");
  const detail::ResolvedFilters filters(model, options);
  std::vector<Recommendation> list;
  if (!position) {
    if (options.on_unknown == OnUnknown::error) {
      detail::throw_unknown("item", item);
    }
    if (options.on_unknown == OnUnknown::popular) {
      model.recommend(filters.request(options, {}), scratch, list);
    }
    return list;
  }

  const auto neighbours = model.similar_items(ItemIx(*position));
  if (!neighbours) {
    throw InvalidParameter("a model of type '" + std::string(model.name()) +
                           "' has no notion of similar items; use one that has, such as 'item_knn'");
  }
  auto& mask = scratch.mask;
  const auto request = filters.request(options, {});
  if (request.candidates) {
    mask.allow_only(items.size(), *request.candidates);
  } else {
    mask.allow_all(items.size());
  }
  mask.forbid(request.exclude);
  for (const auto& neighbour : *neighbours) {
    if (list.size() >= options.n) {
      break;
    }
    if (mask.allows(neighbour.index)) {
      list.push_back({neighbour.index, neighbour.score, Tier::collaborative});
    }
  }
  return list;
}

RECOCORE_INLINE std::vector<Recommendation> similar_items(const AnyModel& model, const IdView& item,
                                                          const ListOptions& options) {
  Scratch scratch;
  return similar_items(model, item, options, scratch);
}

}  // namespace recocore
