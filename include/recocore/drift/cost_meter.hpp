/// What work costs, measured while it happens.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include <recocore/core/run_options.hpp>
#include <recocore/rank/any_model.hpp>

namespace recocore {

struct Cost {
  double wall_seconds = 0.0;
  double cpu_seconds = 0.0;  ///< of all threads of the process
  /// The greatest resident memory of the process during the work above that at its beginning, in bytes; none where the
  /// system does not tell (it is Linux's high-water mark, which is reset first). The kernel counts to within some 100
  /// kB; memory that the allocator still held from earlier work is used first, and is not seen.
  std::optional<std::uint64_t> peak_bytes{};
};

/// Measures from when it is made. What else the process does in the meantime is counted too. Of two at a time the one
/// made first loses the peak it had seen before the other was made: there is one high-water mark.
class CostMeter {
 public:
  CostMeter();
  /// Since it was made; may be asked again.
  [[nodiscard]] Cost stop() const;

 private:
  std::optional<std::uint64_t> memory_{};  ///< first: asking takes longer than the clocks
  double cpu_ = 0.0;
  std::chrono::steady_clock::time_point wall_{};
};

/// Runs the work and measures it.
[[nodiscard]] Cost measured(const std::function<void()>& work);

/// Times of lists, in seconds.
struct SwapLatency {
  double idle_p50 = 0.0;
  double idle_p99 = 0.0;
  double swap_p50 = 0.0;
  double swap_p99 = 0.0;
  std::uint64_t lists = 0;        ///< measured after the swap was begun; as many as asked were before
  std::uint64_t during_swap = 0;  ///< of these, begun before the next model was in place
  double swap_seconds = 0.0;      ///< from when the other thread begins to make the next model until it is in place
};
/// How long a list takes while nothing else happens, and while another thread fits the next model and puts it in place
/// (as `LiveModel::replace` does). This thread asks without a pause, for lists of 10 for users of the model, up to 1024
/// spread evenly; some lists before either measurement are not counted. The second goes on until the next model is in
/// place, and for as many lists as asked at least: where `during_swap` is much less than `lists`, the swap was too
/// quick to be felt and its times are mostly idle ones. Of more than a million lists the percentiles are those of a
/// random million (reservoir sampling, Vitter 1985). Both threads want a processor: with one only, this measures the
/// scheduler.
/// @param make the next model, run by a thread of its own. What it throws is thrown here, after the lists.
/// @param at_least lists of each kind.
/// @param options `stop` and `deadline` are polled between lists; `make` is waited for all the same.
/// @throws InvalidParameter at_least = 0, a model without users; Cancelled, DeadlineExceeded.
[[nodiscard]] SwapLatency swap_latency(const AnyModel& model, const std::function<AnyModel()>& make,
                                       std::size_t at_least = 2000, const RunOptions& options = {});

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/drift/cost_meter_inl.hpp>
#endif
