/// Which rows are most alike, over all columns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <recocore/content/content_features.hpp>
#include <recocore/core/best_of.hpp>
#include <recocore/core/index.hpp>
#include <recocore/core/ranking.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/stats/neighbours.hpp>

namespace recocore {

/// sim(a, b) = sum over columns c of weight_c sim_c(a, b), in float and in one order: the same bits whichever way round
/// and however it is computed.
///
/// Base rows lie column by column, terms and labels as posting lists; rows that came or changed since lie beside them.
/// Immutable; copies share everything.
class ContentIndex {
 public:
  /// No rows.
  ContentIndex();

  /// @param weights one for each column, at least 0. @param rows all rows, by position, encoded by `features`.
  /// @throws InvalidParameter weights that do not fit; Cancelled, DeadlineExceeded.
  [[nodiscard]] static ContentIndex make(ContentFeatures features, std::vector<double> weights,
                                         std::span<const FeatureRow> rows, const RunOptions& options = {});

  [[nodiscard]] const ContentFeatures& features() const noexcept;
  [[nodiscard]] std::span<const double> weights() const noexcept;
  [[nodiscard]] std::size_t base_size() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// A row that is read instead of the base's, or lies behind it.
  struct Moved {
    std::uint32_t position = 0;
    std::shared_ptr<const FeatureRow> row{};
  };
  [[nodiscard]] std::span<const Moved> moved() const noexcept { return moved_; }

  /// The same base with other rows beside it. @param moved ascending; all positions from `base_size()` up among them.
  [[nodiscard]] ContentIndex with(std::vector<Moved> moved) const;

  /// Memory kept from query to query.
  struct Scratch {
    std::vector<float> scores{};
    BestOf<ItemIx> best{};
  };

  /// Writes sim(row, position) for all positions to `scores`, which is at least `size()` long afterwards.
  void score_all(const FeatureRow& row, std::vector<float>& scores) const;
  /// sim(a, b).
  [[nodiscard]] float score(const FeatureRow& a, const FeatureRow& b) const;

  /// The `k` positions most like a row, best first, of those with a similarity above 0. O(size x columns).
  /// @param self left out.
  void neighbours_of(const FeatureRow& row, std::size_t k, std::optional<ItemIx> self, Scratch& scratch,
                     std::vector<ScoredItem>& nearest) const;

  /// The same for all rows of the base. @param rows those of `make`. O(size^2 x columns).
  /// @throws Cancelled, DeadlineExceeded.
  [[nodiscard]] Neighbours<ItemIx> all_neighbours(std::span<const FeatureRow> rows, std::size_t k,
                                                  const RunOptions& options = {}) const;

 private:
  struct Storage;

  std::shared_ptr<const Storage> storage_;
  std::vector<Moved> moved_{};
  std::size_t size_ = 0;
};

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/content/content_index_inl.hpp>
#endif
