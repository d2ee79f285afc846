#pragma once

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <utility>

#include <recocore/core/bit_set.hpp>
#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/impl/live/writer_lock.hpp>
#include <recocore/impl/rank/serve_lists.hpp>
#include <recocore/live/item_knn_updater.hpp>
#include <recocore/live/live_model.hpp>
#include <recocore/live/refit.hpp>

namespace recocore {

struct LiveModel::Version {
  Version(std::uint64_t its_number, std::uint64_t number_of_events, AnyModel its_model, const IdMap& retired_ids)
      : number(its_number),
        events_number(number_of_events),
        model(std::move(its_model)),
        repaired(model.get_if<LiveItemKnn>()),
        retired(retired_ids) {
    retired_items.reserve(retired.size());
    for (std::size_t i = 0; i < retired.size(); ++i) {
      if (const auto position = model.items().find(retired.at(i))) {
        retired_items.emplace_back(*position);
      }
    }
    if (repaired != nullptr) {
      retired_items.insert(retired_items.end(), repaired->vanished().begin(), repaired->vanished().end());
    }
  }
  Version(const Version&) = delete;
  Version& operator=(const Version&) = delete;
  ~Version() { delete frozen.load(std::memory_order_relaxed); }

  std::uint64_t number;
  /// The last version that other events came with.
  std::uint64_t events_number;
  AnyModel model;
  /// The model, where it is one that was repaired.
  const LiveItemKnn* repaired;
  /// Of a model without a catalogue.
  IdMap retired;
  std::vector<ItemIx> retired_items{};
  /// Made by `snapshot` of what was repaired.
  mutable std::atomic<const AnyModel*> frozen{nullptr};
};

namespace detail {

/// Users of a model that was repaired have their rows in it, not in its interactions.
struct RepairedSource {
  const AnyModel& model;
  const LiveItemKnn& users;
  std::span<const ItemIx> retired{};

  [[nodiscard]] std::optional<UserIx> find(const IdView& user) const { return users.find_user(user); }
  [[nodiscard]] std::optional<ItemIx> find_item(const IdView& item) const {
    const auto position = find_id(model.items(), item, "item");
    const auto vanished = users.vanished();
    return position && !std::binary_search(vanished.begin(), vanished.end(), ItemIx(*position))
               ? std::optional(ItemIx(*position))
               : std::nullopt;
  }
  [[nodiscard]] History history_of(UserIx user) const {
    return {.items = users.row(user), .weights = users.row_values(user)};
  }
};

/// `work(source)` for where the lists of a version come from.
template <class Work>
decltype(auto) with_source(const LiveModel::Version& version, const Work& work) {
  if (version.repaired != nullptr) {
    return work(RepairedSource{.model = version.model, .users = *version.repaired, .retired = version.retired_items});
  }
  return work(ModelSource{.model = version.model, .retired = version.retired_items});
}

[[nodiscard]] inline std::uint64_t users_in(const EventLog& a, const EventLog& b) {
  std::uint64_t users = 0;
  for (const auto* log : {&a, &b}) {
    std::vector<std::uint8_t> seen(log->users.size());
    for (const UserIx user : log->user) {
      const bool counted = seen[user.value] != 0 || (log == &b && a.users.find(b.users.at(user.value)));
      seen[user.value] = 1;
      users += counted ? 0U : 1U;
    }
  }
  return users;
}

/// `ids` and those of a column; without them when `back`.
[[nodiscard]] inline IdMap with_ids(const IdMap& ids, const IdColumn& more, bool back) {
  std::set<IdView> all;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    all.insert(ids.at(i));
  }
  for (std::size_t row = 0; row < more.size(); ++row) {
    if (back) {
      all.erase(more[row]);
    } else {
      all.insert(more[row]);
    }
  }
  IdEncoder encoder("retired item");
  for (const auto& id : all) {
    std::visit([&encoder](const auto& value) { encoder.encode(value); }, id);
  }
  return encoder.finish().ids;
}

inline void expect_known_items(const LiveModel::Version& version, const IdColumn& items) {
  with_source(version, [&](const auto& source) {
    for (std::size_t row = 0; row < items.size(); ++row) {
      if (!source.find_item(items[row]) && !version.retired.find(items[row])) {
        throw UnknownId("unknown item " + to_display(items[row]) + ": the model has no such item");
      }
    }
  });
}

}  // namespace detail

