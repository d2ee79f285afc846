#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/raw_vector.hpp>
#include <recocore/data/interactions_parts.hpp>
#include <recocore/impl/live/live_lists_inl.hpp>
#include <recocore/impl/live/live_neighbours_inl.hpp>
#include <recocore/impl/live/planned_change.hpp>
#include <recocore/impl/live/user_events.hpp>
#include <recocore/impl/live/user_ids.hpp>
#include <recocore/live/item_knn_updater.hpp>

namespace recocore {

struct LiveItemKnn::Parts {
  Interactions items{};
  detail::UserIds ids{};
  detail::UserRows rows{};
  detail::LiveNeighbours::Shown lists{};
  detail::LiveNeighbours::Shown similar{};
  PopularItems popular{};
  std::vector<ItemIx> vanished{};
};

/// The scores of the rows a history adds up.
struct LiveVotes {
  RawVector<ScoredItem> entries{};
};

RECOCORE_INLINE LiveItemKnn::LiveItemKnn(std::shared_ptr<const Parts> parts) noexcept : parts_(std::move(parts)) {}

RECOCORE_INLINE const Interactions& LiveItemKnn::interactions() const noexcept { return parts_->items; }
RECOCORE_INLINE const PopularItems& LiveItemKnn::popular_items() const noexcept { return parts_->popular; }

RECOCORE_INLINE std::span<const ItemIx> LiveItemKnn::vanished() const noexcept { return parts_->vanished; }

RECOCORE_INLINE std::optional<UserIx> LiveItemKnn::find_user(const IdView& user) const {
  const auto& ids = parts_->ids;
  if (ids.positions() > 0 && kind_of(user) != ids.kind()) {
    throw IdTypeError("the model's user ids are " + std::string(to_string(ids.kind())) + ", but " + to_display(user) +
                      " is " + std::string(to_string(kind_of(user))));
  }
  const auto position = ids.find(user);
  return position && !row(UserIx(*position)).empty() ? std::optional(UserIx(*position)) : std::nullopt;
}

RECOCORE_INLINE std::span<const ItemIx> LiveItemKnn::row(UserIx user) const noexcept {
  return parts_->rows.of(user).items;
}
RECOCORE_INLINE std::span<const float> LiveItemKnn::row_values(UserIx user) const noexcept {
  return parts_->rows.of(user).values;
}

RECOCORE_INLINE void LiveItemKnn::rank(const History& history, std::size_t n, Scratch& scratch) const {
  const auto& lists = parts_->lists;
  std::size_t terms = 0;
  for (const ItemIx item : history.items) {
    terms += lists.votes_of(item).size();
  }
  auto& votes = scratch.parts.get<LiveVotes>().entries;
  if (votes.size() < terms) {
    votes.resize(terms);
  }
  auto& sums = scratch.sums;
  sums.start(interactions().items().size());
  std::size_t begin = 0;
  for (std::size_t entry = 0; entry < history.items.size(); ++entry) {
    const std::size_t size = lists.votes_of(history.items[entry]).size();
    lists.write_votes(history.items[entry], votes.data() + begin);
    sums.add(std::span(votes).subspan(begin, size), history.weight(entry));
    begin += size;
  }
  sums.rank(n, scratch.mask, scratch.ranked);
}

RECOCORE_INLINE void LiveItemKnn::rank_similar(ItemIx item, std::size_t n, Scratch& scratch) const {
  scratch.ranked.clear();
  parts_->similar.append_list(item, [&](ItemIx member) { return scratch.mask.allows(member); }, scratch.ranked);
  keep_best(scratch.ranked, n);
}

struct ItemKnnUpdater::State {
  ItemKnnConfig config{};
  InteractionsConfig made{};
  Interactions catalogue{};  ///< the ids of items, and no users
  detail::UserIds ids{};
  detail::UserEvents events{};
  detail::UserRows rows{};
  /// None after a failure in the middle of a change: made anew from the events when it is next needed.
  std::unique_ptr<detail::LiveNeighbours> lists{};
  /// Where a similarity is not symmetric: the lists that are shown, which are others than those that rank.
  std::unique_ptr<detail::LiveNeighbours> similar{};
  PopularItems popular{};
  std::size_t users = 0;  ///< who have an interaction

