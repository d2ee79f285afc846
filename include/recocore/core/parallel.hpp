/// The one place that starts parallel work. No oneTBB type is visible here.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include <recocore/core/run_options.hpp>

namespace recocore {

/// A larger number of threads asked for is cut to this: each has scratch memory of its own.
inline constexpr unsigned most_threads = 256;

/// The number of slots `parallel_for` may hand out: size per-thread scratch by it.
[[nodiscard]] unsigned parallel_slots(const RunOptions& options);

/// Calls `body(begin, end, slot)` for the blocks [0, grain), [grain, 2 grain) ... that cover [0, count), in parallel.
///
/// Blocks are begun in ascending order, each by the next thread that is free: what takes long is best put first. Two
/// calls that run at the same time have different slots, all below `parallel_slots(options)`. With one thread
/// everything runs on the caller's. After an exception of the body no further block is begun, and it is rethrown here.
/// @throws Cancelled when `options.stop` was triggered, DeadlineExceeded; both noticed between blocks.
void parallel_for(std::size_t count, std::size_t grain, const RunOptions& options, std::string_view stage,
                  const std::function<void(std::size_t begin, std::size_t end, unsigned slot)>& body);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/core/parallel_inl.hpp>
#endif
