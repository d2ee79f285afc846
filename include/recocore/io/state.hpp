/// Interactions, catalogues and models as bytes.
///
/// A model's are those of its file (`io/model_file.hpp`). The others are for pickles and messages between processes of
/// the same version, and promise nothing between versions. Malformed bytes throw InvalidData.
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

/// See `save_model`. @throws InvalidParameter a model of a type that cannot be stored.
[[nodiscard]] std::string to_bytes(const AnyModel& model);
/// Gives identical lists.
/// @throws InvalidData bytes that are not a model.
[[nodiscard]] AnyModel model_from_bytes(std::string_view bytes);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/io/state_inl.hpp>
#endif
