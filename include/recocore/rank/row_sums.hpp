/// Sums of weighted rows of scores, and the best of them.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <recocore/core/best_of.hpp>
#include <recocore/core/index.hpp>
#include <recocore/core/ranking.hpp>
#include <recocore/rank/item_mask.hpp>

namespace recocore {

/// Ranks items by the sum of weight x score over the rows that list them: what a model of neighbours does with a
/// history. Memory is kept from request to request.
class RowSums {
 public:
  /// How the items of a request are found again. Both ways give the same bytes.
  enum class Path : std::uint8_t {
    listed,   ///< they are listed when their first term comes
    scanned,  ///< all items of the catalogue are looked at, which pays when most have terms
  };

  /// Starts a request over a catalogue.
  void start(std::size_t items) {
    if (sums_.size() < items) {
      sums_.resize(items, 0.0);
    }
    items_ = items;
    terms_ = 0;
    rows_.clear();
  }

  /// @param row different items of the catalogue; it must outlive the request.
  void add(std::span<const ScoredItem> row, float weight) {
    if (rows_.size() < rows_ahead) {
      prefetch(row);
    }
    rows_.push_back({row, static_cast<double>(weight)});
    terms_ += row.size();
  }

  /// Ends the request: leaves in `ranked` the best `n` of the items that the mask allows and whose sum is above 0, in
  /// the total order. The terms of a sum are added in the order of the rows. O(terms), or O(terms + items) where most
  /// items have terms.
  void rank(std::size_t n, const ItemMask& mask, std::vector<ScoredItem>& ranked) {
    // Measured: finding a term's item again by the list costs three times what looking at an item does.
    rank(n, mask, ranked, terms_ >= items_ / 3 ? Path::scanned : Path::listed);
  }

  void rank(std::size_t n, const ItemMask& mask, std::vector<ScoredItem>& ranked, Path path) {
    best_.start(n, items_);
    above_ = 0.0;
    if (path == Path::listed) {
      const std::size_t listed = sum_up_and_list();
      for (std::size_t begin = 0; begin < listed; begin += block) {
        take_listed(std::span(touched_).subspan(begin, std::min(block, listed - begin)), mask);
      }
    } else {
      sum_up();
      for (std::size_t begin = 0; begin < items_; begin += block) {
        take_all(begin, std::min(block, items_ - begin), mask);
      }
    }
    best_.finish();
    ranked.resize(best_.size());
    for (std::size_t place = 0; place < best_.size(); ++place) {
      ranked[place] = best_[place];
    }
  }

 private:
  struct Row {
    std::span<const ScoredItem> entries;
    double weight;
  };

  /// Rows lie far apart: the memory is asked for this many rows before it is needed.
  static constexpr std::size_t rows_ahead = 4;
  /// Items looked at before the bar is raised.
  static constexpr std::size_t block = 64;
  static_assert(block <= BestOf<ItemIx>::most_at_once);

  static void prefetch([[maybe_unused]] std::span<const ScoredItem> row) noexcept {
#if defined(__GNUC__)
    // The processor sees by itself that a long row goes on.
    constexpr std::size_t most = 512;
    constexpr std::size_t per_line = 64 / sizeof(ScoredItem);
    const std::size_t size = std::min(row.size(), most);
    for (std::size_t entry = 0; entry < size; entry += per_line) {
      __builtin_prefetch(row.data() + entry);
    }
#endif
  }

  /// Calls `visitor(entry, term)` for each term, row by row.
  template <class Visitor>
  void visit_terms(const Visitor& visitor) const {
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      if (r + rows_ahead < rows_.size()) {
        prefetch(rows_[r + rows_ahead].entries);
      }
      const auto& row = rows_[r];
      if (row.weight == 1.0) {
        for (const auto& entry : row.entries) {
          visitor(entry.index, static_cast<double>(entry.score));
        }
      } else {
        for (const auto& entry : row.entries) {
          visitor(entry.index, row.weight * static_cast<double>(entry.score));
        }
      }
    }
  }

  void sum_up() {
    double* const sums = sums_.data();
    visit_terms([sums](ItemIx item, double term) { sums[item.value] += term; });
  }

  /// Lists an item whenever its sum is zero before a term: at least once, and again after terms that cancel out.
  /// Returns the length of the list.
  [[nodiscard]] std::size_t sum_up_and_list() {
    if (touched_.size() <= terms_) {
      touched_.resize(terms_ + 1);
    }
    double* const sums = sums_.data();
    ItemIx* const touched = touched_.data();
    std::size_t listed = 0;
    visit_terms([sums, touched, &listed](ItemIx item, double term) {
      const double before = sums[item.value];
      touched[listed] = item;
      listed += std::bit_cast<std::uint64_t>(before) == 0 ? 1U : 0U;
      sums[item.value] = before + term;
    });
    return listed;
  }

  /// An item that is listed twice has its sum taken the first time, and 0 the second.
  void take_listed(std::span<const ItemIx> items, const ItemMask& mask) {
    double* const sums = sums_.data();
    const double above = above_;
    std::size_t found = 0;
    for (const ItemIx item : items) {
      const double sum = sums[item.value];
      sums[item.value] = 0.0;
      found_items_[found] = item;
      found_sums_[found] = sum;
      found += sum > above ? 1U : 0U;
    }
    offer(found, mask);
  }

  void take_all(std::size_t begin, std::size_t size, const ItemMask& mask) {
    double* const sums = sums_.data() + begin;
    const double above = above_;
    std::size_t found = 0;
    const auto look_at = [&](std::size_t place) {
      found_items_[found] = ItemIx(begin + place);
      found_sums_[found] = sums[place];
      found += sums[place] > above ? 1U : 0U;
    };
    constexpr std::size_t lanes = 8;
    std::size_t place = 0;
    for (; place + lanes <= size; place += lanes) {
      bool any = false;
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        any |= sums[place + lane] > above;
      }
      if (any) {
        for (std::size_t lane = 0; lane < lanes; ++lane) {
          look_at(place + lane);
        }
      }
    }
    for (; place < size; ++place) {
      look_at(place);
    }
    std::fill_n(sums, size, 0.0);
    offer(found, mask);
  }

  void offer(std::size_t found, const ItemMask& mask) {
    if (found == 0) {
      return;
    }
    std::size_t allowed = 0;
    for (std::size_t f = 0; f < found; ++f) {
      constexpr double largest = std::numeric_limits<float>::max();
      const ItemIx item = found_items_[f];
      found_items_[allowed] = item;
      found_scores_[allowed] = static_cast<float>(std::min(found_sums_[f], largest));
      allowed += mask.allows(item) ? 1U : 0U;
    }
    best_.offer_all(found_items_.data(), found_scores_.data(), allowed);
    // Scores are rounded: a sum passes that is above the number before the bar.
    if (const float bar = best_.bar(); bar > 0.0F) {
      above_ = static_cast<double>(std::bit_cast<float>(std::bit_cast<std::uint32_t>(bar) - 1));
    }
  }

  /// All zero between requests.
  std::vector<double> sums_{};
  std::vector<ItemIx> touched_{};
  std::vector<Row> rows_{};
  std::size_t items_ = 0;
  std::size_t terms_ = 0;
  /// Only sums above this may be among the best.
  double above_ = 0.0;
  /// What passed in a block. Written before it is known whether it does, so with room for one more.
  std::array<ItemIx, block + 1> found_items_{};
  std::array<double, block + 1> found_sums_{};
  std::array<float, block> found_scores_{};
  BestOf<ItemIx> best_{};
};

}  // namespace recocore
