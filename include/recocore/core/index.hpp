/// Strong 32-bit positions of users and items.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace recocore {

/// A position in an `IdMap`, as a type of its own so that users and items cannot be mixed up.
/// Positions follow the order of the ids: a smaller position is a smaller id.
template <class Tag>
struct Index {
  std::uint32_t value{};

  constexpr Index() = default;
  constexpr explicit Index(std::uint32_t position) noexcept : value(position) {}
  constexpr explicit Index(std::size_t position) noexcept : value(static_cast<std::uint32_t>(position)) {}

  friend constexpr auto operator<=>(const Index&, const Index&) = default;
};

using UserIx = Index<struct UserTag>;
using ItemIx = Index<struct ItemTag>;

static_assert(sizeof(UserIx) == 4 && sizeof(ItemIx) == 4);

/// The largest number of users or of items: positions are 32-bit, and signed consumers must be able to hold them.
inline constexpr std::size_t max_index_count = 0x7FFF'FFFF;

}  // namespace recocore

template <class Tag>
struct std::hash<recocore::Index<Tag>> {
  std::size_t operator()(recocore::Index<Tag> index) const noexcept { return index.value; }
};
