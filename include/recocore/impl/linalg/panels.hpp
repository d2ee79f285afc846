/// Tall dense matrices as panels of 32 columns, and what is summed over their rows.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include <recocore/core/parallel.hpp>
#include <recocore/core/raw_vector.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/impl/core/slots.hpp>
#include <recocore/impl/linalg/panel_kernels.hpp>

namespace recocore::detail {

/// rows x (32 x count) doubles: panel by panel, each row by row, with rows of zeros up to a multiple of 4.
class Panels {
 public:
  Panels(std::size_t rows, std::size_t count)
      : rows_(rows), stride_(round_up(rows, panel_rows_step) * panel_width), count_(count), data_(stride_ * count) {
    std::fill(data_.begin(), data_.end(), 0.0);
  }

  [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
  [[nodiscard]] std::size_t padded_rows() const noexcept { return stride_ / panel_width; }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] std::size_t columns() const noexcept { return count_ * panel_width; }
  /// Numbers in a panel.
  [[nodiscard]] std::size_t stride() const noexcept { return stride_; }
  [[nodiscard]] double* panel(std::size_t p) noexcept { return data_.data() + p * stride_; }
  [[nodiscard]] const double* panel(std::size_t p) const noexcept { return data_.data() + p * stride_; }

 private:
  std::size_t rows_;
  std::size_t stride_;
  std::size_t count_;
  RawVector<double> data_;
};

/// Rows that are worked on at once, and the groups of them whose sums are kept apart and then added in order: fixed, so
/// that no sum depends on the number of threads.
inline constexpr std::size_t rows_at_once = 128;
inline constexpr std::size_t most_row_groups = 16;

/// Blocks x blocks of 32 x 32 numbers each, of which those on and above the diagonal are set.
class BlockMatrix {
 public:
  explicit BlockMatrix(std::size_t blocks) : blocks_(blocks), data_(blocks * blocks * block_size, 0.0) {}

  static constexpr std::size_t block_size = panel_width * panel_width;
  [[nodiscard]] double* block(std::size_t a, std::size_t b) noexcept {
    return data_.data() + (a * blocks_ + b) * block_size;
  }
  [[nodiscard]] double at(std::size_t i, std::size_t j) const noexcept {
    if (i / panel_width > j / panel_width) {
      std::swap(i, j);
    }
    const std::size_t block = i / panel_width * blocks_ + j / panel_width;
    return data_[block * block_size + i % panel_width * panel_width + j % panel_width];
  }
  [[nodiscard]] std::vector<double>& data() noexcept { return data_; }

 private:
  std::size_t blocks_;
  std::vector<double> data_;
};

/// Y^T Y for a matrix Y of `rows` rows in `count` panels.
/// @param load (begin, end, slot) gives the rows [begin, end) of Y: where its first panel is, and how far from one
/// panel
///        to the next; with rows of zeros up to a multiple of 4.
struct LoadedRows {
  const double* first;
  std::size_t stride;
};
using LoadRows = std::function<LoadedRows(std::size_t begin, std::size_t end, unsigned slot)>;

[[nodiscard]] inline BlockMatrix gram_of_panels(std::size_t rows, std::size_t count, const LoadRows& load,
                                                const RunOptions& options, std::string_view stage) {
  const std::size_t steps = (rows + rows_at_once - 1) / rows_at_once;
  const std::size_t grain = std::max<std::size_t>(1, (steps + most_row_groups - 1) / most_row_groups);
  std::vector<BlockMatrix> sums((steps + grain - 1) / grain, BlockMatrix(count));
  parallel_for(steps, grain, options, stage, [&](std::size_t first, std::size_t last, unsigned slot) {
    BlockMatrix& sum = sums[first / grain];
    for (std::size_t step = first; step < last && !should_stop(options); ++step) {
      const std::size_t begin = step * rows_at_once;
      const std::size_t end = std::min(rows, begin + rows_at_once);
      const auto [data, stride] = load(begin, end, slot);
      const std::size_t padded = round_up(end - begin, panel_rows_step);
      for (std::size_t a = 0; a < count; ++a) {
        for (std::size_t b = a; b < count; ++b) {
          add_transposed_product(data + a * stride, data + b * stride, padded, sum.block(a, b));
        }
      }
    }
  });
  if (sums.empty()) {
    return BlockMatrix(count);
  }
  auto& total = sums.front().data();
  parallel_for(count, 1, options, stage, [&](std::size_t first, std::size_t last, unsigned /*slot*/) {
    const std::size_t row = count * BlockMatrix::block_size;
    for (std::size_t group = 1; group < sums.size(); ++group) {
      for (std::size_t x = first * row; x < last * row; ++x) {
        total[x] += sums[group].data()[x];
      }
    }
  });
  return std::move(sums.front());
}

/// y = y C, where block (a, b) of C is its rows of panel a and columns of panel b.
inline void rotate(Panels& y, BlockMatrix& by, const RunOptions& options, std::string_view stage) {
  Slots<RawVector<double>> scratch(parallel_slots(options));
  const std::size_t steps = (y.rows() + rows_at_once - 1) / rows_at_once;
  parallel_for(steps, 4, options, stage, [&](std::size_t first, std::size_t last, unsigned slot) {
    auto& rows = scratch.get(slot, [&] { return RawVector<double>(y.columns() * rows_at_once); });
    for (std::size_t step = first; step < last; ++step) {
      const std::size_t begin = step * rows_at_once;
      const std::size_t count = std::min(y.padded_rows(), begin + rows_at_once) - begin;
      const std::size_t size = count * panel_width;
      std::fill_n(rows.begin(), static_cast<std::ptrdiff_t>(size * y.count()), 0.0);
      for (std::size_t b = 0; b < y.count(); ++b) {
        for (std::size_t a = 0; a < y.count(); ++a) {
          add_product(y.panel(a) + begin * panel_width, by.block(a, b), count, rows.data() + b * size);
        }
      }
      for (std::size_t b = 0; b < y.count(); ++b) {
        std::copy_n(rows.data() + b * size, size, y.panel(b) + begin * panel_width);
      }
    }
  });
}

}  // namespace recocore::detail
