#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/impl/io/state/catalogue_state.hpp>
#include <recocore/impl/io/state/stored_models.hpp>
#include <recocore/impl/io/state_archive.hpp>
#include <recocore/io/model_file.hpp>
#include <recocore/io/state.hpp>

namespace recocore {

namespace detail {

/// Reads what a function reads of a state, and all of it.
template <class Read>
[[nodiscard]] auto read_state(std::string_view bytes, const Read& read_it) {
  return without_other_errors([&] {
    StateReader reader(bytes);
    check_version(reader);
    auto result = read_it(reader);
    reader.expect_end();
    return result;
  });
}

/// The place of a model's type in the list; as many as there are types when it has none.
template <class... Models>
[[nodiscard]] std::uint8_t number_of(const AnyModel& model, ModelList<Models...> /*known*/) {
  std::uint8_t number = 0;
  const auto is_it = [&]<class M>(const M* held) {
    number = static_cast<std::uint8_t>(number + (held == nullptr ? 1 : 0));
    return held != nullptr;
  };
  static_cast<void>((is_it(model.get_if<Models>()) || ...));
  return number;
}

template <class... Models>
[[nodiscard]] std::string_view name_of(std::uint8_t number, ModelList<Models...> /*known*/) {
  constexpr std::array<std::string_view, sizeof...(Models)> names{Models::name...};
  return number < names.size() ? names[number] : std::string_view{};
}

template <class... Models>
void write_model(StateWriter& writer, const AnyModel& model, ModelList<Models...> /*known*/) {
  std::uint8_t number = 0;
  const auto write_if = [&]<class M>(const M* held) {
    if (held != nullptr) {
      writer(number);
      ModelState<M>::write(writer, *held);
    }
    ++number;
    return held != nullptr;
  };
  if (!(write_if(model.get_if<Models>()) || ...)) {
    throw InvalidParameter("a model of type '" + std::string(model.name()) + "' cannot be stored");
  }
}

template <class... Models>
[[nodiscard]] AnyModel read_model(StateReader& reader, ModelList<Models...> /*known*/) {
  std::uint8_t number = 0;
  reader(number);
  std::optional<AnyModel> model;
  std::uint8_t next = 0;
  const auto read_if = [&]<class M>(std::type_identity<M> /*type*/) {
    if (number == next++) {
      model.emplace(ModelState<M>::read(reader));
    }
    return model.has_value();
  };
  if (!(read_if(std::type_identity<Models>()) || ...)) {
    throw InvalidData("the stored state is of model number " + std::to_string(number) +
                      ", which this library does not know; it is damaged");
  }
  return *std::move(model);
}

RECOCORE_INLINE void write_any_model(StateWriter& writer, const AnyModel& model) {
  write_model(writer, model, StoredModels{});
}

RECOCORE_INLINE AnyModel read_any_model(StateReader& reader) { return read_model(reader, StoredModels{}); }

RECOCORE_INLINE std::uint8_t model_number(const AnyModel& model) { return number_of(model, StoredModels{}); }

RECOCORE_INLINE std::string_view model_name(std::uint8_t number) { return name_of(number, StoredModels{}); }

}  // namespace detail

RECOCORE_INLINE std::string to_bytes(const Interactions& interactions) {
  detail::StateWriter writer;
  writer(detail::state_version);
  detail::write(writer, interactions);
  return writer.take();
}

RECOCORE_INLINE Interactions interactions_from_bytes(std::string_view bytes) {
  return detail::read_state(bytes, detail::read_interactions);
}

RECOCORE_INLINE std::string to_bytes(const Catalogue& catalogue) {
  detail::StateWriter writer;
  writer(detail::state_version);
  detail::write(writer, catalogue);
  return writer.take();
}
RECOCORE_INLINE Catalogue catalogue_from_bytes(std::string_view bytes) {
  return detail::read_state(bytes, [](detail::StateReader& reader) { return detail::read_catalogue(reader); });
}

RECOCORE_INLINE std::string to_bytes(const AnyModel& model) { return to_bytes(model, SaveOptions{}); }

RECOCORE_INLINE AnyModel model_from_bytes(std::string_view bytes) { return ModelFile::from_bytes(bytes).model(); }

}  // namespace recocore
