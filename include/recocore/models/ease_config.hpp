/// What Ease and SparseEase have in common: how a ridge regression among items is weighted.
#pragma once

namespace recocore {

/// Parameters of the regression of each item on the others. With x the users by items, n_u the items of a user, n_i the
/// users of an item, and bars for means over users and items:
///
///     G = x^T D x,  D_uu proportional to n_u^-user_exponent, scaled so that G keeps its trace in binary data
///     L_ii = l2 (n_i / n_bar)^count_exponent + dropout / (1 - dropout) G_ii
struct EaseConfig {
  /// Strength of the regularisation, above 0.
  double l2 = 400.0;
  /// From 0 (all interactions count the same) to 1 (all users do), 2 at most.
  double user_exponent = 0.0;
  /// Popular items are regularised more. From 0 to 2.
  double count_exponent = 0.0;
  /// The score of j is divided by (n_j / n_bar)^candidate_exponent: above 0 for less popular lists. From -2 to 2.
  double candidate_exponent = 0.0;
  /// The share of a history that is hidden from the regression (Steck 2020): from 0 to below 1.
  double dropout = 0.0;
  /// How much of an item's weight on itself is allowed: from 0 (none, as in EASE) to 1 (an ordinary ridge regression).
  /// Moon et al. 2023.
  double diagonal = 0.0;

  /// @throws InvalidParameter when a field makes no sense.
  void validate() const;

  friend bool operator==(const EaseConfig&, const EaseConfig&) = default;
};

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/models/ease_config_inl.hpp>
#endif
