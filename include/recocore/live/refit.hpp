/// The same model on other interactions.
#pragma once

#include <optional>
#include <string>

#include <recocore/core/id.hpp>
#include <recocore/core/id_column.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/rank/any_model.hpp>

namespace recocore {

/// A model of the same kind and configuration, fitted anew: equal, to the byte of its state, to any other fit of that
/// configuration on these interactions.
///
/// A Blend keeps the weights of its parts, which are fitted anew. ContentKnn and Hybrid keep their catalogue with all
/// that was added, changed and retired since, which becomes the base; rows without any value stay only as long as there
/// are interactions of them. ContentKnn learns its column weights again where it did; Hybrid keeps the weights of its
/// columns and its strengths, which are configuration, and its profiles.
/// @param interactions as from events, not extended.
/// @param without a user whose profile is left out.
/// @throws InvalidParameter a model of a kind that is not known here; whatever a fit throws.
[[nodiscard]] AnyModel refit(const AnyModel& model, const Interactions& interactions, const RunOptions& options = {},
                             const std::optional<IdView>& without = {});

/// What is different in how two models were configured, as a sentence; none when a fit of both on the same events would
/// give the same. Profiles of users need not be the same.
[[nodiscard]] std::optional<std::string> configuration_difference(const AnyModel& a, const AnyModel& b);

/// With the profiles of the users of another model of the same configuration besides.
[[nodiscard]] AnyModel with_profiles_of(const AnyModel& model, const AnyModel& other);

/// With items retired, for a model with a catalogue; restored when `back`. None for other models.
/// @throws UnknownId, IdTypeError.
[[nodiscard]] std::optional<AnyModel> with_retired(const AnyModel& model, const IdColumn& items, bool back);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/live/refit_inl.hpp>
#endif
