/// The inverse of a symmetric positive definite matrix, tile by tile.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>
#include <recocore/core/raw_vector.hpp>
#include <recocore/impl/linalg/dense_kernels.hpp>

namespace recocore::detail {

/// Lower triangle -> L -> L^-1 -> L^-T L^-1, each in place. Every tile is the result of few calls of kernels whose
/// shapes follow from n alone, and no two tiles that are written at the same time read each other.
class TiledInverse {
 public:
  static constexpr std::size_t tile_size = 256;

  TiledInverse(float* matrix, std::size_t n, const DenseKernels& kernels, const RunOptions& options)
      : matrix_(matrix), n_(n), tiles_((n + tile_size - 1) / tile_size), kernels_(kernels), options_(options) {
    options_.progress = nullptr;
    progress_ = options.progress;
    kept_.resize(tile_size * n);
    results_.resize(tile_size * tile_size * parallel_slots(options));
  }

  void run() {
    factorise();
    invert_factor();
    multiply_factors();
    mirror();
  }

  /// Bytes beside the matrix.
  [[nodiscard]] static std::uint64_t memory(std::size_t n, const RunOptions& options) {
    constexpr std::uint64_t packed = 8;  // what a product keeps packed, in tiles
    return sizeof(float) * tile_size * (n + tile_size * (1 + packed) * std::uint64_t{parallel_slots(options)});
  }

 private:
  [[nodiscard]] static std::size_t first(std::size_t tile) noexcept { return tile * tile_size; }
  [[nodiscard]] std::size_t size(std::size_t tile) const noexcept { return std::min(tile_size, n_ - first(tile)); }
  [[nodiscard]] Tile tile(std::size_t i, std::size_t j) const noexcept {
    return {matrix_ + first(i) * n_ + first(j), n_};
  }
  [[nodiscard]] ConstTile read(std::size_t i, std::size_t j) const noexcept {
    return {matrix_ + first(i) * n_ + first(j), n_};
  }

  template <class Body>
  void for_tiles(std::size_t begin, std::size_t end, const Body& body) {
    parallel_for(end - begin, 1, options_, "inverse",
                 [&](std::size_t place, std::size_t /*end*/, unsigned slot) { body(begin + place, slot); });
  }

  /// One of three passes of `tiles_` steps each.
  void report_step() {
    ++steps_;
    if (progress_) {
      progress_("inverse", steps_, 3 * tiles_);
    }
  }

  /// L, a column of tiles after the other.
  void factorise() {
    for (std::size_t j = 0; j < tiles_; ++j) {
      if (j > 0) {
        for_tiles(j, tiles_, [&](std::size_t i, unsigned /*slot*/) {
          kernels_.subtract_product_nt(tile(i, j), read(i, 0), read(j, 0), {size(i), size(j), first(j)});
        });
      }
      const std::size_t good = kernels_.factorise(tile(j, j), size(j));
      if (good < size(j)) {
        throw NotPositiveDefinite("the matrix of " + std::to_string(n_) +
                                  " rows is not positive definite in single "
                                  "precision: row " +
                                  std::to_string(first(j) + good) + " has no positive pivot");
      }
      for_tiles(j + 1, tiles_, [&](std::size_t i, unsigned /*slot*/) {
        kernels_.solve_right_transposed(tile(i, j), size(i), read(j, j), size(j));
      });
      report_step();
    }
  }

  /// X = L^-1, a row of tiles after the other: X_ij = -L_ii^-1 sum_k L_ik X_kj.
  void invert_factor() {
    for (std::size_t i = 0; i < tiles_; ++i) {
      for (std::size_t row = 0; row < size(i); ++row) {
        std::copy_n(matrix_ + (first(i) + row) * n_, first(i), kept_.data() + row * first(i));
      }
      for_tiles(0, i, [&](std::size_t j, unsigned /*slot*/) {
        kernels_.set_product_nn(tile(i, j), {kept_.data() + first(j), first(i)}, read(j, j),
                                {size(i), size(j), first(i) - first(j)});
        kernels_.solve_left_negated(tile(i, j), size(j), read(i, i), size(i));
      });
      kernels_.invert_lower(tile(i, i), size(i));
      report_step();
    }
  }

  /// The lower triangle of X^T X, a row of tiles after the other.
  void multiply_factors() {
    for (std::size_t i = 0; i < tiles_; ++i) {
      const std::size_t rows = size(i);
      for (std::size_t row = 0; row < rows; ++row) {
        std::copy_n(tile(i, i).data + row * n_, rows, kept_.data() + row * rows);
      }
      for_tiles(0, i + 1, [&](std::size_t j, unsigned slot) {
        float* const result = results_.data() + slot * tile_size * tile_size;
        std::fill_n(result, rows * size(j), 0.0F);
        const Tile c{result, size(j)};
        const ConstTile diagonal{kept_.data(), rows};
        kernels_.add_product_tn(c, diagonal, i == j ? diagonal : read(i, j), {rows, size(j), rows});
        if (i + 1 < tiles_) {
          kernels_.add_product_tn(c, read(i + 1, i), read(i + 1, j), {rows, size(j), n_ - first(i + 1)});
        }
        for (std::size_t row = 0; row < rows; ++row) {
          std::copy_n(result + row * size(j), size(j), tile(i, j).data + row * n_);
        }
      });
      report_step();
    }
  }

  void mirror() {
    for_tiles(0, tiles_, [&](std::size_t i, unsigned /*slot*/) {
      for (std::size_t j = 0; j <= i; ++j) {
        const float* const from = tile(i, j).data;
        float* const to = tile(j, i).data;
        for (std::size_t row = 0; row < size(i); ++row) {
          const std::size_t columns = i == j ? row : size(j);
          for (std::size_t column = 0; column < columns; ++column) {
            to[column * n_ + row] = from[row * n_ + column];
          }
        }
      }
    });
  }

  float* matrix_;
  std::size_t n_;
  std::size_t tiles_;
  const DenseKernels& kernels_;
  RunOptions options_;
  ProgressFn progress_{};
  std::uint64_t steps_ = 0;
  /// A row of tiles as it was before it is overwritten.
  RawVector<float> kept_{};
  /// A tile a slot.
  RawVector<float> results_{};
};

}  // namespace recocore::detail
