/// Lists by real ids: for one, for many, for a visitor without an account.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <recocore/core/id_column.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/rank/any_model.hpp>
#include <recocore/rank/rules.hpp>
#include <recocore/rank/where.hpp>

namespace recocore {

/// What to answer for a user or an item the model does not know.
enum class OnUnknown : std::uint8_t {
  popular,  ///< what everybody chooses, labelled so
  error,    ///< throw UnknownId
  empty,    ///< an empty list
};

/// @throws InvalidParameter for an unknown name; the message lists the known ones.
[[nodiscard]] OnUnknown parse_on_unknown(std::string_view name);

struct ListOptions {
  std::size_t n = 10;
  bool exclude_seen = true;
  /// Items that must not be in the lists. Ids the model does not know do no harm.
  IdColumn exclude{};
  /// The only items that may be in the lists; none given: all. Ids the model does not know are never recommended.
  std::optional<IdColumn> candidates{};
  OnUnknown on_unknown = OnUnknown::popular;
  /// Only items it is true of may be in the lists, if there is one. Of the model's catalogue and profiles, which it
  /// must have; outlives the options.
  const PreparedWhere* where = nullptr;
  /// Applied to each list, if there are any; then scores, which stay the model's own, need not descend. Not for similar
  /// items. Outlives the options.
  const PreparedRules* rules = nullptr;

  /// @throws InvalidParameter when n is 0.
  void validate() const;
};

/// Many lists one after the other: list i is entries[offsets[i] .. offsets[i + 1]).
struct RecommendationLists {
  std::vector<std::uint64_t> offsets{0};
  std::vector<Recommendation> entries{};

  [[nodiscard]] std::size_t size() const noexcept { return offsets.size() - 1; }
  [[nodiscard]] std::span<const Recommendation> operator[](std::size_t list) const& noexcept {
    return std::span(entries).subspan(offsets[list], offsets[list + 1] - offsets[list]);
  }
  std::span<const Recommendation> operator[](std::size_t list) const&& = delete;  // would outlive its lists
};

/// A list for each user, in the order given, computed in parallel.
/// @throws InvalidParameter n = 0; IdTypeError text ids where the model has integers or the reverse; UnknownId as
///         asked; Cancelled, DeadlineExceeded.
[[nodiscard]] RecommendationLists recommend_users(const AnyModel& model, const IdColumn& users,
                                                  const ListOptions& options = {}, const RunOptions& run = {});

/// Appends the list of one user, made on the caller's thread without a lock, to `list`. Allocates nothing once scratch
/// and list have grown, which is what a server wants; filters and rules take a little memory for each list.
/// @throws as `recommend_users`.
void recommend_user(const AnyModel& model, const IdView& user, const ListOptions& options, Scratch& scratch,
                    std::vector<Recommendation>& list);

/// As above, with memory of its own.
[[nodiscard]] std::vector<Recommendation> recommend_user(const AnyModel& model, const IdView& user,
                                                         const ListOptions& options = {});

/// Appends a list for somebody who has done this and no more; otherwise as `recommend_user`. An item given twice counts
/// once; with weights, parallel to the items, it counts their sum. Items the model does not know are left out; when
/// none is left, or one is unknown and `on_unknown` is `error`, the history is unknown.
/// @param profile whose profile counts besides, for a model with profiles: one of its users.
void recommend_history(const AnyModel& model, const IdColumn& items, std::span<const float> weights,
                       const ListOptions& options, Scratch& scratch, std::vector<Recommendation>& list,
                       const std::optional<IdView>& profile = {});
[[nodiscard]] std::vector<Recommendation> recommend_history(const AnyModel& model, const IdColumn& items,
                                                            std::span<const float> weights = {},
                                                            const ListOptions& options = {});

/// A list for each of many histories, computed in parallel: history i is items[offsets[i] .. offsets[i + 1]), its order
/// the one given. Otherwise as `recommend_history`.
/// @throws InvalidParameter offsets that do not ascend from 0 to the number of items.
[[nodiscard]] RecommendationLists recommend_histories(const AnyModel& model, const IdColumn& items,
                                                      std::span<const std::uint64_t> offsets,
                                                      const ListOptions& options = {}, const RunOptions& run = {});

/// Appends the items most similar to one, best first: at most n, and not filled up; otherwise as `recommend_user`.
/// `exclude_seen` has no meaning here.
/// @throws InvalidParameter when the model has no notion of similar items.
void similar_items(const AnyModel& model, const IdView& item, const ListOptions& options, Scratch& scratch,
                   std::vector<Recommendation>& list);
[[nodiscard]] std::vector<Recommendation> similar_items(const AnyModel& model, const IdView& item,
                                                        const ListOptions& options = {});

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/rank/serve_inl.hpp>
#endif
