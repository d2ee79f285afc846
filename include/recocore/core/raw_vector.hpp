/// A vector for bulk numbers that are about to be written anyway.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace recocore {

/// As `std::allocator`, but elements made without arguments are left uninitialised where their type allows it.
template <class T>
class RawAllocator : public std::allocator<T> {
 public:
  static_assert(std::is_trivially_copyable_v<T>);

  RawAllocator() = default;
  template <class U>
  RawAllocator(const RawAllocator<U>& /*other*/) noexcept {}  // NOLINT(google-explicit-constructor): as allocators must

  template <class U>
  struct rebind {                   // NOLINT(readability-identifier-naming)
    using other = RawAllocator<U>;  // NOLINT(readability-identifier-naming)
  };

  template <class U, class... Arguments>
  void construct(U* where, Arguments&&... arguments) {
    if constexpr (sizeof...(Arguments) > 0) {
      std::construct_at(where, std::forward<Arguments>(arguments)...);
    }
  }
};

/// A vector whose `resize(n)` leaves new elements unwritten, so that memory is first touched by the thread that fills
/// it, and not at all where nothing is written. Everything else is as with `std::vector`.
template <class T>
using RawVector = std::vector<T, RawAllocator<T>>;

}  // namespace recocore
