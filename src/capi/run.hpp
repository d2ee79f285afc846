/// How long work is run, from what the caller said.
#pragma once

#include <stop_token>

#include <recocore/core/run_options.hpp>
#include <recocore/recocore.h>

namespace recocore::capi {

/// The options of a call, for as long as it takes.
class Run {
 public:
  /// @throws InvalidArgument, Unsupported.
  explicit Run(const recocore_run* run);
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run() = default;

  [[nodiscard]] const RunOptions& options() const noexcept { return options_; }

 private:
  recocore_run given_;
  std::stop_source stop_{std::nostopstate};
  RunOptions options_{};
};

}  // namespace recocore::capi
