#pragma once

#include <string>

#include <recocore/core/config.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/impl/core/text.hpp>

namespace recocore {

RECOCORE_INLINE void require_memory(std::uint64_t bytes, const RunOptions& options, std::string_view what,
                                    std::string_view advice) {
  if (options.memory_limit == 0 || bytes <= options.memory_limit) {
    return;
  }
  std::string needed = detail::byte_text(bytes);
  std::string limit = detail::byte_text(options.memory_limit);
  if (needed == limit) {
    needed = detail::count_text(bytes, "byte");
    limit = detail::count_text(options.memory_limit, "byte");
  }
  throw MemoryLimitExceeded(std::string(what) + " needs about " + needed +
                            " of memory beside its input, above the limit of " + limit +
                            (advice.empty() ? "" : "; " + std::string(advice)));
}

}  // namespace recocore
