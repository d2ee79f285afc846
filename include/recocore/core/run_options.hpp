/// How long work is run: threads, cancellation, progress.
#pragma once

#include <cstdint>
#include <functional>
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
  ProgressFn progress{};
};

/// For work in steps that are not worth a `parallel_for`.
/// @throws Cancelled when a stop was requested.
inline void throw_if_stopped(const RunOptions& options) {
  if (options.stop.stop_requested()) {
    throw Cancelled();
  }
}

}  // namespace recocore
