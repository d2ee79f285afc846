#pragma once

#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <recocore/impl/core/large_memory.hpp>

namespace recocore::detail {

RECOCORE_INLINE void* allocate_large(std::size_t bytes) {
  void* const memory = ::operator new(bytes, std::align_val_t{huge_page_bytes});
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  // Advice: it does no harm where it is not taken.
  static_cast<void>(::madvise(memory, bytes / huge_page_bytes * huge_page_bytes, MADV_HUGEPAGE));
#endif
  return memory;
}

RECOCORE_INLINE void free_large(void* memory, std::size_t bytes) noexcept {
  ::operator delete(memory, bytes, std::align_val_t{huge_page_bytes});
}

}  // namespace recocore::detail