struct LiveModel::State {
  State(AnyModel model, const IdMap& retired)
      : published(std::make_unique<const Version>(1, 1, std::move(model), retired)) {}

  [[nodiscard]] const Version& now() const noexcept { return published.current(); }

  /// @throws IdTypeError.
  [[nodiscard]] EventLog events_of(const IdView& user) const {
    if (now().repaired != nullptr) {
      static_cast<void>(now().repaired->find_user(user));
    } else {
      static_cast<void>(detail::find_id(now().model.users(), user, "user"));
    }
    return updater ? updater->events_of(user) : recocore::events_of(now().model.interactions().events(), user);
  }

  /// The events of the version that serves.
  [[nodiscard]] EventLog events() const {
    return updater ? updater->events() : change_events(now().model.interactions().events(), {}, {});
  }

  /// Makes the updater have the events of the version that serves.
  void settle() {
    if (now().repaired == nullptr && !now().model.interactions().has_events()) {
      throw InvalidParameter(
          "this model was saved for serving only, without the events it was fitted on, so it cannot be changed; save "
          "it with its interactions");
    }
    if (undo) {
      if (!updater->change(undo->first, undo->second)) {
        const auto knn =
            ItemKnn::fit(Interactions::from_events(change_events(updater->events(), undo->first, undo->second),
                                                   configured->interactions().config()),
                         configured->get_if<ItemKnn>()->config());
        updater.emplace(knn, RunOptions{.threads = 1});
      }
      undo.reset();
    }
  }

  /// What the first change needs and no list does.
  void prepare(const RunOptions& options) {
    throw_if_stopped(options);
    settle();
    const auto* knn = now().model.get_if<ItemKnn>();
    if (knn != nullptr && !updater && ItemKnnUpdater::supports(*knn)) {
      configured = refit(*knn, Interactions::from_events({}, knn->interactions().config()));
      updater.emplace(*knn, options);
    }
    if (!digest) {
      EventsDigest sum;
      sum.add(events());
      digest = sum;
    }
  }

  /// A model of the configuration of the one that serves.
  [[nodiscard]] const AnyModel& alike() const noexcept { return now().repaired != nullptr ? *configured : now().model; }

  void publish(AnyModel model, const IdMap& retired, bool other_events) {
    const auto number = now().number + 1;
    const auto events_number = other_events ? number : now().events_number;
    published.publish(std::make_unique<const Version>(number, events_number, std::move(model), retired));
  }

  /// In place of a fit, where that is possible.
  [[nodiscard]] std::optional<ItemKnnChange> repair(const EventLog& removed, const EventLog& added) {
    if (!updater) {
      return std::nullopt;
    }
    auto back = std::make_pair(added, removed);
    auto done = updater->change(removed, added);
    if (done) {
      undo = std::move(back);  // until readers have it
      publish(updater->version(), now().retired, true);
      undo.reset();
    }
    return done;
  }

  void fit_again(const EventLog& removed, const EventLog& added, const RunOptions& options,
                 const std::optional<IdView>& without, const AnyModel* merged_with) {
    const auto base = merged_with == nullptr ? alike() : with_profiles_of(alike(), *merged_with);
    const auto interactions =
        Interactions::from_events(change_events(events(), removed, added), base.interactions().config(), options);
    publish(refit(base, interactions, options, without), now().retired, true);
    updater.reset();
    configured.reset();
  }

  /// The version that serves, as a value.
  [[nodiscard]] AnyModel frozen(const RunOptions& options) {
    if (now().repaired == nullptr) {
      return now().model;
    }
    if (const auto* made = now().frozen.load(std::memory_order_relaxed)) {
      return *made;
    }
    settle();
    auto made = std::make_unique<const AnyModel>(updater->frozen(options));
    now().frozen.store(made.get(), std::memory_order_release);
    return *made.release();
  }

  ChangeReport change(const EventLog& removed, const EventLog& added, const RunOptions& options,
                      const std::optional<IdView>& without = {}, const AnyModel* merged_with = nullptr) {
    ChangeReport report{.events_added = added.size(), .events_removed = removed.size()};
    // All that may fail comes before the version that readers get.
    auto next_digest = *digest;
    next_digest.remove(removed);
    next_digest.add(added);
    report.users_changed = detail::users_in(removed, added);
    if (without || !repair(removed, added)) {
      fit_again(removed, added, options, without, merged_with);
      report.refitted = true;
    }
    digest = next_digest;
    report.version = now().number;
    return report;
  }

