/// Models that hold models.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/impl/io/state/state_parts.hpp>
#include <recocore/models/blend.hpp>

namespace recocore::detail {

/// A model behind the number of its type: defined where all types are known.
RECOCORE_INLINE void write_any_model(StateWriter& writer, const AnyModel& model);
[[nodiscard]] RECOCORE_INLINE AnyModel read_any_model(StateReader& reader);
/// The number of a model's type, and the name of a number: empty for one that is not known.
[[nodiscard]] RECOCORE_INLINE std::uint8_t model_number(const AnyModel& model);
[[nodiscard]] RECOCORE_INLINE std::string_view model_name(std::uint8_t number);

/// Bytes that are not trusted may not make the stack overflow.
class NestedModels {
 public:
  explicit NestedModels(StateReader& reader) : reader_(reader) {
    if (++reader_.nested > Blend::most_nested) {
      throw InvalidData("the stored state has models in each other more than " + std::to_string(Blend::most_nested) +
                        " times; it is damaged");
    }
  }
  NestedModels(const NestedModels&) = delete;
  NestedModels& operator=(const NestedModels&) = delete;
  ~NestedModels() { --reader_.nested; }

 private:
  StateReader& reader_;
};

}  // namespace recocore::detail