  State(const ItemKnn& model, const RunOptions& options)
      : config(model.config()),
        made(model.interactions().config()),
        catalogue(Interactions::from_parts(serving_parts(model.interactions(), false))),
        ids(model.interactions().users()),
        events(model.interactions()),
        rows(model.interactions().by_user()),
        lists(std::make_unique<detail::LiveNeighbours>(model, Direction::to_row, options)),
        popular(model.popular_items()) {
    if (!is_symmetric(config.similarity)) {
      similar = std::make_unique<detail::LiveNeighbours>(model, Direction::from_row, options);
    }
    const auto& by_user = model.interactions().by_user();
    for (std::size_t user = 0; user < by_user.rows(); ++user) {
      users += by_user.row_size(UserIx(user)) > 0 ? 1U : 0U;
    }
  }

  [[nodiscard]] bool plan(const EventLog& log, bool adding, detail::PlannedChanges& plans) const;
  [[nodiscard]] bool finish(const IdView& id, detail::PlannedChange& plan, const EventLog& removed) const;
  [[nodiscard]] bool leaves_users(const detail::PlannedChanges& plans) const;
  void apply(detail::PlannedChanges& plans);
  [[nodiscard]] EventLog log() const {
    return events.log_of([this](const auto& visitor) { ids.for_each(visitor); });
  }
};

/// False when an event has an item the model does not have.
inline bool ItemKnnUpdater::State::plan(const EventLog& log, bool adding, detail::PlannedChanges& plans) const {
  const auto& items = events.items();
  if (log.size() > 0 && ids.positions() > 0 && log.users.kind() != ids.kind()) {
    throw IdTypeError("the model's user ids are " + std::string(to_string(ids.kind())) +
                      ", but those of the events are " + std::string(to_string(log.users.kind())));
  }
  if (log.size() > 0 && log.items.kind() != items.kind()) {
    throw IdTypeError("the model's item ids are " + std::string(to_string(items.kind())) +
                      ", but those of the events are " + std::string(to_string(log.items.kind())));
  }
  for (std::size_t event = 0; event < log.size(); ++event) {
    const auto user = log.users.at(log.user[event].value);
    const auto id = log.items.at(log.item[event].value);
    const auto item = items.find(id);
    if (!item && adding) {
      return false;
    }
    auto [at, is_new] = plans.try_emplace(user);
    auto& plan = at->second;
    if (is_new) {
      if (const auto position = ids.find(user)) {
        plan.user = UserIx(*position);
      }
    }
    if (!adding && (!item || !plan.user)) {
      detail::throw_not_there(log, event, plan.user.has_value());
    }
    (adding ? plan.added : plan.removed)
        .push_back({log.time.empty() ? 0 : log.time[event], ItemIx(*item), log.weight_at(event)});
  }
  return true;
}

/// What a user has afterwards. False when the lists cannot be repaired to that.
inline bool ItemKnnUpdater::State::finish(const IdView& id, detail::PlannedChange& plan,
                                          const EventLog& removed) const {
  auto after = plan.user ? events.of(*plan.user) : detail::EventsOfUser{};
  std::sort(plan.removed.begin(), plan.removed.end(), detail::precedes);
  if (!detail::take_out(after, plan.removed)) {
    detail::throw_missing(removed, id, plan.removed, after, events.items());
  }
  after.insert(after.end(), plan.added.begin(), plan.added.end());
  std::sort(after.begin(), after.end(), detail::precedes);
  plan.row = events.row_of(id, after);
  plan.events = std::make_unique<detail::EventsOfUser>(std::move(after));
  const auto& values = plan.row.values;
  return !reads_values(config.similarity.similarity)
             ? std::none_of(values.begin(), values.end(), [](float value) { return value < 0.0F; })
             : values.empty() || lists->reads_values();
}

/// Whether somebody has an interaction afterwards.
inline bool ItemKnnUpdater::State::leaves_users(const detail::PlannedChanges& plans) const {
  std::size_t left = users;
  std::size_t gained = 0;
  for (const auto& [id, plan] : plans) {
    gained += plan.row.items.empty() ? 0U : 1U;
    left -= plan.user && !rows.of(*plan.user).items.empty() ? 1U : 0U;
  }
  return left + gained > 0;
}

inline void ItemKnnUpdater::State::apply(detail::PlannedChanges& plans) {
  auto ids_after = ids;
  for (auto& [id, plan] : plans) {
    if (!plan.user && !plan.events->empty()) {
      plan.user = UserIx(ids_after.add(id));
    } else if (plan.user && plan.events->empty()) {
      ids_after.erase(id);
    }
  }
  events.reserve(ids_after.positions());

  for (auto& [id, plan] : plans) {
    if (plan.user) {
      plan.events = events.set(*plan.user, std::move(plan.events));
    }
  }
  std::size_t users_after = users;
  try {
    for (auto& [id, plan] : plans) {
      if (!plan.user) {
        continue;
      }
      const auto view = rows.of(*plan.user);
      const detail::UserRow before{{view.items.begin(), view.items.end()}, {view.values.begin(), view.values.end()}};
      users_after += plan.row.items.empty() ? 0U : 1U;
      users_after -= before.items.empty() ? 0U : 1U;
      rows.set(*plan.user, std::move(plan.row));
      const detail::UserRowView was{before.items, before.values};
      lists->replace(rows, *plan.user, was, rows.of(*plan.user));
      if (similar) {
        similar->replace(rows, *plan.user, was, rows.of(*plan.user));
      }
    }
    lists->repair(rows);
    if (similar) {
      similar->repair(rows);
    }
  } catch (...) {
    for (auto& [id, plan] : plans) {
      if (plan.user) {
        plan.events = events.set(*plan.user, std::move(plan.events));
      }
    }
    lists.reset();
    similar.reset();
    throw;
  }
  users = users_after;
  for (auto& [id, plan] : plans) {
    if (plan.user && ids_after.positions() > 0 && !ids_after.find(id)) {
      events.wipe_base(*plan.user);
    }
  }
  ids = std::move(ids_after);
}

RECOCORE_INLINE bool ItemKnnUpdater::supports(const ItemKnn& model) noexcept {
  const auto& config = model.config();
  const auto& similarity = config.similarity;
  const auto& interactions = model.interactions();
  const auto& made = interactions.config();
  if (config.weighting.weighting != Weighting::none || similarity.similarity == Similarity::lift ||
      similarity.similarity == Similarity::log_likelihood_ratio) {
    return false;
  }
  // The growth of a similarity is bounded for these alone: see LiveNeighbours.
  if (similarity.similarity == Similarity::tversky && (similarity.alpha > 1.0 || similarity.beta > 1.0)) {
    return false;
  }
  if (made.min_items_per_user > 1 || made.min_users_per_item > 1 || (made.half_life_seconds && !made.reference_time) ||
      (made.duplicates == Duplicates::last && interactions.times().empty())) {
    return false;
  }
  // The events are looked up by the positions of the rows.
  if (const auto& log = interactions.parts().log;
      log && (log->users != interactions.users() || log->items != interactions.items())) {
    return false;
  }
  // A fit on the events must have the same items: none without users, none left out.
  const auto& by_item = interactions.by_item();
  if (by_item.rows() == 0 || interactions.report().items_read != by_item.rows()) {
    return false;
  }
  for (std::size_t item = 0; item < by_item.rows(); ++item) {
    if (by_item.row_size(ItemIx(item)) == 0) {
      return false;
    }
  }
  return interactions.report().users_read == interactions.users().size();
}

RECOCORE_INLINE ItemKnnUpdater::ItemKnnUpdater(const ItemKnn& model, const RunOptions& options)
    : state_(std::make_unique<State>(model, options)) {}
RECOCORE_INLINE ItemKnnUpdater::~ItemKnnUpdater() = default;
RECOCORE_INLINE ItemKnnUpdater::ItemKnnUpdater(ItemKnnUpdater&&) noexcept = default;
RECOCORE_INLINE ItemKnnUpdater& ItemKnnUpdater::operator=(ItemKnnUpdater&&) noexcept = default;

RECOCORE_INLINE std::optional<ItemKnnChange> ItemKnnUpdater::change(const EventLog& removed, const EventLog& added) {
  detail::check_event_columns(removed, state_->events.has_times(), "remove");
  detail::check_event_columns(added, state_->events.has_times(), "add");
  if (!state_->lists) {
    // After a change that failed half-way. Nobody said that there may be threads.
    const RunOptions alone{.threads = 1};
    const auto model = ItemKnn::fit(Interactions::from_events(events(), state_->made, alone), state_->config, alone);
    if (!supports(model)) {
      return std::nullopt;
    }
    state_ = std::make_unique<State>(model, alone);
  }
  auto& s = *state_;
  detail::PlannedChanges plans;
  // Measured: a repair costs some 50 microseconds an event and more, a fit with all that updates need about 1
  // microsecond an event.
  constexpr std::size_t few = 1000;
  constexpr std::size_t fit_per_repair = 256;
  if (removed.size() + added.size() > std::max(few, s.events.base_size() / fit_per_repair)) {
    return std::nullopt;
  }
  // Positions of users who have gone are not used again: now and then all begin anew.
  constexpr std::size_t spare = 4096;
  if (s.ids.positions() > 2 * s.users + spare) {
    return std::nullopt;
  }
  if (!s.plan(added, true, plans) || !s.plan(removed, false, plans)) {
    return std::nullopt;
  }
  for (auto& [id, plan] : plans) {
    if (!s.finish(id, plan, removed)) {
      return std::nullopt;
    }
  }
  if (!s.leaves_users(plans)) {
    return std::nullopt;
  }
  const ItemKnnChange done{
      .events_added = added.size(), .events_removed = removed.size(), .users_changed = plans.size()};
  s.apply(plans);
  return done;
}

RECOCORE_INLINE EventLog ItemKnnUpdater::events_of(const IdView& user) const {
  const auto position = state_->ids.find(user);
  return state_->events.log_of([&](const auto& visitor) {
    if (position) {
      visitor(user, *position);
    }
  });
}

RECOCORE_INLINE EventLog ItemKnnUpdater::events() const { return state_->log(); }

RECOCORE_INLINE LiveItemKnn ItemKnnUpdater::version() {
  auto& s = *state_;
  RECOCORE_ASSERT(s.lists);
  s.popular = PopularItems(s.lists->item_users(), s.users, &s.popular);
  auto lists = s.lists->version();
  auto similar = s.similar ? s.similar->version() : lists;
  return LiveItemKnn(std::make_shared<const LiveItemKnn::Parts>(LiveItemKnn::Parts{.items = s.catalogue,
                                                                                   .ids = s.ids,
                                                                                   .rows = s.rows.version(),
                                                                                   .lists = std::move(lists),
                                                                                   .similar = std::move(similar),
                                                                                   .popular = s.popular,
                                                                                   .vanished = s.lists->vanished()}));
}

RECOCORE_INLINE ItemKnn ItemKnnUpdater::frozen(const RunOptions& options) const {
  const auto& s = *state_;
  const auto& config = s.config;
  auto interactions = Interactions::from_events(s.log(), s.made, options);
  if (!s.lists) {
    return ItemKnn::fit(std::move(interactions), config, options);
  }
  if (!s.similar) {
    return ItemKnn::from_parts(std::move(interactions), config, s.lists->nearest());
  }
  return ItemKnn::from_parts(std::move(interactions), config, s.similar->nearest(), s.lists->nearest());
}

}  // namespace recocore
