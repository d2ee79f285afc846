/// Models by name, with parameters as settings.
#pragma once

#include <functional>

#include <recocore/data/interactions.hpp>
#include <recocore/rank/any_model.hpp>

#include "settings.hpp"

namespace recocore::capi {

/// What the settings of a fit ask for.
struct FitPlan {
  InteractionsConfig interactions{};
  std::function<AnyModel(Interactions, const RunOptions&)> fit{};
};

/// @throws InvalidParameter an unknown name, of which it lists the known ones, or a value that makes no sense.
[[nodiscard]] FitPlan plan_fit(const Settings& settings);

}  // namespace recocore::capi
