/// Weights of a blend, learned on a validation part.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <recocore/core/run_options.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/models/blend.hpp>
#include <recocore/rank/any_model.hpp>

namespace recocore {

struct BlendWeightsConfig {
  /// How the lists are made and added up.
  BlendConfig blend{};
  /// The length of the lists that are measured.
  std::size_t n = 20;
  /// Recommend nothing that is in the user's history.
  bool exclude_seen = true;
  /// Users to learn from: drawn at random where there are more, and fewer where their lists take over 128 MB.
  std::size_t most_users = 5000;
  std::uint64_t seed = 0;

  /// @throws InvalidParameter when n or most_users is 0, or as `BlendConfig`.
  void validate() const;
};

struct BlendWeights {
  /// One a part; they add up to 1. All equal when there was nobody to learn from.
  std::vector<double> weights{};
  /// The mean NDCG@n over `users` users that they reach.
  double ndcg = 0.0;
  std::size_t users = 0;

  friend bool operator==(const BlendWeights&, const BlendWeights&) = default;
};

/// The weights with the largest mean NDCG@n over the users of `test` whom the parts know.
///
/// Every part ranks once for each user; then only sums are made anew. The search begins with the best among equal
/// weights and each part alone, and moves towards and away from one part at a time while that gains, by ever smaller
/// steps (Hooke, Jeeves 1961, "Direct search solution of numerical and statistical problems"). So the result is never
/// worse on `test` than the best part alone. O(users x parts x depth) for each of some 50 x parts weights tried. The
/// result does not depend on the number of threads.
/// @param parts fitted on the same interactions, which must not hold those of `test`.
/// @throws InvalidParameter as `Blend`; IdTypeError when ids are text here and integers there; Cancelled,
///         DeadlineExceeded, MemoryLimitExceeded.
[[nodiscard]] BlendWeights learn_blend_weights(std::span<const AnyModel> parts, const Interactions& test,
                                               const BlendWeightsConfig& config = {}, const RunOptions& options = {});

/// Bytes that `learn_blend_weights` takes at most for this many parts, beside what these need to rank.
[[nodiscard]] std::uint64_t estimate_blend_weights_memory(std::size_t parts, std::size_t users, std::size_t items,
                                                          const BlendWeightsConfig& config = {},
                                                          const RunOptions& options = {});

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/eval/blend_weights_inl.hpp>
#endif
