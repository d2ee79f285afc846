#include "peak_memory.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::uint64_t> live_bytes{0};
std::atomic<std::uint64_t> peak_bytes{0};

void count(std::size_t size) noexcept {
  const auto live = live_bytes.fetch_add(size) + size;
  auto peak = peak_bytes.load();
  while (peak < live && !peak_bytes.compare_exchange_weak(peak, live)) {
  }
}

/// Room before each block for its size, which keeps the alignment.
[[nodiscard]] std::size_t room(std::size_t alignment) noexcept {
  return std::max(alignment, std::size_t{__STDCPP_DEFAULT_NEW_ALIGNMENT__});
}

[[nodiscard]] void* take(std::size_t size, std::size_t alignment) noexcept {
  const auto before = room(alignment);
  // aligned_alloc wants a multiple of the alignment.
  const auto whole = (before + size + before - 1) / before * before;
  if (whole < size) {
    return nullptr;
  }
  auto* block = static_cast<std::byte*>(std::aligned_alloc(before, whole));
  if (block == nullptr) {
    return nullptr;
  }
  ::new (block) std::size_t(size);
  count(size);
  return block + before;
}

[[nodiscard]] void* take_or_throw(std::size_t size, std::size_t alignment) {
  if (auto* memory = take(size, alignment)) {
    return memory;
  }
  throw std::bad_alloc();
}

void give_back(void* memory, std::size_t alignment) noexcept {
  if (memory == nullptr) {
    return;
  }
  auto* block = static_cast<std::byte*>(memory) - room(alignment);
  live_bytes.fetch_sub(*std::launder(reinterpret_cast<std::size_t*>(block)));
  std::free(block);
}

constexpr std::size_t plain = __STDCPP_DEFAULT_NEW_ALIGNMENT__;

}  // namespace

void* operator new(std::size_t size) { return take_or_throw(size, plain); }
void* operator new[](std::size_t size) { return take_or_throw(size, plain); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return take_or_throw(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return take_or_throw(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t& /*unused*/) noexcept { return take(size, plain); }
void* operator new[](std::size_t size, const std::nothrow_t& /*unused*/) noexcept { return take(size, plain); }
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t& /*unused*/) noexcept {
  return take(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment, const std::nothrow_t& /*unused*/) noexcept {
  return take(size, static_cast<std::size_t>(alignment));
}

void operator delete(void* memory) noexcept { give_back(memory, plain); }
void operator delete[](void* memory) noexcept { give_back(memory, plain); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { give_back(memory, plain); }
void operator delete[](void* memory, std::size_t /*size*/) noexcept { give_back(memory, plain); }
void operator delete(void* memory, std::align_val_t alignment) noexcept {
  give_back(memory, static_cast<std::size_t>(alignment));
}
void operator delete[](void* memory, std::align_val_t alignment) noexcept {
  give_back(memory, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory, std::size_t /*size*/, std::align_val_t alignment) noexcept {
  give_back(memory, static_cast<std::size_t>(alignment));
}
void operator delete[](void* memory, std::size_t /*size*/, std::align_val_t alignment) noexcept {
  give_back(memory, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory, const std::nothrow_t& /*unused*/) noexcept { give_back(memory, plain); }
void operator delete[](void* memory, const std::nothrow_t& /*unused*/) noexcept { give_back(memory, plain); }
void operator delete(void* memory, std::align_val_t alignment, const std::nothrow_t& /*unused*/) noexcept {
  give_back(memory, static_cast<std::size_t>(alignment));
}
void operator delete[](void* memory, std::align_val_t alignment, const std::nothrow_t& /*unused*/) noexcept {
  give_back(memory, static_cast<std::size_t>(alignment));
}

namespace recocore::test {

PeakMemory::PeakMemory() : start_(live_bytes) { peak_bytes = start_; }

std::uint64_t PeakMemory::peak() const { return peak_bytes - std::min(start_, peak_bytes.load()); }
std::uint64_t PeakMemory::live() const { return live_bytes - std::min(start_, live_bytes.load()); }

}  // namespace recocore::test
