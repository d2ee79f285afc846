#include <algorithm>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

#include "handles.hpp"
#include "run.hpp"
#include "status.hpp"
#include "structs.hpp"

namespace recocore::capi {

namespace {

[[nodiscard]] recocore_change to_c(const ChangeReport& report) noexcept {
  recocore_change change{};
  change.size = sizeof change;
  change.version = report.version;
  change.events_added = report.events_added;
  change.events_removed = report.events_removed;
  change.users_changed = report.users_changed;
  change.refitted = report.refitted ? 1 : 0;
  return change;
}

template <std::size_t Room>
void copy_text(const std::string& text, char (&room)[Room]) noexcept {
  std::memcpy(room, text.data(), std::min(text.size(), Room - 1));
}

[[nodiscard]] recocore_receipt to_c(const ForgetReceipt& receipt) noexcept {
  recocore_receipt result{};
  result.size = sizeof result;
  result.events = receipt.events;
  result.interactions = receipt.interactions;
  result.version_before = receipt.version_before;
  result.version_after = receipt.version_after;
  copy_text(receipt.digest_before, result.digest_before);
  copy_text(receipt.digest_after, result.digest_after);
  result.known = receipt.known ? 1 : 0;
  return result;
}

/// A change of a model by `work(live)`, alone.
template <class Out, class Work>
recocore_status changed(recocore_model* model, Out* out, const char* out_name, recocore_error* error,
                        const Work& work) noexcept {
  return guarded(error, [&] {
    require(model, "model");
    const OutStruct filled(out, out_name);
    const std::scoped_lock lock(model->changes);
    filled.write(to_c(work(model->live)));
  });
}

constexpr const char* change_name = "recocore_change";

}  // namespace

}  // namespace recocore::capi

using namespace recocore::capi;
using recocore::LiveModel;

recocore_status recocore_update(recocore_model* model, recocore_events* events, const recocore_run* run,
                                recocore_change* change, recocore_error* error) {
  return changed(model, change, change_name, error, [&](LiveModel& live) {
    require(events, "events");
    const Run options(run);
    return live.update(events->seal(), options.options());
  });
}

recocore_status recocore_remove(recocore_model* model, recocore_events* events, const recocore_run* run,
                                recocore_change* change, recocore_error* error) {
  return changed(model, change, change_name, error, [&](LiveModel& live) {
    require(events, "events");
    const Run options(run);
    return live.remove(events->seal(), options.options());
  });
}

recocore_status recocore_replace(recocore_model* model, recocore_events* removed, recocore_events* added,
                                 const recocore_run* run, recocore_change* change, recocore_error* error) {
  return changed(model, change, change_name, error, [&](LiveModel& live) {
    require(removed, "removed");
    require(added, "added");
    const Run options(run);
    return live.change(removed->seal(), added->seal(), options.options());
  });
}

recocore_status recocore_drop_before(recocore_model* model, int64_t time, const recocore_run* run,
                                     recocore_change* change, recocore_error* error) {
  return changed(model, change, change_name, error, [&](LiveModel& live) {
    const Run options(run);
    return live.drop_before(time, options.options());
  });
}

recocore_status recocore_retire(recocore_model* model, const recocore_ids* items, recocore_change* change,
                                recocore_error* error) {
  return changed(model, change, change_name, error, [&](LiveModel& live) {
    require(items, "items");
    std::vector<std::string_view> texts;
    return live.retire(to_column(items, "items", texts));
  });
}

recocore_status recocore_restore(recocore_model* model, const recocore_ids* items, recocore_change* change,
                                 recocore_error* error) {
  return changed(model, change, change_name, error, [&](LiveModel& live) {
    require(items, "items");
    std::vector<std::string_view> texts;
    return live.restore(to_column(items, "items", texts));
  });
}

recocore_status recocore_merge(recocore_model* model, recocore_model* other, const recocore_run* run,
                               recocore_change* change, recocore_error* error) {
  return guarded(error, [&] {
    require(model, "model");
    require(other, "other");
    const OutStruct filled(change, change_name);
    const Run options(run);
    // Before the lock: two models may be merged into each other at the same time.
    const auto added = other->live.snapshot(options.options());
    const std::scoped_lock lock(model->changes);
    filled.write(to_c(model->live.merge(added, options.options())));
  });
}

recocore_status recocore_forget(recocore_model* model, const recocore_ids* user, const recocore_run* run,
                                recocore_receipt* receipt, recocore_error* error) {
  return changed(model, receipt, "recocore_receipt", error, [&](LiveModel& live) {
    const auto id = to_id(user, "user");
    const Run options(run);
    return live.forget(id, options.options());
  });
}
