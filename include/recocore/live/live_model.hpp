/// A model that lives: one writer changes it, any number of readers ask it meanwhile.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <recocore/core/extended_ids.hpp>
#include <recocore/core/id_column.hpp>
#include <recocore/core/id_map.hpp>
#include <recocore/core/published.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/data/event_changes.hpp>
#include <recocore/data/event_log.hpp>
#include <recocore/rank/any_model.hpp>
#include <recocore/rank/serve.hpp>

namespace recocore {

/// What a change did.
struct ChangeReport {
  std::uint64_t version = 0;  ///< of the model since then; 1 is the model as it was given
  std::uint64_t events_added = 0;
  std::uint64_t events_removed = 0;
  std::uint64_t users_changed = 0;
  /// Whether all was computed anew, because the model, its configuration or the change (another set of items) asks for
  /// it. The result is the same.
  bool refitted = false;

  friend bool operator==(const ChangeReport&, const ChangeReport&) = default;
};

/// Of a person that was erased.
struct ForgetReceipt {
  bool known = false;              ///< whether there was anything to erase
  std::uint64_t events = 0;        ///< erased
  std::uint64_t interactions = 0;  ///< of different items
  std::uint64_t version_before = 0;
  std::uint64_t version_after = 0;
  /// Of all events: equal for equal events, whatever way they came. See `events_digest`.
  std::string digest_before{};
  std::string digest_after{};

  friend bool operator==(const ForgetReceipt&, const ForgetReceipt&) = default;
};

/// Changes publish a new version, and after each the model equals, to the byte of its file, one fitted on the resulting
/// events with the same configuration: `ItemKnn` by repairing what changed (see `ItemKnnUpdater`), all
/// else by fitting again, which is deterministic (see `refit`).
///
/// Changes exclude each other by a lock of the writer's. Readers take no lock, wait for nobody and see one whole
/// version for as long as they hold a `View`. A change that throws changes nothing.
class LiveModel {
 public:
  /// Computes nothing yet. The state that updates need is made by the first of them, for about the price of several
  /// fits.
  /// @param retired items that are not recommended, of a model without a catalogue: see `retired`.
  explicit LiveModel(AnyModel model, const IdMap& retired = {});
  ~LiveModel();
  LiveModel(LiveModel&&) noexcept;
  LiveModel& operator=(LiveModel&&) noexcept;
  LiveModel(const LiveModel&) = delete;
  LiveModel& operator=(const LiveModel&) = delete;

  /// Adds events, which have times where those of the fit had.
  /// @throws InvalidData other columns, or whatever a fit on all events would throw; InvalidParameter a model that was
  ///         saved without its events; IdTypeError; Cancelled, DeadlineExceeded, MemoryLimitExceeded.
  ChangeReport update(const EventLog& events, const RunOptions& options = {});

  /// Takes events out, each as often as it is given: equal in user, item, weight and time. Users and items without
  /// events vanish.
  /// @throws InvalidData an event that is not there; says which. Otherwise as `update`.
  ChangeReport remove(const EventLog& events, const RunOptions& options = {});

  /// Both at once: one version.
  ChangeReport change(const EventLog& removed, const EventLog& added, const RunOptions& options = {});

  /// Erases a user: events, id, profile, and all that was counted of them. @throws as `update`.
  ForgetReceipt forget(const IdView& user, const RunOptions& options = {});

  /// Takes out all events before a time, in microseconds since 1970-01-01 UTC.
  /// @throws InvalidData when the events have no times. Otherwise as `update`.
  ChangeReport drop_before(std::int64_t time, const RunOptions& options = {});

  /// Recommends these items no more; they still count in histories. @throws UnknownId, IdTypeError.
  ChangeReport retire(const IdColumn& items);
  /// Recommends them again. @throws as `retire`.
  ChangeReport restore(const IdColumn& items);
  /// Ids that are retired, ascending: also of items that have no events now, and will be retired when they have.
  [[nodiscard]] IdMap retired() const;

  /// Adds all events of a model of the same kind and configuration, fitted on other users; profiles are united.
  /// @throws InvalidParameter another kind or configuration; InvalidData a user that both have. Each says what differs.
  ///         Otherwise as `update`.
  ChangeReport merge(const AnyModel& other, const RunOptions& options = {});

  /// Puts what `change` makes of the model in its place, of the same events, such as one with items added: one version.
  /// Other changes wait meanwhile.
  ChangeReport replace(const std::function<AnyModel(const AnyModel&)>& change, const RunOptions& options = {});

  /// All events of one user, as they are held: one user, or none when unknown. @throws IdTypeError.
  [[nodiscard]] EventLog events_of(const IdView& user) const;

  /// The model as a value, with positions that follow ids: made on demand, kept until the next change. O(events) after
  /// a change that repaired, and waits for the writer then.
  [[nodiscard]] AnyModel snapshot(const RunOptions& options = {}) const;

  /// Of the version readers get.
  [[nodiscard]] std::uint64_t version() const noexcept;

  struct Version;

  /// One version, for as long as this lives: to be held for one list, not for hours, since it keeps memory. Must not
  /// outlive the model.
  class View {
   public:
    explicit View(const LiveModel& live) noexcept;

    [[nodiscard]] std::uint64_t version() const noexcept;
    /// The last version that came with other events.
    [[nodiscard]] std::uint64_t events_version() const noexcept;
    /// What serves: lists of users are to be had of this view only, not of it.
    [[nodiscard]] const AnyModel& model() const noexcept;
    /// The ids of the positions in lists.
    [[nodiscard]] const ExtendedIds& items() const noexcept;
    /// See `LiveModel::retired`.
    [[nodiscard]] const IdMap& retired() const noexcept;

    /// See the functions of the same name in `rank/serve.hpp`. Retired items are left out. Without a `where` and rules,
    /// nothing is allocated once scratch and list have grown.
    void recommend_user(const IdView& user, const ListOptions& options, Scratch& scratch,
                        std::vector<Recommendation>& list) const;
    void recommend_history(const IdColumn& items, std::span<const float> weights, const ListOptions& options,
                           Scratch& scratch, std::vector<Recommendation>& list,
                           const std::optional<IdView>& profile = {}) const;
    void similar_items(const IdView& item, const ListOptions& options, Scratch& scratch,
                       std::vector<Recommendation>& list) const;
    [[nodiscard]] RecommendationLists recommend_users(const IdColumn& users, const ListOptions& options = {},
                                                      const RunOptions& run = {}) const;
    [[nodiscard]] RecommendationLists recommend_histories(const IdColumn& items, std::span<const std::uint64_t> offsets,
                                                          const ListOptions& options = {},
                                                          const RunOptions& run = {}) const;

   private:
    Published<Version>::Reading version_;
  };

  /// About 10 ns; waits for nothing.
  [[nodiscard]] View view() const noexcept { return View(*this); }

 private:
  struct State;
  ChangeReport set_retired(const IdColumn& items, bool back);

  std::unique_ptr<State> state_;
};

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/live/live_model_inl.hpp>
#endif
