#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <recocore/rank/serve.hpp>

#include "handles.hpp"
#include "status.hpp"
#include "structs.hpp"

namespace recocore::capi {

namespace {

constexpr std::uint32_t default_n = 10;

[[nodiscard]] OnUnknown to_on_unknown(std::int32_t value) {
  switch (value) {
    case RECOCORE_ON_UNKNOWN_POPULAR:
      return OnUnknown::popular;
    case RECOCORE_ON_UNKNOWN_ERROR:
      return OnUnknown::error;
    case RECOCORE_ON_UNKNOWN_EMPTY:
      return OnUnknown::empty;
    default:
      throw InvalidArgument("on_unknown must be 0 (popular), 1 (error) or 2 (empty); got " + std::to_string(value));
  }
}

[[nodiscard]] bool is_for(const recocore_list::Filter& filter, const AnyModel& model) noexcept {
  const auto* profiles = model.profiles();
  return &filter.catalogue.base() == &model.catalogue()->base() &&
         (profiles == nullptr ? !filter.profiles : filter.profiles && &filter.profiles->base() == &profiles->base());
}

/// The filter of a list, prepared again only when it is another one or for another catalogue.
[[nodiscard]] const PreparedWhere* prepare(const char* text, const AnyModel& model, recocore_list& list) {
  if (text == nullptr) {
    return nullptr;
  }
  if (model.catalogue() == nullptr) {
    throw InvalidParameter(
        "where looks at columns of items, and this model has none: it was fitted without a catalogue");
  }
  auto& filter = list.filter;
  if (!filter || filter->where.where().text() != text || !is_for(*filter, model)) {
    filter.reset();
    const auto* profiles = model.profiles();
    filter.emplace(recocore_list::Filter{.where = PreparedWhere(Where::parse(text), *model.catalogue(), profiles),
                                         .catalogue = *model.catalogue(),
                                         .profiles = profiles == nullptr ? std::nullopt : std::optional(*profiles)});
  }
  return &filter->where;
}

[[nodiscard]] ListOptions to_options(const recocore_request& request, const AnyModel& model, recocore_list& list) {
  if (request.reserved != 0) {
    throw Unsupported("the reserved field of a recocore_request must be 0");
  }
  ListOptions options{.n = request.n == 0 ? default_n : request.n,
                      .exclude_seen = request.include_seen == 0,
                      .exclude = to_column(request.exclude, "exclude", list.exclude),
                      .on_unknown = to_on_unknown(request.on_unknown)};
  if (request.candidates != nullptr) {
    options.candidates = to_column(request.candidates, "candidates", list.candidates);
  }
  options.where = prepare(request.where, model, list);
  return options;
}

/// Copies the ids: a result does not depend on the version it was made by.
void own(const LiveModel::View& view, recocore_list& list) {
  for (const auto& entry : list.entries) {
    list.items.add(view.items().at(entry.item.value));
  }
  list.version = view.version();
}

/// Makes a list by `work`; empty when it throws.
template <class Work>
void fill(recocore_list& list, const Work& work) {
  try {
    work();
  } catch (const Error&) {
    list.clear();
    throw;
  } catch (...) {
    list.clear();
    list.scratch = {};  // memory ran out in the middle of it, perhaps
    throw;
  }
}

void recommend(const recocore_model& model, const recocore_request& request, recocore_list& list) {
  const auto view = model.live.view();
  const auto options = to_options(request, view.model(), list);
  const auto history = to_column(request.history, "history", list.history);
  if (request.weights != nullptr && request.history == nullptr) {
    throw InvalidArgument("weights belong to a history, and there is none");
  }
  if (request.user != nullptr && request.history == nullptr) {
    view.recommend_user(to_id(request.user, "user"), options, list.scratch, list.entries);
  } else {
    const auto weights =
        request.weights == nullptr ? std::span<const float>{} : std::span(request.weights, history.size());
    const auto profile = request.user == nullptr ? std::nullopt : std::optional(to_id(request.user, "user"));
    view.recommend_history(history, weights, options, list.scratch, list.entries, profile);
  }
  own(view, list);
}

void similar(const recocore_model& model, const IdView& item, const recocore_request& request, recocore_list& list) {
  if (request.user != nullptr || request.history != nullptr || request.weights != nullptr ||
      request.include_seen != 0) {
    throw InvalidArgument("similar items are asked for without user, history, weights and include_seen");
  }
  const auto view = model.live.view();
  const auto options = to_options(request, view.model(), list);
  view.similar_items(item, options, list.scratch, list.entries);
  own(view, list);
}

}  // namespace

}  // namespace recocore::capi

using namespace recocore::capi;

void recocore_list::clear() noexcept {
  items.clear();
  entries.clear();
  version = 0;
}

recocore_status recocore_list_new(recocore_list** list, recocore_error* error) {
  return guarded(error, [&] {
    require(list, "list");
    *list = std::make_unique<recocore_list>().release();
  });
}

recocore_status recocore_recommend(const recocore_model* model, const recocore_request* request, recocore_list* list,
                                   recocore_error* error) {
  return guarded(error, [&] {
    require(list, "list");
    list->clear();
    require(model, "model");
    const auto given = read_struct(request, "recocore_request");
    fill(*list, [&] { recommend(*model, given, *list); });
  });
}

recocore_status recocore_similar(const recocore_model* model, const recocore_ids* item, const recocore_request* request,
                                 recocore_list* list, recocore_error* error) {
  return guarded(error, [&] {
    require(list, "list");
    list->clear();
    require(model, "model");
    const auto given = read_struct(request, "recocore_request");
    fill(*list, [&] { similar(*model, to_id(item, "item"), given, *list); });
  });
}

size_t recocore_list_size(const recocore_list* list) { return list == nullptr ? 0 : list->items.size(); }

uint64_t recocore_list_version(const recocore_list* list) { return list == nullptr ? 0 : list->version; }

const char* recocore_list_item(const recocore_list* list, size_t entry, size_t* length) {
  if (list == nullptr) {
    if (length != nullptr) {
      *length = 0;
    }
    return nullptr;
  }
  return list->items.text(entry, length);
}

int64_t recocore_list_item_int64(const recocore_list* list, size_t entry) {
  return list == nullptr ? 0 : list->items.integer(entry);
}

float recocore_list_score(const recocore_list* list, size_t entry) {
  return entry < recocore_list_size(list) ? list->entries[entry].score : 0.0F;
}

int32_t recocore_list_tier(const recocore_list* list, size_t entry) {
  return entry < recocore_list_size(list) ? static_cast<int32_t>(list->entries[entry].tier) : RECOCORE_TIER_NONE;
}

void recocore_list_free(recocore_list* list) { delete list; }
