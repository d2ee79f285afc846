#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <exception>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/id.hpp>
#include <recocore/core/random.hpp>
#include <recocore/drift/cost_meter.hpp>
#include <recocore/impl/eval/resampling.hpp>
#include <recocore/live/live_model.hpp>
#include <recocore/rank/scratch.hpp>
#include <recocore/rank/serve.hpp>

namespace recocore {

namespace detail {

[[nodiscard]] inline double cpu_seconds() noexcept {
#if defined(CLOCK_PROCESS_CPUTIME_ID)
  timespec time{};
  if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0) {
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  }
#endif
  return static_cast<double>(std::clock()) / static_cast<double>(CLOCKS_PER_SEC);
}

/// A field of /proc/self/status that counts kB, in bytes: see proc(5).
[[nodiscard]] inline std::optional<std::uint64_t> memory_field([[maybe_unused]] const std::string& name) {
#if defined(__linux__)
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::uint64_t kilobytes = 0;
    if (word == name && status >> kilobytes) {
      return kilobytes * 1024;
    }
  }
#endif
  return std::nullopt;
}

/// Lets the high-water mark of the resident memory begin anew. Returns what is resident now; none where that fails.
[[nodiscard]] inline std::optional<std::uint64_t> reset_peak_memory() {
#if defined(__GLIBC__)
  // Else work is given memory that earlier work has left, and seems to need none.
  static_cast<void>(malloc_trim(0));
#endif
#if defined(__linux__)
  std::ofstream clear("/proc/self/clear_refs");
  clear << "5" << std::flush;
  if (!clear) {
    return std::nullopt;
  }
#endif
  return memory_field("VmRSS:");
}

/// Times of which a million at most are kept, each as likely as the others.
class Latencies {
 public:
  explicit Latencies(std::size_t expected) { seconds_.reserve(std::min(expected, most)); }

  void add(double seconds) {
    ++count_;
    if (seconds_.size() < most) {
      seconds_.push_back(seconds);
    } else if (const auto place = random_.below(count_); place < most) {
      seconds_[place] = seconds;
    }
  }
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  /// After which `add` makes no sense.
  void sort() { std::sort(seconds_.begin(), seconds_.end()); }
  [[nodiscard]] double at(double probability) const noexcept { return quantile(seconds_, probability); }

 private:
  static constexpr std::size_t most = 1'000'000;
  std::vector<double> seconds_{};
  std::uint64_t count_ = 0;
  Random random_{0};
};

/// A shop that asks for one list after the other.
class ListClient {
 public:
  explicit ListClient(const ExtendedIds& users) {
    constexpr std::size_t most = 1024;
    const std::size_t count = std::min(most, users.size());
    users_.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      users_.push_back(users.at(i * users.size() / count));
    }
  }

  /// Seconds that the next list takes.
  [[nodiscard]] double ask(const LiveModel& live) {
    const auto& user = users_[next_];
    next_ = (next_ + 1) % users_.size();
    list_.clear();
    const auto begin = std::chrono::steady_clock::now();
    live.view().recommend_user(user, options_, scratch_, list_);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }

 private:
  std::vector<IdView> users_{};
  std::size_t next_ = 0;
  ListOptions options_{};
  Scratch scratch_{};
  std::vector<Recommendation> list_{};
};

/// Puts the next model in place, on a thread of its own.
class Swap {
 public:
  Swap(LiveModel& live, const std::function<AnyModel()>& make)
      : thread_([this, &live, &make] {
          const auto begin = std::chrono::steady_clock::now();
          try {
            live.replace([&make](const AnyModel& /*old*/) { return make(); });
          } catch (...) {
            failure_ = std::current_exception();
          }
          seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
          done_.store(true, std::memory_order_release);
        }) {}

  [[nodiscard]] bool done() const noexcept { return done_.load(std::memory_order_acquire); }
  /// Waits for it. @returns the seconds it took. @throws what making the model threw.
  double finish() {
    thread_.join();
    if (failure_) {
      std::rethrow_exception(failure_);
    }
    return seconds_;
  }

 private:
  std::exception_ptr failure_{};
  double seconds_ = 0.0;
  std::atomic<bool> done_{false};
  std::jthread thread_;  // last: it uses the others, and is joined before they go
};

}  // namespace detail

RECOCORE_INLINE CostMeter::CostMeter()
    : memory_(detail::reset_peak_memory()), cpu_(detail::cpu_seconds()), wall_(std::chrono::steady_clock::now()) {}

RECOCORE_INLINE Cost CostMeter::stop() const {
  Cost cost{.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - wall_).count(),
            .cpu_seconds = detail::cpu_seconds() - cpu_};
  const auto peak = detail::memory_field("VmHWM:");
  if (memory_ && peak) {
    cost.peak_bytes = *peak - std::min(*memory_, *peak);
  }
  return cost;
}

RECOCORE_INLINE Cost measured(const std::function<void()>& work) {
  const CostMeter meter;
  work();
  return meter.stop();
}

RECOCORE_INLINE SwapLatency swap_latency(const AnyModel& model, const std::function<AnyModel()>& make,
                                         std::size_t at_least, const RunOptions& options) {
  if (at_least == 0) {
    throw InvalidParameter("at_least, the lists to measure, must be at least 1; got 0");
  }
  if (model.users().size() == 0) {
    throw InvalidParameter("the model has no users to make lists for");
  }
  LiveModel live(model);
  detail::ListClient client(model.users());
  constexpr std::size_t warm_up = 100;
  for (std::size_t list = 0; list < std::min(warm_up, at_least); ++list) {
    (void)client.ask(live);
  }

  detail::Latencies idle(at_least);
  while (idle.count() < at_least) {
    throw_if_stopped(options);
    idle.add(client.ask(live));
  }

  SwapLatency result;
  detail::Latencies swapping(at_least);
  detail::Swap swap(live, make);
  for (bool done = false; !done || swapping.count() < at_least; done = swap.done()) {
    throw_if_stopped(options);
    swapping.add(client.ask(live));
    result.during_swap += done ? 0U : 1U;
  }
  result.swap_seconds = swap.finish();
  throw_if_stopped(options);
  result.lists = swapping.count();

  idle.sort();
  swapping.sort();
  result.idle_p50 = idle.at(0.5);
  result.idle_p99 = idle.at(0.99);
  result.swap_p50 = swapping.at(0.5);
  result.swap_p99 = swapping.at(0.99);
  return result;
}

}  // namespace recocore
