/// The least squares problem of one user or item, and what all of them share.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <recocore/core/parallel.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/impl/linalg/eigen.hpp>

namespace recocore::detail {

/// Vectors of d numbers, one after the other.
struct FactorRows {
  const float* data;
  std::size_t count;
  std::size_t d;

  [[nodiscard]] const float* row(std::size_t index) const noexcept { return data + index * d; }
};

/// The sum in eight lanes, then of the lanes: the same bytes wherever the vectors lie and whatever the machine's width.
[[nodiscard]] inline float dot(const float* a, const float* b, std::size_t count) {
  constexpr std::size_t lanes = 8;
  using Lanes = Eigen::Array<float, static_cast<int>(lanes), 1>;
  Lanes sum = Lanes::Zero();
  std::size_t k = 0;
  for (; k + lanes <= count; k += lanes) {
    sum += Eigen::Map<const Lanes>(a + k) * Eigen::Map<const Lanes>(b + k);
  }
  for (std::size_t lane = 0; k < count; ++k, ++lane) {
    sum[static_cast<Eigen::Index>(lane)] += a[k] * b[k];
  }
  return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
}

/// Rows of which the outer products are summed in single precision; beyond that in double. Fewer than Eigen splits by
/// the size of the caches, so that the order of the sums is the same on every machine.
inline constexpr std::size_t gram_rows_at_once = 256;

/// How many rows make a block of `scaled_gram`: at most 64 blocks, which depend on the rows alone.
[[nodiscard]] inline std::size_t gram_block(std::size_t rows) noexcept {
  constexpr std::size_t most_blocks = 64;
  const std::size_t pieces = (rows + gram_rows_at_once - 1) / gram_rows_at_once;
  return std::max<std::size_t>(4, (pieces + most_blocks - 1) / most_blocks) * gram_rows_at_once;
}

/// scale x the sum of y y' over all rows y; the lower triangle. Blocks in parallel, added up in their order.
[[nodiscard]] inline Eigen::MatrixXf scaled_gram(const FactorRows& rows, double scale, const RunOptions& options,
                                                 std::string_view stage) {
  const auto d = static_cast<Eigen::Index>(rows.d);
  const std::size_t block = gram_block(rows.count);
  const std::size_t blocks = (rows.count + block - 1) / block;
  std::vector<Eigen::MatrixXd> sums(blocks);
  parallel_for(blocks, 1, options, stage, [&](std::size_t first, std::size_t last, unsigned /*slot*/) {
    Eigen::MatrixXf piece(d, d);
    for (std::size_t b = first; b < last; ++b) {
      sums[b] = Eigen::MatrixXd::Zero(d, d);
      const std::size_t end = std::min(rows.count, (b + 1) * block);
      for (std::size_t begin = b * block; begin < end; begin += gram_rows_at_once) {
        const auto size = static_cast<Eigen::Index>(std::min(gram_rows_at_once, end - begin));
        piece.setZero();
        piece.selfadjointView<Eigen::Lower>().rankUpdate(Eigen::Map<const Eigen::MatrixXf>(rows.row(begin), d, size));
        sums[b] += piece.cast<double>();
      }
    }
  });
  Eigen::MatrixXd total = Eigen::MatrixXd::Zero(d, d);
  for (const auto& sum : sums) {
    total += sum;
  }
  return (scale * total).cast<float>();
}

/// Minimises sum_e w_e (1 - x . y_e)^2 + x' G x + ridge |x|^2 for one x. Memory is kept.
class AlsSolver {
 public:
  /// What is the same for all x: the y and G, of which the lower triangle is read, by columns.
  struct Shared {
    FactorRows rows;
    const float* gram;
  };

  /// The y of a row, and their weights; empty: 1 each. Those of 0 and less are left out.
  template <class Ix>
  struct Row {
    std::span<const Ix> indices;
    std::span<const float> weights;

    [[nodiscard]] float weight(std::size_t entry) const noexcept { return weights.empty() ? 1.0F : weights[entry]; }
  };

  /// The minimum. False, and zeros, when the equations are singular or overflow even in double precision.
  template <class Ix>
  [[nodiscard]] bool solve(const Shared& shared, const Row<Ix>& row, double ridge, const RunOptions& options,
                           float* x) {
    const auto d = static_cast<Eigen::Index>(shared.rows.d);
    const auto solved = [&]<class Scalar>(Equations<Scalar>& equations) {
      start(shared, 0, d, ridge, equations);
      right_.setZero(d);
      sum_up(shared, row, 0, d, options, equations, [&](std::size_t entry) {
        right_.noalias() +=
            static_cast<double>(row.weight(entry)) *
            Eigen::Map<const Eigen::VectorXf>(shared.rows.row(row.indices[entry].value), d).template cast<double>();
      });
      return finish(equations);
    };
    const bool good = solved(single_) || solved(precise_);
    Eigen::Map<Eigen::VectorXf> result(x, d);
    if (good) {
      result = solution_;
    } else {
      result.setZero();
    }
    return good;
  }

