/// Which part of the demand an ageing model loses.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <recocore/core/run_options.hpp>
#include <recocore/eval/bootstrap.hpp>

namespace recocore {

/// An `AgePoint` by parts that make up the whole, such as the slices of a replay. A part may be below 0: what a filter
/// changes, say, beside the slices of what it leaves.
struct LossPoint {
  std::uint32_t origin = 0;
  std::uint32_t age = 0;
  std::vector<double> value{};  ///< of each part
  std::vector<double> fresh{};  ///< of each part; their sum is not negative
};

struct LossSplit {
  std::vector<std::uint32_t> ages{};     ///< ascending, those with a fresh value above 0
  std::vector<std::uint32_t> origins{};  ///< how many with a fresh value above 0 each age has
  /// For each age and part (fresh - value of the part) / fresh of all parts, summed over the origins: what a frozen
  /// model misses there, as a share of all that a fresh one finds. Below 0 where the old model finds more. The parts of
  /// an age sum to 1 - ratio of the age curve.
  std::vector<std::vector<double>> loss{};
  /// As `AgeCurve::band`, with the same draws, though not cut at 0; [-infinity, infinity] at an age that one origin
  /// alone has.
  std::vector<std::vector<Interval>> band{};
};

/// @throws InvalidParameter no points, fewer than two origins, points without parts or with different numbers of them;
///         InvalidData a value that is not finite, fresh values whose sum is negative, an age of an origin given twice,
///         no fresh value above 0; Cancelled, DeadlineExceeded. O(resamples points parts).
[[nodiscard]] LossSplit loss_parts(std::span<const LossPoint> points, const BootstrapConfig& config = {},
                                   const RunOptions& options = {});

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/drift/loss_split_inl.hpp>
#endif
