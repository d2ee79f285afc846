/// Long arrays, which a model file keeps apart from everything small.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <type_traits>

#include <recocore/core/index.hpp>
#include <recocore/core/ranking.hpp>

namespace recocore::detail {

/// Arrays of fewer bytes stand where they are mentioned.
inline constexpr std::size_t least_long_array = 256;
/// Of long arrays and of sections.
inline constexpr std::size_t stored_alignment = 64;

[[nodiscard]] constexpr std::uint64_t padding_after(std::uint64_t size) noexcept {
  return (stored_alignment - size % stored_alignment) % stored_alignment;
}

using ArrayTag = std::array<char, 4>;
inline constexpr ArrayTag any_array{'A', 'R', 'R', 'Y'};

/// What a section holds. The numbers stand in files.
enum class ValueType : std::uint32_t {
  bytes = 1,
  unsigned_32 = 2,
  unsigned_64 = 3,
  signed_64 = 4,
  float_32 = 5,
  float_64 = 6,
  scored = 7,  ///< a 32-bit position and its 32-bit floating-point score
};

template <class T>
[[nodiscard]] constexpr ValueType value_type_of() noexcept {
  if constexpr (std::is_same_v<T, ScoredItem> || std::is_same_v<T, Scored<UserIx>>) {
    static_assert(sizeof(T) == 8);
    return ValueType::scored;
  } else if constexpr (std::is_same_v<T, float>) {
    return ValueType::float_32;
  } else if constexpr (std::is_same_v<T, double>) {
    return ValueType::float_64;
  } else if constexpr (std::is_same_v<T, std::int64_t>) {
    return ValueType::signed_64;
  } else if constexpr (std::is_unsigned_v<T> && sizeof(T) == 8) {
    return ValueType::unsigned_64;
  } else if constexpr (std::is_same_v<T, UserIx> || std::is_same_v<T, ItemIx> ||
                       (std::is_unsigned_v<T> && sizeof(T) == 4)) {
    return ValueType::unsigned_32;
  } else {
    static_assert(sizeof(T) == 1, "a type that files do not know");
    return ValueType::bytes;
  }
}

/// How many bytes a value has; 0 for a type that is none.
[[nodiscard]] constexpr std::uint64_t bytes_of(ValueType type) noexcept {
  switch (type) {
    case ValueType::bytes:
      return 1;
    case ValueType::unsigned_32:
    case ValueType::float_32:
      return 4;
    case ValueType::unsigned_64:
    case ValueType::signed_64:
    case ValueType::float_64:
    case ValueType::scored:
      return 8;
  }
  return 0;
}

struct WrittenArray {
  ArrayTag tag{};
  ValueType type = ValueType::bytes;
  std::uint64_t rows = 0;
  std::uint64_t columns = 1;
  const void* data = nullptr;
  std::size_t size = 0;
  std::shared_ptr<const void> owner{};
};

struct ReadArray {
  ValueType type = ValueType::bytes;
  std::string_view bytes{};
};

}  // namespace recocore::detail