  Published<Version> published;
  detail::WriterMutex mutex{};
  /// Has the events of the version that serves, but for what is to be undone.
  std::optional<ItemKnnUpdater> updater{};
  /// While there is an updater: without any events.
  std::optional<AnyModel> configured{};
  /// Of a change that was made and not published: what to remove, and what to add.
  std::optional<std::pair<EventLog, EventLog>> undo{};
  std::optional<EventsDigest> digest{};
};

RECOCORE_INLINE LiveModel::LiveModel(AnyModel model, const IdMap& retired)
    : state_(std::make_unique<State>(std::move(model), retired)) {}
RECOCORE_INLINE LiveModel::~LiveModel() = default;
RECOCORE_INLINE LiveModel::LiveModel(LiveModel&&) noexcept = default;
RECOCORE_INLINE LiveModel& LiveModel::operator=(LiveModel&&) noexcept = default;

RECOCORE_INLINE ChangeReport LiveModel::update(const EventLog& events, const RunOptions& options) {
  return change({}, events, options);
}

RECOCORE_INLINE ChangeReport LiveModel::remove(const EventLog& events, const RunOptions& options) {
  return change(events, {}, options);
}

RECOCORE_INLINE ChangeReport LiveModel::change(const EventLog& removed, const EventLog& added,
                                               const RunOptions& options) {
  const detail::WriterLock lock(state_->mutex);
  state_->prepare(options);
  return removed.size() + added.size() == 0 ? ChangeReport{.version = state_->now().number}
                                            : state_->change(removed, added, options);
}

RECOCORE_INLINE ForgetReceipt LiveModel::forget(const IdView& user, const RunOptions& options) {
  const detail::WriterLock lock(state_->mutex);
  auto& s = *state_;
  s.prepare(options);
  ForgetReceipt receipt{.version_before = s.now().number, .version_after = s.now().number};
  receipt.digest_before = receipt.digest_after = s.digest->text();
  const auto events = s.events_of(user);
  const auto* profiles = s.now().model.profiles();
  const bool profile = profiles != nullptr && detail::find_id(profiles->ids(), user, "user").has_value();
  receipt.known = profile || events.size() > 0;
  receipt.events = events.size();
  receipt.interactions = events.items.size();
  if (receipt.known) {
    // Before the change: nothing may fail after it.
    auto digest = *s.digest;
    digest.remove(events);
    receipt.digest_after = digest.text();
    receipt.version_after = s.change(events, {}, options, profile ? std::optional(user) : std::nullopt).version;
  }
  return receipt;
}

RECOCORE_INLINE ChangeReport LiveModel::drop_before(std::int64_t time, const RunOptions& options) {
  const detail::WriterLock lock(state_->mutex);
  state_->prepare(options);
  const auto old = events_before(state_->events(), time);
  return old.size() == 0 ? ChangeReport{.version = state_->now().number} : state_->change(old, {}, options);
}

RECOCORE_INLINE ChangeReport LiveModel::retire(const IdColumn& items) { return set_retired(items, false); }

RECOCORE_INLINE ChangeReport LiveModel::restore(const IdColumn& items) { return set_retired(items, true); }

RECOCORE_INLINE ChangeReport LiveModel::set_retired(const IdColumn& items, bool back) {
  const detail::WriterLock lock(state_->mutex);
  const auto& now = state_->now();
  if (auto changed = with_retired(now.model, items, back)) {
    state_->publish(*std::move(changed), now.retired, false);
  } else {
    detail::expect_known_items(now, items);
    state_->publish(now.model, detail::with_ids(now.retired, items, back), false);
  }
  return {.version = state_->now().number};
}

RECOCORE_INLINE IdMap LiveModel::retired() const {
  const auto version = view();
  return version.retired();
}

