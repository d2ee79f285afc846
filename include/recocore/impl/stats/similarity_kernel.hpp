/// One row against all: sums, then selection.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

#include <recocore/core/best_of.hpp>
#include <recocore/core/raw_vector.hpp>
#include <recocore/data/sparse_rows.hpp>
#include <recocore/impl/stats/bit_rows.hpp>
#include <recocore/impl/stats/kernel_plan.hpp>
#include <recocore/impl/stats/kernel_scratch.hpp>
#include <recocore/impl/stats/popularity_order.hpp>
#include <recocore/impl/stats/ranked_columns.hpp>
#include <recocore/impl/stats/row_selection.hpp>
#include <recocore/impl/stats/summands.hpp>

namespace recocore::detail {

template <class Row, class Col, class Id>
class SimilarityKernel {
 public:
  /// Rows treated together: those of the head are counted in one go.
  static constexpr std::size_t rows_at_once = 16;

  /// Ranks that a scan may find before they are offered.
  static constexpr std::size_t scan_room = Selection<Row, Col>::most_ranks + BestOf<Row>::most_at_once + 3;

  SimilarityKernel(const SparseRows<Row, Col>& rows, const SimilarRowsConfig& config,
                   const Summands<Row, Col>& summands, const PopularityOrder<Row>& order,
                   const RankedColumns<Row, Col, Id>& columns, const BitRows& head,
                   std::span<const Selection<Row, Col>> selections, std::span<const std::uint64_t> multiply_adds,
                   const KernelPlan& plan)
      : rows_(rows),
        config_(config),
        summands_(summands),
        order_(order),
        columns_(columns),
        head_(head),
        selections_(selections),
        multiply_adds_(multiply_adds),
        plan_(plan) {}

  [[nodiscard]] KernelScratch<Row, Col> make_scratch() const {
    KernelScratch<Row, Col> scratch;
    scratch.best.resize(selections_.size());
    scratch.floors.resize(selections_.size());
    return scratch;
  }

  /// Leaves the nearest of the row of this rank in `scratch.best`, finished. `common` counts what it shares with the
  /// head, for rows that are in it.
  void find(std::size_t rank, const std::uint32_t* common, KernelScratch<Row, Col>& scratch) const {
    const Row i = order_.row_at[rank];
    const std::size_t length = rows_.row_size(i);
    if (summands_.kind() == Summand::two_values) {
      if (counts_besides(config_.similarity)) {
        by_width(length, [&](auto width) { sum_values<decltype(width)>(rank, scratch); });
      } else {
        sum_values<void>(rank, scratch);
      }
    } else if (summands_.kind() == Summand::column) {
      sum_columns(rank, scratch);
    } else {
      by_width(length, [&](auto width) { count<decltype(width)>(rank, common, scratch); });
    }
    for (std::size_t d = 0; d < scratch.best.size(); ++d) {
      auto& best = scratch.best[d];
      best.finish();
      constexpr float safely = 0.85F;
      scratch.floors[d].of(multiply_adds_[i.value]) =
          best.size() == config_.k ? safely * best[best.size() - 1].score : 0.0F;
    }
  }

  /// What rows [first, last) of the head share with it: a row of `head_stride()` counts each.
  const std::uint32_t* count_head(std::size_t first, std::size_t last, KernelScratch<Row, Col>& scratch) const {
    scratch.head.resize(rows_at_once * head_stride());
    head_.count_common(first, last - first, scratch.head.data(), head_stride());
    return scratch.head.data();
  }
  [[nodiscard]] std::size_t head_stride() const noexcept { return padded(head_.count()); }

 private:
  template <class Work>
  void by_width(std::size_t length, const Work& work) const {
    switch (plan_.counter_bytes(length)) {
      case 1:
        return work(std::uint8_t{});
      case 2:
        return work(std::uint16_t{});
      default:
        return work(std::uint32_t{});
    }
  }

  template <class T>
  [[nodiscard]] T* ready(RawVector<T>& accumulator) const {
    if (accumulator.empty()) {
      accumulator.resize(padded(rows_.rows()));
      std::fill(accumulator.begin(), accumulator.end(), T{});
    }
    return accumulator.data();
  }

  [[nodiscard]] bool scans(std::size_t rank, std::size_t bytes_a_row) const noexcept {
    return plan_.scans(static_cast<double>(multiply_adds_[order_.row_at[rank].value]), rows_.rows() * bytes_a_row);
  }

