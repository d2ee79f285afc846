/// A vector for bulk numbers that are about to be written anyway, or that lie elsewhere already.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace recocore {

/// As `std::allocator`, but elements made without arguments are left uninitialised where their type allows it, and a
/// vector may use values that lie elsewhere.
template <class T>
class RawAllocator : public std::allocator<T> {
 public:
  static_assert(std::is_trivially_copyable_v<T>);
  // NOLINTBEGIN(readability-identifier-naming): as allocators must
  using propagate_on_container_copy_assignment = std::true_type;
  using propagate_on_container_move_assignment = std::true_type;
  using propagate_on_container_swap = std::true_type;
  using is_always_equal = std::false_type;
  // NOLINTEND(readability-identifier-naming)

  RawAllocator() = default;
  ~RawAllocator() = default;
  RawAllocator(const RawAllocator&) = default;
  RawAllocator(RawAllocator&& other) noexcept : lent_(other.lent_), given_(other.given_) {}  // NOLINT: shared
  /// Of a copied vector: it has memory of its own.
  RawAllocator& operator=(const RawAllocator& /*other*/) noexcept {
    lent_.reset();
    return *this;
  }
  RawAllocator& operator=(RawAllocator&& other) noexcept {
    lent_ = other.lent_;
    given_ = other.given_;
    return *this;
  }
  /// Gives its vector these values as its first memory, if it is made with just as many elements. They may not be
  /// written to. @param owner keeps them.
  RawAllocator(const T* values, std::size_t count, std::shared_ptr<const void> owner)
      : lent_(std::make_shared<const Lent>(Lent{const_cast<T*>(values), count, std::move(owner)})) {}
  template <class U>
  RawAllocator(const RawAllocator<U>& /*other*/) noexcept {}  // NOLINT(google-explicit-constructor): as allocators must

  template <class U>
  struct rebind {                   // NOLINT(readability-identifier-naming)
    using other = RawAllocator<U>;  // NOLINT(readability-identifier-naming)
  };

  [[nodiscard]] T* allocate(std::size_t count) {
    if (lent_ && !std::exchange(given_, true) && lent_->count == count) {
      return lent_->values;
    }
    return std::allocator<T>::allocate(count);
  }
  void deallocate(T* values, std::size_t count) noexcept {
    if (!lent_ || lent_->values != values) {
      std::allocator<T>::deallocate(values, count);
    }
  }

  template <class U, class... Arguments>
  void construct(U* where, Arguments&&... arguments) {
    if constexpr (sizeof...(Arguments) > 0) {
      std::construct_at(where, std::forward<Arguments>(arguments)...);
    }
  }

  /// A copy of a vector has memory of its own.
  [[nodiscard]] RawAllocator select_on_container_copy_construction() const noexcept { return {}; }

  friend bool operator==(const RawAllocator& a, const RawAllocator& b) noexcept { return a.lent_ == b.lent_; }

 private:
  struct Lent {  // NOLINT(cppcoreguidelines-pro-type-member-init): made with all its fields
    T* values;
    std::size_t count;
    std::shared_ptr<const void> owner;
  };
  std::shared_ptr<const Lent> lent_{};
  bool given_ = false;
};

/// A vector whose `resize(n)` leaves new elements unwritten, so that memory is first touched by the thread that fills
/// it, and not at all where nothing is written. Everything else is as with `std::vector`.
template <class T>
using RawVector = std::vector<T, RawAllocator<T>>;

/// A vector over values that lie elsewhere and are not written to, for as long as it and what is moved from it live.
template <class T>
[[nodiscard]] RawVector<T> lend(const T* values, std::size_t count, std::shared_ptr<const void> owner) {
  return RawVector<T>(count, RawAllocator<T>(values, count, std::move(owner)));
}

}  // namespace recocore