  /// From x, the minimum over each block of factors in turn, the others as they are. False as `solve`.
  template <class Ix>
  [[nodiscard]] bool improve(const Shared& shared, const Row<Ix>& row, double ridge, std::size_t block,
                             const RunOptions& options, float* x) {
    const std::size_t d = shared.rows.d;
    predictions_.resize(row.indices.size());
    for (std::size_t entry = 0; entry < row.indices.size(); ++entry) {
      predictions_[entry] = dot(shared.rows.row(row.indices[entry].value), x, d);
    }
    for (std::size_t begin = 0; begin < d; begin += block) {
      const std::size_t size = std::min(block, d - begin);
      if (!improve_block(shared, row, ridge, begin, size, options, x)) {
        return false;
      }
      for (std::size_t entry = 0; entry < row.indices.size(); ++entry) {
        predictions_[entry] -= dot(shared.rows.row(row.indices[entry].value) + begin, solution_.data(), size);
      }
    }
    return true;
  }

  /// Bytes that a solver holds at most.
  [[nodiscard]] static std::uint64_t memory(std::uint64_t d, std::uint64_t block, std::uint64_t longest_row) noexcept {
    const std::uint64_t wide = std::max(d, block);
    return 2 * wide * wide * (sizeof(float) + sizeof(double)) + (columns_at_once + 4) * wide * 2 * sizeof(double) +
           longest_row * sizeof(float);
  }

 private:
  template <class Scalar>
  struct Equations {
    using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
    Matrix left{};
    Matrix columns{};
    Eigen::Matrix<Scalar, Eigen::Dynamic, 1> solution{};
    Eigen::LLT<Matrix> cholesky{};
  };

  static constexpr std::size_t columns_at_once = 64;

  template <class Ix>
  [[nodiscard]] bool improve_block(const Shared& shared, const Row<Ix>& row, double ridge, std::size_t begin,
                                   std::size_t size, const RunOptions& options, float* x) {
    const auto d = static_cast<Eigen::Index>(shared.rows.d);
    const auto from = static_cast<Eigen::Index>(begin);
    const auto width = static_cast<Eigen::Index>(size);
    const auto solved = [&]<class Scalar>(Equations<Scalar>& equations) {
      start(shared, from, width, ridge, equations);
      // Half the gradient.
      right_.resize(width);
      for (Eigen::Index r = 0; r < width; ++r) {
        double sum = ridge * static_cast<double>(x[from + r]);
        for (Eigen::Index c = 0; c < d; ++c) {
          const auto place = std::max(from + r, c) + std::min(from + r, c) * d;
          sum += static_cast<double>(shared.gram[place]) * static_cast<double>(x[c]);
        }
        right_[r] = sum;
      }
      sum_up(shared, row, from, width, options, equations, [&](std::size_t entry) {
        const double error = static_cast<double>(predictions_[entry]) - 1.0;
        right_.noalias() += static_cast<double>(row.weight(entry)) * error *
                            Eigen::Map<const Eigen::VectorXf>(shared.rows.row(row.indices[entry].value) + begin, width)
                                .template cast<double>();
      });
      return finish(equations);
    };
    if (!solved(single_) && !solved(precise_)) {
      return false;
    }
    Eigen::Map<Eigen::VectorXf>(x + begin, width) -= solution_;
    return true;
  }

  /// left = the block of G, ridge on the diagonal.
  template <class Scalar>
  static void start(const Shared& shared, Eigen::Index from, Eigen::Index width, double ridge,
                    Equations<Scalar>& equations) {
    const auto d = static_cast<Eigen::Index>(shared.rows.d);
    const Eigen::Map<const Eigen::MatrixXf> gram(shared.gram, d, d);
    equations.left = gram.block(from, from, width, width).template cast<Scalar>();
    equations.left.diagonal().array() += static_cast<Scalar>(ridge);
  }

  /// left += sum of w y y', and calls `visitor(entry)` for each entry. Returns early when stopped.
  template <class Ix, class Scalar, class Visitor>
  static void sum_up(const Shared& shared, const Row<Ix>& row, Eigen::Index from, Eigen::Index width,
                     const RunOptions& options, Equations<Scalar>& equations, const Visitor& visitor) {
    equations.columns.resize(width, static_cast<Eigen::Index>(columns_at_once));
    Eigen::Index filled = 0;
    const auto flush = [&] {
      equations.left.template selfadjointView<Eigen::Lower>().rankUpdate(equations.columns.leftCols(filled));
      filled = 0;
    };
    for (std::size_t entry = 0; entry < row.indices.size(); ++entry) {
      const float weight = row.weight(entry);
      if (weight <= 0.0F) {
        continue;
      }
      const Eigen::Map<const Eigen::VectorXf> y(shared.rows.row(row.indices[entry].value) + from, width);
      equations.columns.col(filled) = std::sqrt(static_cast<Scalar>(weight)) * y.template cast<Scalar>();
      visitor(entry);
      if (++filled == equations.columns.cols()) {
        flush();
        if (should_stop(options)) {
          return;
        }
      }
    }
    if (filled > 0) {
      flush();
    }
  }

  /// solution_ = left^-1 right_.
  template <class Scalar>
  [[nodiscard]] bool finish(Equations<Scalar>& equations) {
    equations.cholesky.compute(equations.left);
    if (equations.cholesky.info() != Eigen::Success) {
      return false;
    }
    equations.solution = right_.template cast<Scalar>();
    equations.cholesky.solveInPlace(equations.solution);
    solution_ = equations.solution.template cast<float>();
    return solution_.allFinite();
  }

  Equations<float> single_{};
  /// Where single precision does not suffice.
  Equations<double> precise_{};
  Eigen::VectorXd right_{};
  Eigen::VectorXf solution_{};
  std::vector<float> predictions_{};
};

}  // namespace recocore::detail
