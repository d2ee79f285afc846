/// Several models as one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <recocore/rank/any_model.hpp>
#include <recocore/rank/recommender.hpp>

namespace recocore {

/// What the scores of a part's list become before they are added up. What is not in the list counts 0.
enum class Fusion : std::uint8_t {
  score,     ///< s / the largest of the list; scores of 0 or less count 0
  standard,  ///< (s - the smallest of the list) / their standard deviation + 2^-10: the z-score, where what is missing
             ///< counts as a little less than the last. 1 where all are equal.
  rank,      ///< 1 / (60 + rank). Cormack, Clarke, Buettcher 2009, "Reciprocal rank fusion outperforms Condorcet"
};

[[nodiscard]] std::span<const std::string_view> fusion_names() noexcept;
/// @throws InvalidParameter for a name that is none of them.
[[nodiscard]] Fusion parse_fusion(std::string_view name);

struct BlendConfig {
  Fusion method = Fusion::standard;
  /// How many items each part ranks for a history; as many as are asked for if that is more.
  std::size_t depth = 500;

  /// @throws InvalidParameter for a depth of 0.
  void validate() const;

  friend bool operator==(const BlendConfig&, const BlendConfig&) = default;
};

/// Makes the scores of a list, best first, those of `method`.
void normalise(Fusion method, std::span<ScoredItem> list);

/// score(u, j) = sum over the parts p of weight_p x the normalised score of j in p's list for u: each part ranks its
/// best `depth` items under the same filters.
///
/// Parts are any models fitted on the same interactions, Blends among them. Immutable; copies share everything.
class Blend {
 public:
  static constexpr std::string_view name = "blend";
  static constexpr Tier tier = Tier::collaborative;
  /// A Blend may be part of a Blend this many times over.
  static constexpr std::size_t most_nested = 8;

  /// @param weights one a part, finite and at least 0, one of them above 0. Only their ratios matter.
  /// @throws InvalidParameter for other weights, no parts, parts of different interactions or with a catalogue, too
  /// many
  ///         Blends in Blends.
  explicit Blend(std::vector<AnyModel> parts, std::vector<double> weights, const BlendConfig& config = {});

  [[nodiscard]] const BlendConfig& config() const noexcept { return config_; }
  [[nodiscard]] std::span<const AnyModel> parts() const noexcept { return *parts_; }
  /// One a part, as they were given.
  [[nodiscard]] std::span<const double> weights() const noexcept { return weights_; }
  /// 1 when no part is a Blend.
  [[nodiscard]] std::size_t nested() const noexcept { return nested_; }

  [[nodiscard]] const Interactions& interactions() const noexcept { return parts_->front().interactions(); }
  [[nodiscard]] const PopularItems& popular_items() const noexcept { return parts_->front().popular_items(); }

  /// See `Recommender`. Parts with a weight of 0 are not asked.
  void rank(const History& history, std::size_t n, Scratch& scratch) const;

 private:
  BlendConfig config_;
  std::shared_ptr<const std::vector<AnyModel>> parts_;
  std::vector<double> weights_;
  std::vector<double> shares_;
  std::size_t nested_ = 1;
};

static_assert(Recommender<Blend>);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/models/blend_inl.hpp>
#endif