  /// Room for a list of the ranks met: never more than there are multiply-adds.
  [[nodiscard]] std::uint32_t* list_room(std::size_t rank, KernelScratch<Row, Col>& scratch) const {
    const auto most = static_cast<std::size_t>(multiply_adds_[order_.row_at[rank].value]);
    grow(scratch.ranks, most + 1);
    return scratch.ranks.data();
  }

  static void grow(RawVector<std::uint32_t>& ranks, std::size_t size) {
    if (ranks.size() < size) {
      ranks = RawVector<std::uint32_t>();  // nothing in it is needed
      ranks.resize(size);
    }
  }

  static void prefetch([[maybe_unused]] const void* address) noexcept {
#if defined(__GNUC__)
    __builtin_prefetch(address);
#endif
  }

  /// `work(column, entry)` for the columns of a row, with the list of a later one on its way.
  template <class Work>
  void for_columns(Row i, const Work& work) const {
    constexpr std::size_t ahead = 4;
    const auto columns = rows_.row(i);
    for (std::size_t e = 0; e < columns.size(); ++e) {
      if (e + 2 * ahead < columns.size()) {
        prefetch(columns_.offset(columns[e + 2 * ahead]));
      }
      if (e + ahead < columns.size()) {
        prefetch(columns_.list(columns[e + ahead]).data());
      }
      work(columns[e], rows_.offsets[i.value] + e);
    }
  }

  // Counts alone.

  template <class T>
  void count(std::size_t rank, const std::uint32_t* common, KernelScratch<Row, Col>& scratch) const {
    T* const counts = ready(scratch.template counts<T>());
    const Row i = order_.row_at[rank];
    const auto get = [counts](std::uint32_t j) { return counts[j]; };
    if (common != nullptr) {
      for (std::size_t j = 0; j < head_.count(); ++j) {
        counts[j] = static_cast<T>(common[j]);
      }
      if (head_.count() < rows_.rows()) {
        for_columns(i, [&](Col u, std::uint64_t /*entry*/) {
          for (const Id j : columns_.tail(u)) {
            ++counts[j];
          }
        });
      }
    } else if (scans(rank, sizeof(T))) {
      for_columns(i, [&](Col u, std::uint64_t /*entry*/) {
        for (const Id j : columns_.list(u)) {
          ++counts[j];
        }
      });
    } else {
      std::uint32_t* const met = list_room(rank, scratch);
      std::size_t size = 0;
      for_columns(i, [&](Col u, std::uint64_t /*entry*/) {
        for (const Id j : columns_.list(u)) {
          met[size] = j;
          size += counts[j] == 0 ? 1U : 0U;
          ++counts[j];
        }
      });
      counts[rank] = 0;
      const std::uint8_t* bytes = nullptr;
      if constexpr (std::is_same_v<T, std::uint8_t>) {
        bytes = counts;
      }
      select_listed(rank, {met, size}, bytes, get, get, scratch);
      for (std::size_t e = 0; e < size; ++e) {
        counts[met[e]] = 0;
      }
      return;
    }
    counts[rank] = 0;
    select_scanned(rank, counts, 0, get, get, scratch);
    std::memset(counts, 0, padded(rows_.rows()) * sizeof(T));
  }

  // One weight a column, above the count.

  void sum_columns(std::size_t rank, KernelScratch<Row, Col>& scratch) const {
    std::int64_t* const sums = ready(scratch.sums);
    const Row i = order_.row_at[rank];
    const unsigned bits = summands_.count_bits();
    const auto mask = (std::int64_t{1} << bits) - 1;
    const auto get_product = [=](std::uint32_t j) { return sums[j] >> bits; };
    const auto get_common = [=](std::uint32_t j) { return bits > 0 ? sums[j] & mask : std::int64_t{1}; };
    if (scans(rank, sizeof(std::int64_t))) {
      for_columns(i, [&](Col u, std::uint64_t /*entry*/) {
        const std::int64_t amount = summands_.packed(u);
        for (const Id j : columns_.list(u)) {
          sums[j] += amount;
        }
      });
      sums[rank] = 0;
      select_scanned(rank, sums, bits, get_product, get_common, scratch);
      std::memset(sums, 0, padded(rows_.rows()) * sizeof(std::int64_t));
    } else {
      std::uint32_t* const met = list_room(rank, scratch);
      std::size_t size = 0;
      for_columns(i, [&](Col u, std::uint64_t /*entry*/) {
        const std::int64_t amount = summands_.packed(u);
        for (const Id j : columns_.list(u)) {
          met[size] = j;
          size += sums[j] == 0 ? 1U : 0U;
          sums[j] += amount;
        }
      });
      sums[rank] = 0;
      select_listed(rank, {met, size}, nullptr, get_product, get_common, scratch);
      for (std::size_t e = 0; e < size; ++e) {
        sums[met[e]] = 0;
      }
    }
  }

