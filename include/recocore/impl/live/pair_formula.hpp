/// The similarity of items whose numbers change.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <recocore/core/ranking.hpp>
#include <recocore/impl/live/spill_list.hpp>
#include <recocore/impl/stats/pair_value.hpp>
#include <recocore/stats/similar_rows.hpp>
#include <recocore/stats/similarity.hpp>

namespace recocore::detail {

/// A number of each item. A copy is a version, which shares what does not change.
class PagedNumbers {
 public:
  explicit PagedNumbers(std::size_t size = 0) : pages_((size + page_size - 1) / page_size) {
    for (auto& page : pages_) {
      page = std::make_shared<Page>();
    }
  }

  [[nodiscard]] double operator[](std::size_t place) const noexcept {
    return pages_[place / page_size]->numbers[place % page_size];
  }

  void set(std::size_t place, double number) {
    auto& page = pages_[place / page_size];
    if (page->epoch != epoch_) {
      page = std::make_shared<Page>(*page);
      page->epoch = epoch_;
    }
    page->numbers[place % page_size] = number;
  }

  [[nodiscard]] PagedNumbers version() {
    PagedNumbers shared = *this;
    ++epoch_;
    return shared;
  }

 private:
  static constexpr std::size_t page_size = 512;
  struct Page {
    std::uint64_t epoch = 0;
    std::array<double, page_size> numbers{};
  };

  std::uint64_t epoch_ = 0;
  std::vector<std::shared_ptr<Page>> pages_{};
};

/// sim(i, j) from what i and j share, as `similar_rows` computes it: the same bits.
class PairFormula {
 public:
  PairFormula() = default;
  /// @param weighted whether products of values are what is shared; users otherwise. @param direction of the lists: see
  ///        `Direction`.
  PairFormula(const SimilarityConfig& config, bool weighted, Direction direction, std::size_t items)
      : config_(config),
        from_list_(is_symmetric(config) || direction == Direction::from_row),
        weighted_(weighted),
        source_(items),
        target_(items) {}

  /// @param unit of the fixed-point values of the item.
  void set(ItemIx item, const RowSummary& summary, double unit) {
    source_.set(item.value, source_term(config_, summary) / unit);
    target_.set(item.value, target_term(config_, summary) / unit);
  }

  /// By what a candidate is ranked in a list; 0 where they are not similar.
  [[nodiscard]] float operator()(ItemIx list, ItemIx candidate, std::uint32_t common, std::int64_t dot) const noexcept {
    return with_similarity(config_.similarity, [&](auto similarity) {
      return score<similarity()>(config_, weighted_, source_[from_list_ ? list.value : candidate.value],
                                 target_[from_list_ ? candidate.value : list.value], common, dot);
    });
  }

  /// Of one candidate in many lists; `scores` has room for as many.
  void write_scores(ItemIx candidate, std::span<const SharedUsers> lists, ScoredItem* scores) const {
    with_similarity(config_.similarity, [&](auto similarity) {
      const double own = from_list_ ? target_[candidate.value] : source_[candidate.value];
      const auto& theirs = from_list_ ? source_ : target_;
      const SimilarityConfig config = config_;
      const bool weighted = weighted_;
      for (const auto& shared : lists) {
        const double other = theirs[shared.item.value];
        const double a = from_list_ ? other : own;
        const double b = from_list_ ? own : other;
        *scores++ = {shared.item, score<similarity()>(config, weighted, a, b, shared.common, shared.dot)};
      }
    });
  }

  /// Of the candidates of one list, without itself and those that are not similar.
  void append_positive(ItemIx list, std::span<const std::uint32_t> candidates, std::span<const std::uint32_t> common,
                       std::span<const std::int64_t> dot, std::vector<ScoredItem>& scored) const {
    with_similarity(config_.similarity, [&](auto similarity) {
      const double own = from_list_ ? source_[list.value] : target_[list.value];
      const auto& theirs = from_list_ ? target_ : source_;
      const SimilarityConfig config = config_;
      const bool weighted = weighted_;
      for (const auto candidate : candidates) {
        const double other = theirs[candidate];
        const float value = score<similarity()>(config, weighted, from_list_ ? own : other, from_list_ ? other : own,
                                                common[candidate], dot[candidate]);
        if (value > 0.0F && candidate != list.value) {
          scored.push_back({ItemIx(candidate), value});
        }
      }
    });
  }

  [[nodiscard]] PairFormula version() {
    auto shared = *this;
    shared.source_ = source_.version();
    shared.target_ = target_.version();
    return shared;
  }

 private:
  template <Similarity S>
  [[nodiscard]] static float score(const SimilarityConfig& config, bool weighted, double a, double b,
                                   std::uint32_t common, std::int64_t dot) noexcept {
    if (common < config.min_common) {
      return 0.0F;
    }
    const double users = common;
    const double value = pair_value<S>(config, 1.0, a, b, weighted ? static_cast<double>(dot) : users, users);
    return std::min(static_cast<float>(value), std::numeric_limits<float>::max());
  }

  SimilarityConfig config_{};
  bool from_list_ = true;  ///< sim(list, candidate) ranks; otherwise sim(candidate, list)
  bool weighted_ = false;
  PagedNumbers source_{};
  PagedNumbers target_{};
};

}  // namespace recocore::detail