RECOCORE_INLINE ChangeReport LiveModel::merge(const AnyModel& other, const RunOptions& options) {
  const detail::WriterLock lock(state_->mutex);
  auto& s = *state_;
  s.prepare(options);
  const auto& interactions = other.interactions();
  if (!interactions.has_events()) {
    throw InvalidParameter("the model to be merged was saved for serving only, without its events");
  }
  if (const auto difference = configuration_difference(s.alike(), other)) {
    throw InvalidParameter("these models cannot be merged: " + *difference);
  }
  const auto events = change_events(interactions.events(), {}, {});
  const auto all = s.events();
  for (std::size_t user = 0; user < events.users.size(); ++user) {
    if (all.users.find(events.users.at(user))) {
      throw InvalidData("these models cannot be merged: both have the user " + to_display(events.users.at(user)) +
                        "; events of one person must be in one of them");
    }
  }
  return s.change({}, events, options, {}, &other);
}

RECOCORE_INLINE ChangeReport LiveModel::replace(const std::function<AnyModel(const AnyModel&)>& change,
                                                const RunOptions& options) {
  const detail::WriterLock lock(state_->mutex);
  auto& s = *state_;
  s.publish(change(s.frozen(options)), s.now().retired, false);
  s.updater.reset();
  s.configured.reset();
  s.undo.reset();
  return {.version = s.now().number};
}

RECOCORE_INLINE EventLog LiveModel::events_of(const IdView& user) const {
  const detail::WriterLock lock(state_->mutex);
  auto& s = *state_;
  s.settle();
  return s.events_of(user);
}

RECOCORE_INLINE AnyModel LiveModel::snapshot(const RunOptions& options) const {
  {
    const Published<Version>::Reading version(state_->published);
    if (version->repaired == nullptr) {
      return version->model;
    }
    if (const auto* frozen = version->frozen.load(std::memory_order_acquire)) {
      return *frozen;
    }
  }
  const detail::WriterLock lock(state_->mutex);
  return state_->frozen(options);
}

RECOCORE_INLINE std::uint64_t LiveModel::version() const noexcept { return view().version(); }

RECOCORE_INLINE LiveModel::View::View(const LiveModel& live) noexcept : version_(live.state_->published) {}
RECOCORE_INLINE std::uint64_t LiveModel::View::version() const noexcept { return version_->number; }
RECOCORE_INLINE std::uint64_t LiveModel::View::events_version() const noexcept { return version_->events_number; }
RECOCORE_INLINE const AnyModel& LiveModel::View::model() const noexcept { return version_->model; }
RECOCORE_INLINE const ExtendedIds& LiveModel::View::items() const noexcept { return version_->model.items(); }
RECOCORE_INLINE const IdMap& LiveModel::View::retired() const noexcept { return version_->retired; }

RECOCORE_INLINE void LiveModel::View::recommend_user(const IdView& user, const ListOptions& options, Scratch& scratch,
                                                     std::vector<Recommendation>& list) const {
  detail::with_source(*version_, [&](const auto& source) { detail::serve_user(source, user, options, scratch, list); });
}

RECOCORE_INLINE void LiveModel::View::recommend_history(const IdColumn& items, std::span<const float> weights,
                                                        const ListOptions& options, Scratch& scratch,
                                                        std::vector<Recommendation>& list,
                                                        const std::optional<IdView>& profile) const {
  detail::with_source(*version_, [&](const auto& source) {
    detail::serve_history(source, items, weights, options, scratch, list, profile);
  });
}

RECOCORE_INLINE void LiveModel::View::similar_items(const IdView& item, const ListOptions& options, Scratch& scratch,
                                                    std::vector<Recommendation>& list) const {
  detail::with_source(*version_,
                      [&](const auto& source) { detail::serve_similar(source, item, options, scratch, list); });
}

RECOCORE_INLINE RecommendationLists LiveModel::View::recommend_users(const IdColumn& users, const ListOptions& options,
                                                                     const RunOptions& run) const {
  return detail::with_source(*version_,
                             [&](const auto& source) { return detail::serve_users(source, users, options, run); });
}

RECOCORE_INLINE RecommendationLists LiveModel::View::recommend_histories(const IdColumn& items,
                                                                         std::span<const std::uint64_t> offsets,
                                                                         const ListOptions& options,
                                                                         const RunOptions& run) const {
  return detail::with_source(
      *version_, [&](const auto& source) { return detail::serve_histories(source, items, offsets, options, run); });
}

}  // namespace recocore