  // Two values. T counts besides, unless it is void.

  template <class T>
  void sum_values(std::size_t rank, KernelScratch<Row, Col>& scratch) const {
    constexpr bool counting = !std::is_void_v<T>;
    using Counter = std::conditional_t<counting, T, std::uint8_t>;
    const Row i = order_.row_at[rank];
    const bool scanned = scans(rank, sizeof(std::int64_t));
    std::int64_t* const sums = ready(scratch.sums);
    Counter* const counts = counting || !scanned ? ready(scratch.template counts<Counter>()) : nullptr;
    const auto for_values = [&](const auto& work) {
      for_columns(i, [&](Col u, std::uint64_t entry) {
        const auto mine = static_cast<std::int64_t>(summands_.value(i, u, value_at(rows_.values, entry)));
        const auto list = columns_.list(u);
        const std::int32_t* const values = columns_.values(u);
        for (std::size_t e = 0; e < list.size(); ++e) {
          work(list[e], mine * values[e]);
        }
      });
    };
    const auto get_product = [=](std::uint32_t j) { return sums[j]; };
    const auto get_common = [=](std::uint32_t j) { return counting ? counts[j] : Counter{1}; };
    if (scanned) {
      for_values([=](Id j, std::int64_t product) {
        sums[j] += product;
        if constexpr (counting) {
          ++counts[j];
        }
      });
      sums[rank] = 0;
      select_scanned(rank, sums, 0, get_product, get_common, scratch);
      std::memset(sums, 0, padded(rows_.rows()) * sizeof(std::int64_t));
      if constexpr (counting) {
        std::memset(counts, 0, padded(rows_.rows()) * sizeof(Counter));
      }
      return;
    }
    std::uint32_t* const met = list_room(rank, scratch);
    std::size_t size = 0;
    for_values([=, &size](Id j, std::int64_t product) {
      met[size] = j;
      size += counts[j] == 0 ? 1U : 0U;  // a sum may be 0 again
      counts[j] = counting ? static_cast<Counter>(counts[j] + 1) : Counter{1};
      sums[j] += product;
    });
    sums[rank] = 0;
    select_listed(rank, {met, size}, nullptr, get_product, get_common, scratch);
    for (std::size_t e = 0; e < size; ++e) {
      sums[met[e]] = 0;
      counts[met[e]] = 0;
    }
  }

  // Selection.

  /// @param shift what a sum has below the product.
  template <class T, class GetProduct, class GetCommon>
  void select_scanned(std::size_t rank, const T* accumulator, unsigned shift, const GetProduct& get_product,
                      const GetCommon& get_common, KernelScratch<Row, Col>& scratch) const {
    const auto length = static_cast<double>(rows_.row_size(order_.row_at[rank]));
    grow(scratch.ranks, scan_room);
    // Where much is shared by chance already, rows of about the same length are the most similar. Where hardly anything
    // is, one shared column says most about short rows.
    const double by_chance =
        static_cast<double>(multiply_adds_[order_.row_at[rank].value]) * length / static_cast<double>(rows_.entries());
    const std::size_t start = by_chance > 2.0 ? rank : rows_.rows();
    for (std::size_t d = 0; d < selections_.size(); ++d) {
      const auto& selection = selections_[d];
      auto& best = scratch.best[d];
      const auto select = [&](float floor) {
        best.start(config_.k, rows_.rows(), floor);
        std::size_t found = 0;
        selection.for_segments(start, [&](const Segment& segment) {
          double least = std::ceil(selection.least_sum(rank, length, segment, best.bar()));
          constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max() / 2;
          auto most = static_cast<double>(largest);
          if (summands_.kind() == Summand::one) {
            least = std::max(least, static_cast<double>(config_.similarity.min_common));
            most = std::min(length, segment.longest);
          } else {
            least *= static_cast<double>(std::int64_t{1} << shift);
          }
          if (least <= most) {
            found += find_at_least(accumulator, segment.begin, segment.end, static_cast<T>(std::max(1.0, least)),
                                   scratch.ranks.data() + found);
            if (found >= BestOf<Row>::most_at_once) {
              offer(d, rank, {scratch.ranks.data(), found}, true, get_product, get_common, scratch);
              found = 0;
            }
          }
        });
        offer(d, rank, {scratch.ranks.data(), found}, true, get_product, get_common, scratch);
      };
      const float floor = scratch.floors[d].of(multiply_adds_[order_.row_at[rank].value]);
      select(floor);
      if (floor > 0.0F && best.size() < config_.k) {
        select(floor / 2.0F);
        if (best.size() < config_.k) {
          select(0.0F);
        }
      }
    }
  }

