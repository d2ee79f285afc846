/// The leading singular triplets of a scaled sparse matrix.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <recocore/core/index.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/data/sparse_rows.hpp>

namespace recocore {

struct TruncatedSvdConfig {
  /// Triplets wanted. There are fewer where the rank of the matrix is smaller.
  std::size_t dimensions = 64;
  /// Done when no squared singular value changes by more than this share of itself from one iteration to the next.
  double tolerance = 1e-6;
  /// Done after this many iterations in any case.
  std::uint32_t max_iterations = 30;
  std::uint64_t seed = 0;

  /// @throws InvalidParameter when a field makes no sense.
  void validate() const;

  friend bool operator==(const TruncatedSvdConfig&, const TruncatedSvdConfig&) = default;
};

/// Singular values, the largest first, and right singular vectors. The entry of a vector that is largest in absolute
/// value is positive.
struct TruncatedSvd {
  std::size_t columns = 0;
  std::vector<float> singular_values{};
  /// Columns of the matrix by dimensions, row by row.
  std::vector<float> right{};
  std::uint32_t iterations = 0;
  bool converged = false;

  [[nodiscard]] std::size_t dimensions() const noexcept { return singular_values.size(); }
  /// What the vectors have to say about a column of the matrix.
  [[nodiscard]] std::span<const float> of(std::size_t column) const noexcept {
    return std::span(right).subspan(column * dimensions(), dimensions());
  }
};

/// Of A = diag(row_scale) M diag(column_scale), where M has users as rows and items as columns.
///
/// Subspace iteration with a Chebyshev filter and a Rayleigh-Ritz step (Zhou, Saad 2007, "A Chebyshev-Davidson
/// algorithm"; Halko, Martinsson, Tropp 2011), on somewhat more vectors than are wanted, in double. The same bytes for
/// any number of threads.
///
/// Time, with K = dimensions x 9/8 + 8 or a little more, for each of usually 5 to 12 iterations: 4 to 24 x entries x K
/// and (3 x items + users) x K^2 multiply-adds, and O(K^3).
/// @param by_item the transpose of `by_user`.
/// @throws InvalidParameter a bad configuration, scales that do not fit the matrix; Cancelled, DeadlineExceeded.
[[nodiscard]] TruncatedSvd truncated_svd(const SparseRows<UserIx, ItemIx>& by_user,
                                         const SparseRows<ItemIx, UserIx>& by_item, std::span<const double> row_scale,
                                         std::span<const double> column_scale, const TruncatedSvdConfig& config = {},
                                         const RunOptions& options = {});

/// The largest memory in bytes that `truncated_svd` needs beside its input, the result included.
[[nodiscard]] std::uint64_t estimate_truncated_svd_memory(std::size_t users, std::size_t items, std::size_t dimensions,
                                                          const RunOptions& options = {});

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/linalg/truncated_svd_inl.hpp>
#endif
