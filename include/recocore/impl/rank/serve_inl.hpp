#pragma once

#include <array>
#include <string_view>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/impl/core/names.hpp>
#include <recocore/impl/rank/serve_lists.hpp>
#include <recocore/rank/serve.hpp>

namespace recocore {

namespace detail {

inline constexpr std::array<std::string_view, 3> on_unknown_names{"popular", "error", "empty"};

}  // namespace detail

RECOCORE_INLINE OnUnknown parse_on_unknown(std::string_view name) {
  return detail::parse_name<OnUnknown>("on_unknown", name, detail::on_unknown_names);
}

RECOCORE_INLINE void ListOptions::validate() const {
  if (n < 1) {
    throw InvalidParameter("n, the length of a list, must be at least 1; got 0");
  }
}

RECOCORE_INLINE RecommendationLists recommend_users(const AnyModel& model, const IdColumn& users,
                                                    const ListOptions& options, const RunOptions& run) {
  return detail::serve_users(detail::ModelSource{.model = model}, users, options, run);
}

RECOCORE_INLINE RecommendationLists recommend_histories(const AnyModel& model, const IdColumn& items,
                                                        std::span<const std::uint64_t> offsets,
                                                        const ListOptions& options, const RunOptions& run) {
  return detail::serve_histories(detail::ModelSource{.model = model}, items, offsets, options, run);
}

RECOCORE_INLINE void recommend_user(const AnyModel& model, const IdView& user, const ListOptions& options,
                                    Scratch& scratch, std::vector<Recommendation>& list) {
  detail::serve_user(detail::ModelSource{.model = model}, user, options, scratch, list);
}

RECOCORE_INLINE std::vector<Recommendation> recommend_user(const AnyModel& model, const IdView& user,
                                                           const ListOptions& options) {
  Scratch scratch;
  std::vector<Recommendation> list;
  recommend_user(model, user, options, scratch, list);
  return list;
}

RECOCORE_INLINE void recommend_history(const AnyModel& model, const IdColumn& items, std::span<const float> weights,
                                       const ListOptions& options, Scratch& scratch, std::vector<Recommendation>& list,
                                       const std::optional<IdView>& profile) {
  detail::serve_history(detail::ModelSource{.model = model}, items, weights, options, scratch, list, profile);
}

RECOCORE_INLINE std::vector<Recommendation> recommend_history(const AnyModel& model, const IdColumn& items,
                                                              std::span<const float> weights,
                                                              const ListOptions& options) {
  Scratch scratch;
  std::vector<Recommendation> list;
  recommend_history(model, items, weights, options, scratch, list);
  return list;
}

RECOCORE_INLINE void similar_items(const AnyModel& model, const IdView& item, const ListOptions& options,
                                   Scratch& scratch, std::vector<Recommendation>& list) {
  detail::serve_similar(detail::ModelSource{.model = model}, item, options, scratch, list);
}

RECOCORE_INLINE std::vector<Recommendation> similar_items(const AnyModel& model, const IdView& item,
                                                          const ListOptions& options) {
  Scratch scratch;
  std::vector<Recommendation> list;
  similar_items(model, item, options, scratch, list);
  return list;
}

}  // namespace recocore
