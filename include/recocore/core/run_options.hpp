/// How long work is run: threads, cancellation, limits, progress.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string_view>

#include <recocore/core/error.hpp>

namespace recocore {

/// Told now and then how far a stage is. Called from worker threads, one call at a time; must not throw.
using ProgressFn = std::function<void(std::string_view stage, std::uint64_t done, std::uint64_t total)>;

/// Options of every operation that may take long. None of them changes a result.
struct RunOptions {
  /// Threads to use, 256 at most: 0 for all the machine has, 1 for the caller's alone.
  unsigned threads = 0;
  /// Polled between rows. When stopped the operation throws `Cancelled` and changes nothing.
  std::stop_token stop{};
  /// Polled where `stop` is. Past it the operation throws `DeadlineExceeded` and changes nothing.
  std::optional<std::chrono::steady_clock::time_point> deadline{};
  /// A hard limit on the memory of a fit beside its input, in bytes; 0 for none. Estimated before the work begins: a
  /// fit that needs more throws `MemoryLimitExceeded` instead of taking it.
  std::uint64_t memory_limit = 0;
  ProgressFn progress{};
};

/// Whether a stop was requested or the deadline is past: then leave a loop, and call `throw_if_stopped` after it.
/// Reads the clock, some 25 ns, only where there is a deadline.
[[nodiscard]] inline bool should_stop(const RunOptions& options) noexcept {
  return options.stop.stop_requested() || (options.deadline && std::chrono::steady_clock::now() >= *options.deadline);
}

/// For work in steps that are not worth a `parallel_for`.
/// @throws Cancelled when a stop was requested, DeadlineExceeded past the deadline.
inline void throw_if_stopped(const RunOptions& options) {
  if (options.stop.stop_requested()) {
    throw Cancelled();
  }
  if (should_stop(options)) {
    throw DeadlineExceeded();
  }
}

/// @param what the work that needs the memory, as the subject of a sentence: "fitting ItemKnn".
/// @param advice how it would need less; empty when there is no way.
/// @throws MemoryLimitExceeded when `bytes` is above the limit of the options.
void require_memory(std::uint64_t bytes, const RunOptions& options, std::string_view what,
                    std::string_view advice = "a smaller k or fewer threads need less");

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/core/run_options_inl.hpp>
#endif
