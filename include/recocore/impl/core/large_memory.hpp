/// Memory for arrays of megabytes.
#pragma once

#include <cstddef>

#include <recocore/core/config.hpp>

namespace recocore::detail {

/// From here on huge pages are asked for, where the system has them: fewer pages to fault in and to look up.
inline constexpr std::size_t large_bytes = std::size_t{4} << 20U;
inline constexpr std::size_t huge_page_bytes = std::size_t{2} << 20U;

/// @throws std::bad_alloc
[[nodiscard]] void* allocate_large(std::size_t bytes);
void free_large(void* memory, std::size_t bytes) noexcept;

}  // namespace recocore::detail

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/core/large_memory_inl.hpp>
#endif
