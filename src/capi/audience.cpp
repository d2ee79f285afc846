#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "handles.hpp"
#include "run.hpp"
#include "status.hpp"
#include "structs.hpp"

namespace recocore::capi {

namespace {

constexpr std::uint32_t default_n = 10;
constexpr std::uint32_t default_alternative = 10;

/// Ids the model does not know do no harm.
void allow_listed(const ExtendedIds& ids, const recocore_ids* given, BitSet& allowed) {
  std::vector<std::string_view> texts;
  const auto column = to_column(given, "users", texts);
  for (std::size_t row = 0; row < column.size(); ++row) {
    if (ids.size() > 0 && kind_of(column[row]) != ids.kind()) {
      (void)find_known(ids, column[row], "user");  // says what is wrong
    }
    if (const auto position = ids.find(column[row])) {
      allowed.set(*position);
    }
  }
}

/// Who is asked for; none for all.
[[nodiscard]] std::optional<BitSet> allowed_users(const AnyModel& model, const recocore_audience_options& options) {
  std::optional<BitSet> allowed;
  if (options.users != nullptr) {
    allowed.emplace(model.users().size());
    allow_listed(model.users(), options.users, *allowed);
  }
  if (options.where != nullptr) {
    const auto* profiles = model.profiles();
    if (profiles == nullptr || profiles->size() == 0) {
      throw InvalidParameter("where looks at columns of users, and this model has none: it was fitted without them");
    }
    auto fitting = Where::parse(options.where).evaluate(*profiles);
    fitting.resize(model.users().size());
    if (allowed) {
      *allowed &= fitting;
    } else {
      allowed = std::move(fitting);
    }
  }
  return allowed;
}

/// What the item has to stand up to, from the last call if the model is still the same. Under `audience`.
[[nodiscard]] const AudienceBars& bars_of(recocore_model& model, const AnyModel& snapshot, std::uint64_t version,
                                          std::uint32_t alternative, const RunOptions& options) {
  if (!model.bars || model.bars->version != version || model.bars->bars.alternative() != alternative) {
    model.bars.reset();
    model.bars.emplace(
        recocore_model::Bars{.version = version, .bars = AudienceBars::of(snapshot, alternative, options)});
  }
  return model.bars->bars;
}

[[nodiscard]] std::unique_ptr<recocore_members> audience_of(recocore_model& model, const IdView& item,
                                                            const recocore_audience_options& given,
                                                            const RunOptions& run) {
  const std::scoped_lock alone(model.audience);
  std::unique_lock changes(model.changes);
  const auto snapshot = model.live.snapshot(run);
  const auto version = model.live.version();
  changes.unlock();

  const auto position = find_known(snapshot.items(), item, "item");
  const auto allowed = allowed_users(snapshot, given);
  AudienceOptions options{.n = given.n == 0 ? default_n : given.n, .ranks = given.ranks != 0};
  options.filter.allowed = allowed ? &*allowed : nullptr;
  options.filter.min_history = given.min_history;
  const auto alternative = given.alternative == 0 ? default_alternative : given.alternative;

  auto members = std::make_unique<recocore_members>();
  members->entries =
      recocore::audience(snapshot, ItemIx(position), bars_of(model, snapshot, version, alternative, run), options, run);
  for (const auto& entry : members->entries) {
    members->users.add(snapshot.users().at(entry.user.value));
  }
  return members;
}

[[nodiscard]] const Addressee* find_member(const recocore_members* members, std::size_t entry) noexcept {
  return members != nullptr && entry < members->entries.size() ? &members->entries[entry] : nullptr;
}

}  // namespace

}  // namespace recocore::capi

using namespace recocore::capi;

recocore_status recocore_audience(recocore_model* model, const recocore_ids* item,
                                  const recocore_audience_options* options, const recocore_run* run,
                                  recocore_members** members, recocore_error* error) {
  return guarded(error, [&] {
    require(model, "model");
    require(members, "members");
    const auto given = read_struct(options, "recocore_audience_options");
    const Run run_options(run);
    *members = audience_of(*model, to_id(item, "item"), given, run_options.options()).release();
  });
}

size_t recocore_members_size(const recocore_members* members) {
  return members == nullptr ? 0 : members->entries.size();
}

const char* recocore_members_user(const recocore_members* members, size_t entry, size_t* length) {
  if (members == nullptr) {
    if (length != nullptr) {
      *length = 0;
    }
    return nullptr;
  }
  return members->users.text(entry, length);
}

int64_t recocore_members_user_int64(const recocore_members* members, size_t entry) {
  return members == nullptr ? 0 : members->users.integer(entry);
}

float recocore_members_meaning(const recocore_members* members, size_t entry) {
  const auto* member = find_member(members, entry);
  return member == nullptr ? 0.0F : member->meaning;
}

float recocore_members_score(const recocore_members* members, size_t entry) {
  const auto* member = find_member(members, entry);
  return member == nullptr ? 0.0F : member->score;
}

uint32_t recocore_members_rank(const recocore_members* members, size_t entry) {
  const auto* member = find_member(members, entry);
  return member == nullptr ? 0 : member->rank;
}

uint32_t recocore_members_evidence(const recocore_members* members, size_t entry) {
  const auto* member = find_member(members, entry);
  return member == nullptr ? 0 : member->evidence;
}

void recocore_members_free(recocore_members* members) { delete members; }
