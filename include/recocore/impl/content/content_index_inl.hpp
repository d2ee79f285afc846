#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include <recocore/content/content_index.hpp>
#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/impl/content/content_columns.hpp>

namespace recocore {

struct ContentIndex::Storage {
  ContentFeatures features{};
  std::vector<double> weights{};
  std::vector<float> factors{};
  std::vector<detail::ContentColumn> columns{};
  /// Which columns are scanned, then which have postings; those without weight in neither.
  std::vector<std::size_t> scanned{};
  std::vector<std::size_t> sparse{};
  std::size_t rows = 0;
};

RECOCORE_INLINE ContentIndex::ContentIndex() : storage_(std::make_shared<const Storage>()) {}

RECOCORE_INLINE ContentIndex ContentIndex::make(ContentFeatures features, std::vector<double> weights,
                                                std::span<const FeatureRow> rows, const RunOptions& options) {
  const auto columns = features.columns();
  if (weights.size() != columns.size() ||
      !std::all_of(weights.begin(), weights.end(), [](double w) { return w >= 0.0 && w <= 1.0; })) {
    throw InvalidParameter("there must be a weight from 0 to 1 for each of the " + std::to_string(columns.size()) +
                           " columns");
  }
  auto storage = std::make_shared<Storage>();
  for (std::size_t c = 0; c < columns.size(); ++c) {
    throw_if_stopped(options);
    const bool used = weights[c] > 0.0;
    // A column without weight is never looked at.
    storage->columns.emplace_back(columns[c].kind, c, used ? rows : std::span<const FeatureRow>{});
    storage->factors.push_back(static_cast<float>(weights[c]));
    if (used) {
      (detail::is_sparse(columns[c].kind) ? storage->sparse : storage->scanned).push_back(c);
    }
  }
  storage->features = std::move(features);
  storage->weights = std::move(weights);
  storage->rows = rows.size();
  ContentIndex index;
  index.storage_ = std::move(storage);
  index.size_ = rows.size();
  return index;
}

RECOCORE_INLINE const ContentFeatures& ContentIndex::features() const noexcept { return storage_->features; }
RECOCORE_INLINE std::span<const double> ContentIndex::weights() const noexcept { return storage_->weights; }
RECOCORE_INLINE std::size_t ContentIndex::base_size() const noexcept { return storage_->rows; }

RECOCORE_INLINE ContentIndex ContentIndex::with(std::vector<Moved> moved) const {
  ContentIndex index;
  index.storage_ = storage_;
  index.size_ = moved.empty() ? storage_->rows : std::max<std::size_t>(storage_->rows, moved.back().position + 1);
  index.moved_ = std::move(moved);
  return index;
}

RECOCORE_INLINE void ContentIndex::score_all(const FeatureRow& row, std::vector<float>& scores) const {
  const auto& s = *storage_;
  const std::size_t scanned_rows = detail::padded(s.rows);
  if (scores.size() < std::max(scanned_rows, size_)) {
    scores.resize(std::max(scanned_rows, size_));
  }
  for (std::size_t begin = 0; begin < scanned_rows; begin += detail::scan_rows) {
    float* const block = scores.data() + begin;
    std::fill_n(block, detail::scan_rows, 0.0F);
    for (const std::size_t c : s.scanned) {
      if (const auto& cell = row.cells[c]; cell.present) {
        s.columns[c].scan(row, cell, s.factors[c], begin, block);
      }
    }
  }
  for (const std::size_t c : s.sparse) {
    if (const auto& cell = row.cells[c]; cell.present) {
      s.columns[c].add_postings(row, cell, s.factors[c], scores.data());
    }
  }
  for (const auto& moved : moved_) {
    scores[moved.position] = score(row, *moved.row);
  }
}

RECOCORE_INLINE float ContentIndex::score(const FeatureRow& a, const FeatureRow& b) const {
  const auto& s = *storage_;
  float sum = 0.0F;
  for (const std::size_t c : s.scanned) {
    const auto& in_a = a.cells[c];
    const auto& in_b = b.cells[c];
    if (!in_a.present || !in_b.present) {
      continue;
    }
    const float weight = s.factors[c];
    switch (s.features.columns()[c].kind) {
      case ColumnKind::category:
      case ColumnKind::flag:
        sum += in_a.code == in_b.code ? weight * in_a.x : 0.0F;
        break;
      case ColumnKind::number:
      case ColumnKind::date:
        sum += weight * detail::near_similarity(in_a.x, in_b.x);
        break;
      case ColumnKind::point:
        sum += weight * detail::place_similarity(in_a.x, in_a.y, in_a.z, in_b.x, in_b.y, in_b.z);
        break;
      default: {
        float dot = 0.0F;
        detail::add_dot_products(b.dense.data() + in_b.begin, 1, in_b.end - in_b.begin, a.dense.data() + in_a.begin,
                                 &dot);
        sum += weight * detail::at_least_zero(dot);
      }
    }
  }
  for (const std::size_t c : s.sparse) {
    const float weight = s.factors[c];
    detail::for_each_common(a.sparse_of(a.cells[c]), b.sparse_of(b.cells[c]),
                            [&sum, weight](float x, float y) { sum += weight * (x * y); });
  }
  return sum;
}

RECOCORE_INLINE void ContentIndex::neighbours_of(const FeatureRow& row, std::size_t k, std::optional<ItemIx> self,
                                                 Scratch& scratch, std::vector<ScoredItem>& nearest) const {
  score_all(row, scratch.scores);
  auto& scores = scratch.scores;
  if (self) {
    scores[self->value] = 0.0F;
  }
  scratch.best.start(k, std::max<std::size_t>(1, size_));
  std::array<ItemIx, detail::scan_rows> positions{};
  for (std::size_t begin = 0; begin < size_; begin += detail::scan_rows) {
    const std::size_t count = std::min(detail::scan_rows, size_ - begin);
    const float bar = scratch.best.bar();
    const float* const block = scores.data() + begin;
    float highest = 0.0F;
    for (std::size_t r = 0; r < count; ++r) {
      highest = block[r] > highest ? block[r] : highest;
    }
    if (highest > 0.0F && highest >= bar) {
      for (std::size_t r = 0; r < count; ++r) {
        positions[r] = ItemIx(begin + r);
      }
      scratch.best.offer_all(positions.data(), block, count);
    }
  }
  scratch.best.finish();
  nearest.resize(scratch.best.size());
  for (std::size_t place = 0; place < nearest.size(); ++place) {
    nearest[place] = scratch.best[place];
  }
}

RECOCORE_INLINE Neighbours<ItemIx> ContentIndex::all_neighbours(std::span<const FeatureRow> rows, std::size_t k,
                                                                const RunOptions& options) const {
  const std::size_t size = rows.size();
  const std::size_t room = std::min(k, size);
  Neighbours<ItemIx> result;
  result.offsets.assign(size + 1, 0);
  result.entries.resize(size * room);
  struct Slot {
    Scratch scratch{};
    std::vector<ScoredItem> nearest{};
  };
  std::vector<Slot> slots(parallel_slots(options));
  parallel_for(size, 8, options, "content similarities", [&](std::size_t begin, std::size_t end, unsigned slot) {
    auto& [scratch, nearest] = slots[slot];
    for (std::size_t r = begin; r < end && !should_stop(options); ++r) {
      neighbours_of(rows[r], k, ItemIx(r), scratch, nearest);
      std::copy(nearest.begin(), nearest.end(), result.entries.begin() + static_cast<std::ptrdiff_t>(r * room));
      result.offsets[r + 1] = nearest.size();
    }
  });
  throw_if_stopped(options);
  for (std::size_t r = 0; r < size; ++r) {
    const auto count = static_cast<std::ptrdiff_t>(result.offsets[r + 1]);
    const auto from = result.entries.begin() + static_cast<std::ptrdiff_t>(r * room);
    std::copy(from, from + count, result.entries.begin() + static_cast<std::ptrdiff_t>(result.offsets[r]));
    result.offsets[r + 1] += result.offsets[r];
  }
  result.entries.resize(result.offsets.back());
  return result;
}

}  // namespace recocore
