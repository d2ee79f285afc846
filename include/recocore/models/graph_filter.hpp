/// A closed-form filter on the graph of users and items.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <recocore/core/run_options.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/linalg/truncated_svd.hpp>
#include <recocore/rank/popular_items.hpp>
#include <recocore/rank/recommender.hpp>
#include <recocore/stats/neighbours.hpp>

namespace recocore {

/// Of two items i and j: n is the sum of the weights of an item or a user, w_ui the weight of an interaction.
struct GraphFilterConfig {
  /// How many items of the largest G_ij are kept for a candidate j. 0: all.
  std::size_t k = 0;
  /// G_ij = n_i^-history_exponent (sum over u of n_u^-user_exponent w_ui w_uj)^power n_j^-candidate_exponent.
  double history_exponent = 0.5;
  double user_exponent = 1.0;
  double candidate_exponent = 0.5;
  double power = 1.0;

  /// L_ij = n_i^-low_pass_history_exponent (sum over d of v_id f(s_d) v_jd) n_j^low_pass_candidate_exponent, with the
  /// leading singular values s_d and right vectors v of w_ui / sqrt(n_u n_i). None of it with 0 dimensions. Not given:
  /// a sixteenth of the users or of the items, whichever are fewer, 448 at most: more is rarely smooth any more.
  std::optional<std::size_t> dimensions{};
  double low_pass_weight = 0.3;
  double low_pass_history_exponent = 0.5;
  double low_pass_candidate_exponent = 0.5;
  /// z in f(s) = 1 - z (s / s_1)^2: above 0 the smoothest directions count less, below 0 more.
  double low_pass_damping = 0.0;

  /// T: the scores x become the sum for m = 0 to `sharpening_order` of (-T)^m / m! x P^m, where P is G with power 1 and
  /// without a cut. Order 1 is a step of Euler's method on dx/dt = -x P, order 4 one of Runge and Kutta's. 0: none.
  double sharpening = 0.0;
  std::uint32_t sharpening_order = 4;

  std::uint64_t seed = 0;

  /// The dimensions for data of this size.
  [[nodiscard]] std::size_t dimensions_for(const Interactions& interactions) const noexcept;

  /// @throws InvalidParameter when a field makes no sense.
  void validate() const;

  friend bool operator==(const GraphFilterConfig&, const GraphFilterConfig&) = default;
};

/// score(u, j) = sum of w_ui (G_ij + low_pass_weight L_ij) over the items i of u: what is one step away in the graph of
/// users and items, and what its smoothest signals say. Sharpened on request.
///
/// GF-CF (Shen et al. 2021, "How powerful is graph convolution for recommendation?") is this with exponents 0.5, 1 and
/// 0.5; BSPM (Choi et al. 2023, "Blurring-sharpening process models for collaborative filtering") adds sharpening.
///
/// Needs nothing but a history, so it serves a visitor without an account as well. Immutable; copies share everything.
class GraphFilter {
 public:
  static constexpr std::string_view name = "graph_filter";
  static constexpr Tier tier = Tier::collaborative;

  /// Time: the sum of the squared numbers of items of users, and see `truncated_svd`. Memory of the model: 8 bytes for
  /// each G_ij above 0, at most k an item, and 4 bytes x items x dimensions.
  /// @throws InvalidParameter, InvalidData (negative weights), Cancelled, DeadlineExceeded, MemoryLimitExceeded.
  [[nodiscard]] static GraphFilter fit(Interactions interactions, const GraphFilterConfig& config = {},
                                       const RunOptions& options = {});

  /// The largest memory in bytes that `fit` will use beside the interactions, the model included, if no two users of an
  /// item share another one. @throws as `fit` does.
  [[nodiscard]] static std::uint64_t estimate_fit_memory(const Interactions& interactions,
                                                         const GraphFilterConfig& config = {},
                                                         const RunOptions& options = {});

  /// From parts that were fitted before, for instance read from a file.
  /// @param weights row i has the j with their G_ij, j ascending.
  /// @param factors the singular values and vectors; without any when there are none.
  /// @throws InvalidData parts that do not belong to the interactions.
  [[nodiscard]] static GraphFilter from_parts(Interactions interactions, const GraphFilterConfig& config,
                                              Neighbours<ItemIx> weights, TruncatedSvd factors);

  /// With the dimensions that were taken.
  [[nodiscard]] const GraphFilterConfig& config() const noexcept { return config_; }
  [[nodiscard]] const Interactions& interactions() const noexcept { return interactions_; }
  [[nodiscard]] const PopularItems& popular_items() const noexcept { return popular_items_; }

  /// The parts `from_parts` takes.
  [[nodiscard]] const Neighbours<ItemIx>& weights() const noexcept { return parts_->weights; }
  [[nodiscard]] TruncatedSvd factors() const;

  /// See `Recommender`. Only scores above 0 are ranked. O(items of the history x entries of a row + items x
  /// dimensions), with sharpening also O(order x interactions).
  void rank(const History& history, std::size_t n, Scratch& scratch) const;

 private:
  struct Parts {
    Neighbours<ItemIx> weights{};
    std::vector<float> singular_values{};
    /// items x `stride`, padded with zeros.
    std::vector<float> vectors{};
    std::size_t stride = 0;
    /// low_pass_weight f(s_d).
    std::vector<double> gains{};
    /// Powers of the sums of weights, one an item.
    std::vector<double> low_pass_history_scale{};
    std::vector<float> low_pass_candidate_scale{};
    /// For sharpening, one an item and one a user.
    std::vector<double> history_scale{};
    std::vector<double> candidate_scale{};
    std::vector<double> user_scale{};
  };

  GraphFilter(Interactions interactions, const GraphFilterConfig& config, Neighbours<ItemIx> weights,
              TruncatedSvd factors);
  void add_low_pass(const History& history, std::span<float> scores, Scratch& scratch) const;
  void sharpen(std::span<float> scores, Scratch& scratch) const;

  GraphFilterConfig config_;
  Interactions interactions_;
  std::shared_ptr<const Parts> parts_;
  PopularItems popular_items_;
};

static_assert(Recommender<GraphFilter>);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/models/graph_filter_inl.hpp>
#endif
