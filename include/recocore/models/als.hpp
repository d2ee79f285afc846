/// Factors of users and items by alternating least squares.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <recocore/core/raw_vector.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/rank/popular_items.hpp>
#include <recocore/rank/recommender.hpp>

namespace recocore {

struct AlsConfig {
  /// d, the length of a vector: 1 to 4096.
  std::uint32_t factors = 64;
  /// Passes over users and items.
  std::uint32_t epochs = 16;
  /// rho, above 0: the mean penalty of a vector, in observations that weigh 1.
  double regularization = 10.0;
  /// alpha0, above 0: what a pair without an interaction weighs.
  double unobserved_weight = 0.3;
  /// nu, 0 to 2: 0 regularises all vectors alike, 1 by how much was seen of each.
  double frequency_exponent = 1.0;
  /// Factors that are solved for at a time; all of them when there are no more.
  std::uint32_t block_size = 128;
  /// The standard deviation of the length of a first vector, above 0.
  double init_scale = 0.1;
  std::uint64_t seed = 42;

  /// @throws InvalidParameter when a field makes no sense.
  void validate() const;

  friend bool operator==(const AlsConfig&, const AlsConfig&) = default;
};

/// Matrix factorisation of implicit feedback: score(u, i) = x_u . y_i, with vectors that minimise
///
///     sum over observed (u, i) of w_ui (1 - x_u . y_i)^2 + alpha0 sum over all (u, i) of (x_u . y_i)^2
///       + lambda (sum_u (w_u + alpha0 items)^nu |x_u|^2 + sum_i (w_i + alpha0 users)^nu |y_i|^2)
///
/// w_u and w_i are sums of weights, and lambda is rho over the mean of all (w + alpha0 n)^nu, so that neither nu nor
/// the size of the catalogue changes the mean penalty; the papers' lambda* is rho over the mean of all w + alpha0 n.
/// Hu, Koren, Volinsky 2008, parametrised as by Rendle et al. 2021, "Revisiting the performance of iALS on item
/// recommendation benchmarks"; with `block_size` < `factors` the updates are those of Rendle et al. 2021, "iALS++:
/// Speeding up matrix factorization with subspace optimization".
///
/// A history is answered with the exact minimum for it, the items given; so is a known user, whose vector was solved
/// for at the end of the fit. Immutable; copies share everything.
class Als {
 public:
  static constexpr std::string_view name = "als";
  static constexpr Tier tier = Tier::collaborative;

  /// O(epochs (interactions d b + (users + items) (d^2 + d b^2))), b = min(block_size, d), and once
  /// O(interactions d^2 + users d^3).
  /// Memory of the model: 4 d bytes a user and an item, beside the interactions.
  /// @throws InvalidParameter; InvalidData for negative weights, or such that the equations cannot be solved in
  ///         floating point; Cancelled, DeadlineExceeded, MemoryLimitExceeded.
  [[nodiscard]] static Als fit(Interactions interactions, const AlsConfig& config = {}, const RunOptions& options = {});

  /// The largest memory in bytes that `fit` will use beside the interactions, the model included.
  /// @throws InvalidParameter when a field of the configuration makes no sense.
  [[nodiscard]] static std::uint64_t estimate_fit_memory(const Interactions& interactions, const AlsConfig& config = {},
                                                         const RunOptions& options = {});

  /// From parts that were fitted before, for instance read from a file: `factors` numbers an item, and a user.
  /// @param scaled_regularization that of the model before; default: it follows from the interactions, which then have
  ///        all their rows.
  /// @throws InvalidParameter; InvalidData factors that do not belong to the interactions or are not finite.
  [[nodiscard]] static Als from_parts(Interactions interactions, const AlsConfig& config, RawVector<float> item_factors,
                                      RawVector<float> user_factors, std::optional<double> scaled_regularization = {});

  [[nodiscard]] const AlsConfig& config() const noexcept { return config_; }
  [[nodiscard]] const Interactions& interactions() const noexcept { return interactions_; }
  [[nodiscard]] const PopularItems& popular_items() const noexcept { return popular_items_; }

  /// y_i, row by row: items x d.
  [[nodiscard]] std::span<const float> item_factors() const noexcept { return parts_->item_factors; }
  /// x_u, row by row: users x d, each the minimum for the user's row, the items given.
  [[nodiscard]] std::span<const float> user_factors() const noexcept { return parts_->user_factors; }

  /// lambda: `regularization` in proportion to what rows weigh.
  [[nodiscard]] double scaled_regularization() const noexcept { return parts_->regularization; }

  /// x of a history: that of its user, else the minimum of the loss for it, the items given; weights of 0 and less are
  /// left out. Zeros when the history is empty or its weights are too large to be solved for. It lives as long as the
  /// scratch, until the next call, and the model. O(d) for a user, else O(items of the history x d^2 + d^3).
  [[nodiscard]] std::span<const float> vector_of(const History& history, Scratch& scratch) const;

  /// See `Recommender`. Only scores above 0 are ranked. `vector_of`, then O(items x d).
  void rank(const History& history, std::size_t n, Scratch& scratch) const;

 private:
  struct Parts {
    RawVector<float> item_factors;
    RawVector<float> user_factors;
    /// alpha0 times the sum of y_i y_i', the lower triangle by columns.
    std::vector<float> gram;
    double regularization;  ///< lambda
  };

  Als(Interactions interactions, const AlsConfig& config, std::shared_ptr<const Parts> parts);

  AlsConfig config_;
  Interactions interactions_;
  std::shared_ptr<const Parts> parts_;
  PopularItems popular_items_;
};

static_assert(Recommender<Als>);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/models/als_inl.hpp>
#endif
