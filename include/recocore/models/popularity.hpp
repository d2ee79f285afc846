/// What everybody chooses: the baseline every model must beat, and what fills short lists.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <recocore/core/ranking.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/rank/popular_items.hpp>
#include <recocore/rank/recommender.hpp>

namespace recocore {

enum class PopularityKind : std::uint8_t {
  all_time,  ///< n_i, the distinct users of the item
  recent,    ///< the distinct users of the item in the last window
  /// (r - e) / sqrt(e + 1): r the distinct users in the last window, e the mean number of a window among the
  /// `baseline_windows` before it. A Poisson z-score that a single new user cannot blow up.
  trending,
};

[[nodiscard]] std::span<const std::string_view> popularity_kind_names() noexcept;
/// @throws InvalidParameter for an unknown name; the message lists the known ones.
[[nodiscard]] PopularityKind parse_popularity_kind(std::string_view name);

struct PopularityConfig {
  PopularityKind kind = PopularityKind::all_time;
  /// The last window ends with the latest event.
  double window_days = 30.0;
  std::uint32_t baseline_windows = 4;

  /// @throws InvalidParameter when a field makes no sense.
  void validate() const;

  friend bool operator==(const PopularityConfig&, const PopularityConfig&) = default;
};

/// The same ranking for everybody. People count, not events, so that one robot makes nothing popular. The ranking
/// inside a category is this ranking with the category as `candidates`.
class Popularity {
 public:
  static constexpr std::string_view name = "popularity";
  static constexpr Tier tier = Tier::popular;

  /// O(items log items); with a window O(events log events) for each window that has events.
  /// @throws InvalidParameter; InvalidData for a window without times; Cancelled, DeadlineExceeded,
  ///         MemoryLimitExceeded.
  [[nodiscard]] static Popularity fit(Interactions interactions, const PopularityConfig& config = {},
                                      const RunOptions& options = {});

  /// Bytes that `fit` needs at most beside its input: 32 an item; for a kind that looks at times, which copies the
  /// events, 28 an event and 32 an item.
  /// @throws InvalidParameter when a field of the configuration makes no sense.
  [[nodiscard]] static std::uint64_t estimate_fit_memory(const Interactions& interactions,
                                                         const PopularityConfig& config = {},
                                                         const RunOptions& options = {});

  /// From parts that were fitted before, for instance read from a file: all items in their order.
  /// @throws InvalidData a ranking that does not belong to the interactions.
  [[nodiscard]] static Popularity from_parts(Interactions interactions, const PopularityConfig& config,
                                             std::vector<ScoredItem> ranking);

  [[nodiscard]] const PopularityConfig& config() const noexcept { return config_; }
  [[nodiscard]] const Interactions& interactions() const noexcept { return interactions_; }
  [[nodiscard]] const PopularItems& popular_items() const noexcept { return popular_items_; }
  /// All items, best first.
  [[nodiscard]] std::span<const ScoredItem> ranking() const noexcept { return *ranking_; }

  /// See `Recommender`. The history does not matter. O(n + items forbidden).
  void rank(const History& history, std::size_t n, Scratch& scratch) const;

 private:
  Popularity(Interactions interactions, const PopularityConfig& config, std::vector<ScoredItem> ranking);

  PopularityConfig config_;
  Interactions interactions_;
  std::shared_ptr<const std::vector<ScoredItem>> ranking_;
  PopularItems popular_items_;
};

static_assert(Recommender<Popularity>);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/models/popularity_inl.hpp>
#endif
