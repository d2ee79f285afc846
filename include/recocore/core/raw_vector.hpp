/// A vector for bulk numbers that are about to be written anyway.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include <recocore/impl/core/large_memory.hpp>

namespace recocore {

/// As `std::allocator`, but elements made without arguments are left uninitialised, and large arrays ask for huge
/// pages.
template <class T>
class RawAllocator : public std::allocator<T> {
 public:
  static_assert(std::is_trivially_copyable_v<T>);

  template <class U>
  struct rebind {
    using other = RawAllocator<U>;
  };

  [[nodiscard]] T* allocate(std::size_t count) {
    const std::size_t bytes = count * sizeof(T);
    return bytes / sizeof(T) == count && bytes >= detail::large_bytes ? static_cast<T*>(detail::allocate_large(bytes))
                                                                      : std::allocator<T>::allocate(count);
  }
  void deallocate(T* memory, std::size_t count) noexcept {
    if (count * sizeof(T) >= detail::large_bytes) {
      detail::free_large(memory, count * sizeof(T));
    } else {
      std::allocator<T>::deallocate(memory, count);
    }
  }

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
