/// Items by items, sparse: what linear models of items serve from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include <recocore/core/ranking.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/rank/recommender.hpp>
#include <recocore/stats/neighbours.hpp>

namespace recocore {

/// A sparse matrix B with score(u, j) = sum of w_ui B_ij over the items i of a history: row i lists the j, the largest
/// B_ij first. Immutable; copies share everything.
class ItemWeights {
 public:
  ItemWeights() = default;

  /// @param of_candidate row j lists the i that vote for j, with B_ij: what a fit that works candidate by candidate
  ///        makes, in any order inside a row.
  [[nodiscard]] static ItemWeights from_candidates(const Neighbours<ItemIx>& of_candidate, const RunOptions& options);

  /// From the rows of an earlier `rows()`.
  /// @throws InvalidData rows that are not those of `items` items: not sorted, not finite, an item twice or outside.
  [[nodiscard]] static ItemWeights from_rows(Neighbours<ItemIx> rows, std::size_t items);

  /// The largest memory in bytes that `from_candidates` needs beside its input, the result included.
  [[nodiscard]] static std::uint64_t estimate_memory(std::uint64_t entries, std::uint64_t items,
                                                     const RunOptions& options);

  [[nodiscard]] const Neighbours<ItemIx>& rows() const noexcept { return *rows_; }

  /// The j with the largest B_ij, best first; only those above 0.
  [[nodiscard]] std::span<const ScoredItem> similar_items(ItemIx i) const noexcept;

  /// See `Recommender`. O(items of the history x entries of a row).
  void rank(const History& history, std::size_t n, Scratch& scratch) const;

 private:
  explicit ItemWeights(Neighbours<ItemIx> rows);

  std::shared_ptr<const Neighbours<ItemIx>> rows_ = std::make_shared<const Neighbours<ItemIx>>();
};

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/models/item_weights_inl.hpp>
#endif
