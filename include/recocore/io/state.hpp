/// Interactions, catalogues and models as bytes, for pickles and messages between processes of the same version.
///
/// This is not the model file: it promises nothing between versions. Malformed bytes throw InvalidData, and no more is
/// allocated than the bytes, the numbers of rows and columns of a matrix aside (below 2^31).
#pragma once

#include <string>
#include <string_view>

#include <recocore/data/catalogue.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/rank/any_model.hpp>

namespace recocore {

/// The events and the configuration: rows and the report are made anew from them.
[[nodiscard]] std::string to_bytes(const Interactions& interactions);
/// @throws InvalidData bytes that are not interactions.
[[nodiscard]] Interactions interactions_from_bytes(std::string_view bytes);

[[nodiscard]] std::string to_bytes(const Catalogue& catalogue);
/// @throws InvalidData bytes that are not a catalogue.
[[nodiscard]] Catalogue catalogue_from_bytes(std::string_view bytes);

/// @throws InvalidParameter a model of a type that has no state yet.
[[nodiscard]] std::string to_bytes(const AnyModel& model);
/// Gives identical lists.
/// @throws InvalidData bytes that are not a model.
[[nodiscard]] AnyModel model_from_bytes(std::string_view bytes);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/io/state_inl.hpp>
#endif
