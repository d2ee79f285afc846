/// Lists by real ids, from wherever users and their histories are.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/impl/core/slots.hpp>
#include <recocore/rank/serve.hpp>

namespace recocore::detail {

/// The position of an id. Text where there are integers is a mistake, not an unknown id.
[[nodiscard]] inline std::optional<std::uint32_t> find_id(const ExtendedIds& ids, const IdView& id,
                                                          std::string_view what) {
  if (ids.size() > 0 && kind_of(id) != ids.kind()) {
    throw IdTypeError("the model's " + std::string(what) + " ids are " + std::string(to_string(ids.kind())) + ", but " +
                      to_display(id) + " is " + std::string(to_string(kind_of(id))));
  }
  return ids.find(id);
}

inline void find_items(const ExtendedIds& ids, const IdColumn& column, std::vector<ItemIx>& found) {
  found.clear();
  for (std::size_t row = 0; row < column.size(); ++row) {
    if (const auto position = find_id(ids, column[row], "item")) {
      found.push_back(ItemIx(*position));
    }
  }
}

[[noreturn]] inline void throw_unknown(std::string_view what, const IdView& id) {
  throw UnknownId(
      "unknown " + std::string(what) + " " + to_display(id) +
      ": it was not in the interactions the model was fitted on; choose on_unknown 'popular' or 'empty' for "
      "an answer all the same");
}

template <class Source>
void resolve(const Source& source, const ListOptions& options, ResolvedFilters& filters) {
  const auto& ids = source.model.items();
  find_items(ids, options.exclude, filters.exclude);
  filters.exclude.insert(filters.exclude.end(), source.retired.begin(), source.retired.end());
  filters.only_candidates = options.candidates.has_value();
  if (filters.only_candidates) {
    find_items(ids, *options.candidates, filters.candidates);
  }
  filters.has_allowed = options.where != nullptr && !options.where->needs_user() && !options.where->needs_item();
  if (filters.has_allowed) {
    filters.allowed = options.where->evaluate(*source.model.catalogue());
  }
}

/// What `item.` and `user.` mean in a list.
[[nodiscard]] inline WhereContext where_context(const AnyModel& model, std::optional<UserIx> user,
                                                std::optional<ItemIx> item = {}) {
  WhereContext context{.users = model.profiles()};
  if (user && model.profiles() != nullptr) {
    context.user = user->value;
  }
  if (item) {
    context.item = item->value;
  }
  return context;
}

/// The set a filter leaves in this list, when that is another in each.
struct AllowedInList {
  BitSet items{};
};

inline void restrict_list(const AnyModel& model, const ListOptions& options, const WhereContext& context,
                          Scratch& scratch, Request& request) {
  if (options.where != nullptr && request.allowed == nullptr) {
    auto& allowed = scratch.parts.get<AllowedInList>().items;
    allowed = options.where->evaluate(*model.catalogue(), context);
    request.allowed = &allowed;
  }
}

/// Filters, ranks, fills, and applies the rules, whose result stays in the scratch as `RuledList`.
inline void append_ruled(const AnyModel& model, const ListOptions& options, Request request, Scratch& scratch,
                         std::vector<Recommendation>& list) {
  const auto context = where_context(model, request.history.user);
  restrict_list(model, options, context, scratch, request);
  if (options.rules == nullptr) {
    model.recommend(request, scratch, list);
    return;
  }
  auto& ruled = scratch.parts.get<RuledList>();
  recommend_with_rules(model, request, *options.rules, {.history = request.history, .where = context}, scratch, ruled);
  for (const auto& entry : ruled.entries) {
    list.push_back(entry.entry);
  }
}

[[nodiscard]] inline Request make_request(const ListOptions& options, const ResolvedFilters& filters,
                                          const History& history) {
  Request request{.history = history, .n = options.n, .exclude_seen = options.exclude_seen, .exclude = filters.exclude};
  if (filters.only_candidates) {
    request.candidates = filters.candidates;
  }
  if (filters.has_allowed) {
    request.allowed = &filters.allowed;
  }
  return request;
}

/// Rows [begin, end) of a column: ascending items, each once, with the sums of their weights, which are parallel to the
/// whole column.
template <class Source>
[[nodiscard]] History resolve(const Source& source, const IdColumn& items, std::size_t begin, std::size_t end,
                              std::span<const float> weights, OnUnknown on_unknown, ResolvedHistory& history) {
  const auto& ids = source.model.items();
  auto& known = history.known;
  known.clear();
  for (std::size_t row = begin; row < end; ++row) {
    if (const auto position = source.find_item(items[row])) {
      known.emplace_back(*position, weights.empty() ? 1.0F : weights[row]);
    } else if (on_unknown == OnUnknown::error) {
      throw_unknown("item", items[row]);
    }
  }
  history.sequence.clear();
  for (const auto& [item, weight] : known) {
    history.sequence.push_back(item);
  }
  // By weight as well, so that the sum does not depend on the order given.
  std::sort(known.begin(), known.end());
  history.items.clear();
  history.weights.clear();
  for (const auto& [item, weight] : known) {
    if (history.items.empty() || history.items.back() != item) {
      history.items.push_back(item);
      history.weights.push_back(weight);
    } else if (!weights.empty()) {
      history.weights.back() += weight;
    }
  }
  const auto too_large =
      std::find_if_not(history.weights.begin(), history.weights.end(), [](float w) { return std::isfinite(w); });
  if (too_large != history.weights.end()) {
    const auto item = history.items[static_cast<std::size_t>(too_large - history.weights.begin())];
    throw InvalidData("the weights of history item " + to_display(ids.at(item.value)) +
                      " add up to more than a 32-bit float holds (3.4e38); scale the weights down");
  }
  return {.items = history.items, .weights = history.weights, .sequence = history.sequence};
}

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

/// Where lists come from: a model, whose users have their rows in its interactions.
struct ModelSource {
  const AnyModel& model;
  /// Never recommended, besides what a catalogue has retired.
  std::span<const ItemIx> retired{};