  /// @param counts one a rank, where counts of one byte are all there is.
  template <class GetProduct, class GetCommon>
  void select_listed(std::size_t rank, std::span<const std::uint32_t> met, [[maybe_unused]] const std::uint8_t* counts,
                     const GetProduct& get_product, const GetCommon& get_common,
                     KernelScratch<Row, Col>& scratch) const {
    const std::uint64_t work = multiply_adds_[order_.row_at[rank].value];
    const std::size_t length = rows_.row_size(order_.row_at[rank]);
    for (std::size_t d = 0; d < selections_.size(); ++d) {
      auto& best = scratch.best[d];
      const auto select = [&](float floor) {
        best.start(config_.k, rows_.rows(), floor);
        if (counts == nullptr) {
          offer(d, rank, met, false, get_product, get_common, scratch);
          return;
        }
        for (std::size_t begin = 0; begin < met.size(); begin += limited_at_once) {
          selections_[d].set_limits(rank, length, best.bar(), scratch.limits);
          std::size_t kept = 0;
          for (const std::uint32_t j : met.subspan(begin, std::min(limited_at_once, met.size() - begin))) {
            scratch.limited[kept] = j;
            kept += selections_[d].is_within(scratch.limits, counts[j], j) ? 1U : 0U;
          }
          offer(d, rank, {scratch.limited.data(), kept}, false, get_product, get_common, scratch);
        }
      };
      const float floor = met.size() > config_.k ? scratch.floors[d].of(work) : 0.0F;
      select(floor);
      if (floor > 0.0F && best.size() < config_.k) {
        select(0.0F);
      }
    }
  }

  static constexpr std::size_t limited_at_once = 512;

  /// @param found by a scan, which has seen to it that sums are above 0 and, where they are counts, large enough.
  template <class GetProduct, class GetCommon>
  void offer(std::size_t direction, std::size_t rank, std::span<const std::uint32_t> ranks, bool found,
             const GetProduct& get_product, const GetCommon& get_common, KernelScratch<Row, Col>& scratch) const {
    constexpr bool is_count = std::is_same_v<GetProduct, GetCommon>;
    const std::uint32_t least_common = config_.similarity.min_common;
    const bool all = found && (is_count || least_common <= 1);
    auto& batch = scratch.batch;
    for (std::size_t begin = 0; begin < ranks.size(); begin += batch.most) {
      auto some = ranks.subspan(begin, std::min(batch.most, ranks.size() - begin));
      if (!all) {
        std::size_t kept = 0;
        for (const std::uint32_t j : some) {
          batch.kept[kept] = j;
          kept += static_cast<std::size_t>(get_product(j) > 0) &
                  static_cast<std::size_t>(static_cast<std::uint64_t>(get_common(j)) >= least_common);
        }
        some = {batch.kept.data(), kept};
      }
      for (std::size_t e = 0; e < some.size(); ++e) {
        batch.common[e] = static_cast<double>(get_common(some[e]));
        if constexpr (!is_count) {
          batch.products[e] = static_cast<double>(get_product(some[e]));
        }
      }
      selections_[direction].offer(rank, some, is_count ? batch.common.data() : batch.products.data(), batch,
                                   scratch.best[direction]);
    }
  }

  const SparseRows<Row, Col>& rows_;
  const SimilarRowsConfig& config_;
  const Summands<Row, Col>& summands_;
  const PopularityOrder<Row>& order_;
  const RankedColumns<Row, Col, Id>& columns_;
  const BitRows& head_;
  std::span<const Selection<Row, Col>> selections_;
  std::span<const std::uint64_t> multiply_adds_;
  const KernelPlan& plan_;
};

}  // namespace recocore::detail
