/// Structs that begin with their size: see the rules in recocore.h.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <type_traits>

#include "status.hpp"

namespace recocore::capi {

/// Above any struct there will be, so that a size nobody set is not believed.
inline constexpr std::size_t most_struct_bytes = 4096;

/// @throws InvalidArgument a size that no version of this struct has.
template <class Struct>
void check_size(const Struct& given, const char* name) {
  static_assert(std::is_trivially_copyable_v<Struct> && offsetof(Struct, size) == 0);
  if (given.size < sizeof(std::size_t) || given.size > most_struct_bytes || given.size % alignof(Struct) != 0) {
    throw InvalidArgument("the size of a " + std::string(name) + " is " + std::to_string(given.size) +
                          ": set it to sizeof(" + name + ") before the call");
  }
}

/// What the caller gave, in the layout of this version; NULL gives the defaults.
/// @throws InvalidArgument a size that makes no sense; Unsupported when a field this version does not know is not 0.
template <class Struct>
[[nodiscard]] Struct read_struct(const Struct* given, const char* name) {
  Struct result{};
  if (given != nullptr) {
    check_size(*given, name);
    const auto* bytes = reinterpret_cast<const unsigned char*>(given);
    if (given->size > sizeof(Struct) &&
        std::any_of(bytes + sizeof(Struct), bytes + given->size, [](unsigned char byte) { return byte != 0; })) {
      throw Unsupported("a " + std::string(name) + " of " + std::to_string(given->size) +
                        " bytes asks for something that version " + recocore_version() +
                        " of the library does not know: its struct has " + std::to_string(sizeof(Struct)));
    }
    std::memcpy(&result, given, std::min(given->size, sizeof(Struct)));
  }
  result.size = sizeof(Struct);
  return result;
}

/// A struct the library fills in, NULL when the caller does not want it. Made before the work, so that a wrong size
/// changes nothing.
template <class Struct>
class OutStruct {
 public:
  /// @throws InvalidArgument a size that makes no sense.
  OutStruct(Struct* out, const char* name) : out_(out) {
    if (out != nullptr) {
      check_size(*out, name);
    }
  }

  /// As much as there is room for; what the caller's struct has beyond this version's becomes 0.
  void write(const Struct& value) const noexcept {
    if (out_ == nullptr) {
      return;
    }
    const std::size_t size = out_->size;
    auto* bytes = reinterpret_cast<unsigned char*>(out_);
    std::memcpy(bytes, &value, std::min(size, sizeof(Struct)));
    if (size > sizeof(Struct)) {
      std::memset(bytes + sizeof(Struct), 0, size - sizeof(Struct));
    }
    out_->size = size;
  }

 private:
  Struct* out_;
};

}  // namespace recocore::capi