  [[nodiscard]] std::optional<ItemIx> find_item(const IdView& item) const {
    const auto position = find_id(model.items(), item, "item");
    return position ? std::optional(ItemIx(*position)) : std::nullopt;
  }

  [[nodiscard]] std::optional<UserIx> find(const IdView& user) const {
    const auto position = find_id(model.users(), user, "user");
    return position ? std::optional(UserIx(*position)) : std::nullopt;
  }

  [[nodiscard]] History history_of(UserIx user) const {
    const auto& by_user = model.interactions().by_user();
    // Who came after the fit has no row.
    return user.value < by_user.rows()
               ? History{.items = by_user.row(user), .weights = by_user.row_values(user), .user = user}
               : History{.user = user};
  }
};

/// The position of a user, none when unknown and an answer is wanted all the same.
template <class Source>
[[nodiscard]] std::optional<UserIx> find_user(const Source& source, const IdView& id, OnUnknown on_unknown) {
  const auto position = source.find(id);
  if (!position && on_unknown == OnUnknown::error) {
    throw_unknown("user", id);
  }
  return position;
}

template <class Source>
void append_list(const Source& source, std::optional<UserIx> user, const ListOptions& options,
                 const ResolvedFilters& filters, Scratch& scratch, std::vector<Recommendation>& list) {
  if (user) {
    append_ruled(source.model, options, make_request(options, filters, source.history_of(*user)), scratch, list);
  } else if (options.on_unknown == OnUnknown::popular) {
    append_ruled(source.model, options, make_request(options, filters, {}), scratch, list);
  }
}

/// Moves lists that have sizes[i] entries from offsets[i] on together.
inline void close_gaps(RecommendationLists& lists, std::span<const std::uint32_t> sizes) {
  std::uint64_t end = 0;
  for (std::size_t list = 0; list < sizes.size(); ++list) {
    const auto from = std::exchange(lists.offsets[list], end);
    if (from != end) {
      const auto first = lists.entries.begin() + static_cast<std::ptrdiff_t>(from);
      std::copy(first, first + static_cast<std::ptrdiff_t>(sizes[list]),
                lists.entries.begin() + static_cast<std::ptrdiff_t>(end));
    }
    end += sizes[list];
  }
  lists.offsets.back() = end;
  lists.entries.resize(end);
}

/// Lists that are made in parallel, in their order: `append(row, filters, scratch, list)` makes one, of which none is
/// longer than `longest(row, room)` when `room` items are left by the filters.
template <class Source, class Longest, class Append>
[[nodiscard]] RecommendationLists make_lists(const Source& source, std::size_t count, const ListOptions& options,
                                             const RunOptions& run, const Longest& longest, const Append& append) {
  ResolvedFilters filters;
  resolve(source, options, filters);
  // Most lists are as long as they can be: each has its place before it is made.
  const std::size_t items = source.model.items().size();
  const std::size_t room = std::min({options.n, items, filters.only_candidates ? filters.candidates.size() : items});
  RecommendationLists result;
  result.offsets.assign(count + 1, 0);
  for (std::size_t row = 0; row < count; ++row) {
    result.offsets[row + 1] = result.offsets[row] + longest(row, room);
  }
  result.entries.resize(result.offsets.back());

  struct Slot {
    Scratch scratch{};
    std::vector<Recommendation> list{};
  };
  std::vector<std::uint32_t> sizes(count);
  constexpr std::size_t grain = 32;
  Slots<Slot> slots(parallel_slots(run));
  parallel_for(count, grain, run, "recommendations", [&](std::size_t begin, std::size_t end, unsigned number) {
    auto& slot = slots.get(number, [] { return Slot{}; });
    for (std::size_t row = begin; row < end; ++row) {
      slot.list.clear();
      append(row, filters, slot.scratch, slot.list);
      std::copy(slot.list.begin(), slot.list.end(),
                result.entries.begin() + static_cast<std::ptrdiff_t>(result.offsets[row]));
      sizes[row] = static_cast<std::uint32_t>(slot.list.size());
    }
  });
  close_gaps(result, sizes);
  return result;
}

template <class Source>
[[nodiscard]] RecommendationLists serve_users(const Source& source, const IdColumn& users, const ListOptions& options,
                                              const RunOptions& run) {
  options.validate();
  std::vector<std::optional<UserIx>> positions(users.size());
  for (std::size_t row = 0; row < users.size(); ++row) {
    positions[row] = find_user(source, users[row], options.on_unknown);
  }
  return make_lists(
      source, users.size(), options, run,
      [&](std::size_t row, std::size_t room) {
        return positions[row] || options.on_unknown == OnUnknown::popular ? room : 0;
      },
      [&](std::size_t row, const ResolvedFilters& filters, Scratch& scratch, std::vector<Recommendation>& list) {
        append_list(source, positions[row], options, filters, scratch, list);
      });
}

template <class Source>
[[nodiscard]] RecommendationLists serve_histories(const Source& source, const IdColumn& items,
                                                  std::span<const std::uint64_t> offsets, const ListOptions& options,
                                                  const RunOptions& run) {
  options.validate();
  if (offsets.empty() || offsets.front() != 0 || offsets.back() != items.size() ||
      !std::is_sorted(offsets.begin(), offsets.end())) {
    throw InvalidParameter("the offsets of histories must ascend from 0 to the number of their items, " +
                           std::to_string(items.size()));
  }
  return make_lists(
      source, offsets.size() - 1, options, run, [](std::size_t /*row*/, std::size_t room) { return room; },
      [&](std::size_t row, const ResolvedFilters& filters, Scratch& scratch, std::vector<Recommendation>& list) {
        const auto begin = static_cast<std::size_t>(offsets[row]);
        const auto end = static_cast<std::size_t>(offsets[row + 1]);
        const auto history = resolve(source, items, begin, end, {}, options.on_unknown, scratch.history);
        if (!history.items.empty() || begin == end || options.on_unknown != OnUnknown::empty) {
          append_ruled(source.model, options, make_request(options, filters, history), scratch, list);
        }
      });
}

template <class Source>
void serve_user(const Source& source, const IdView& user, const ListOptions& options, Scratch& scratch,
                std::vector<Recommendation>& list) {
  options.validate();
  const auto position = find_user(source, user, options.on_unknown);
  resolve(source, options, scratch.filters);
  append_list(source, position, options, scratch.filters, scratch, list);
}

template <class Source>
void serve_history(const Source& source, const IdColumn& items, std::span<const float> weights,
                   const ListOptions& options, Scratch& scratch, std::vector<Recommendation>& list,
                   const std::optional<IdView>& profile) {
  options.validate();
  if (profile && source.model.profiles() == nullptr) {
    throw InvalidParameter("a model of type '" + std::string(source.model.name()) +
                           "' knows no profiles: give it a user or a history, not both");
  }
  check_weights(items, weights);
  auto history = resolve(source, items, 0, items.size(), weights, options.on_unknown, scratch.history);
  if (profile) {
    history.user = find_user(source, *profile, options.on_unknown);
  }
  if (history.items.empty() && !items.empty() && options.on_unknown == OnUnknown::empty) {
    return;
  }
  resolve(source, options, scratch.filters);
  append_ruled(source.model, options, make_request(options, scratch.filters, history), scratch, list);
}

template <class Source>
void serve_similar(const Source& source, const IdView& item, const ListOptions& options, Scratch& scratch,
                   std::vector<Recommendation>& list) {
  options.validate();
  const auto position = source.find_item(item);
  resolve(source, options, scratch.filters);
  auto request = make_request(options, scratch.filters, {});
  if (!position) {
    if (options.on_unknown == OnUnknown::error) {
      throw_unknown("item", item);
    }
    if (options.on_unknown == OnUnknown::popular) {
      restrict_list(source.model, options, {}, scratch, request);
      source.model.recommend(request, scratch, list);
    }
    return;
  }
  restrict_list(source.model, options, where_context(source.model, std::nullopt, position), scratch, request);

  const auto* catalogue = source.model.catalogue();
  start_mask(request, source.model.items().size(), catalogue == nullptr ? nullptr : &catalogue->retired_set(),
             scratch.mask);
  if (!source.model.rank_similar(*position, options.n, scratch)) {
    throw InvalidParameter("a model of type '" + std::string(source.model.name()) +
                           "' has no notion of similar items; use one that has, such as 'item_knn'");
  }
  for (const auto& entry : scratch.ranked) {
    list.push_back({entry.index, entry.score, source.model.similarity_tier()});
  }
}

}  // namespace recocore::detail
