#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/partitioner.h>
#include <oneapi/tbb/task_arena.h>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/parallel.hpp>

namespace recocore {

namespace detail {

/// Counts finished work and passes it on at most a few hundred times, one call at a time.
class ProgressMeter {
 public:
  ProgressMeter(const ProgressFn& report, std::string_view stage, std::uint64_t total)
      : report_(report), stage_(stage), total_(total), step_(std::max<std::uint64_t>(1, total / 256)) {}

  void add(std::uint64_t amount) {
    if (!report_) {
      return;
    }
    const auto before = done_.fetch_add(amount, std::memory_order_relaxed);
    const auto after = before + amount;
    if (before / step_ == after / step_ && after != total_) {
      return;
    }
    const std::scoped_lock lock(mutex_);
    if (after > reported_) {
      reported_ = after;
      report_(stage_, after, total_);
    }
  }

 private:
  const ProgressFn& report_;
  std::string_view stage_;
  std::uint64_t total_;
  std::uint64_t step_;
  std::atomic<std::uint64_t> done_{0};
  std::mutex mutex_;
  std::uint64_t reported_ = 0;
};

/// What comes before the work happens before every worker, and every worker before what comes after. oneTBB sees to it
/// already; said again for ThreadSanitizer, which cannot see into a oneTBB that was built without it.
class WorkOrder {
 public:
  WorkOrder() noexcept { begun_.store(true, std::memory_order_release); }
  ~WorkOrder() { static_cast<void>(finished_.load(std::memory_order_acquire)); }
  WorkOrder(const WorkOrder&) = delete;
  WorkOrder& operator=(const WorkOrder&) = delete;

  class Worker {
   public:
    explicit Worker(WorkOrder& order) noexcept : order_(order) {
      static_cast<void>(order_.begun_.load(std::memory_order_acquire));
    }
    ~Worker() { order_.finished_.fetch_add(1, std::memory_order_release); }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

   private:
    WorkOrder& order_;
  };

 private:
  std::atomic<bool> begun_ = false;
  std::atomic<std::size_t> finished_ = 0;
};

/// Hands out the blocks [0, count) in ascending order.
class BlockCounter {
 public:
  explicit BlockCounter(std::size_t count) noexcept : count_(count) {}

  [[nodiscard]] std::optional<std::size_t> take() noexcept {
    const auto block = next_.fetch_add(1, std::memory_order_relaxed);
    return block < count_ ? std::optional(block) : std::nullopt;
  }

  void end() noexcept { next_.store(count_, std::memory_order_relaxed); }

 private:
  std::size_t count_;
  std::atomic<std::size_t> next_{0};
};

}  // namespace detail

RECOCORE_INLINE unsigned parallel_slots(const RunOptions& options) {
  if (options.threads > 0) {
    return std::min(options.threads, most_threads);
  }
  return static_cast<unsigned>(std::max(1, oneapi::tbb::info::default_concurrency()));
}

RECOCORE_INLINE void parallel_for(std::size_t count, std::size_t grain, const RunOptions& options,
                                  std::string_view stage,
                                  const std::function<void(std::size_t, std::size_t, unsigned)>& body) {
  grain = std::max<std::size_t>(1, grain);
  const unsigned slots = parallel_slots(options);
  detail::ProgressMeter meter(options.progress, stage, count);

  const std::size_t blocks = count / grain + (count % grain != 0 ? 1 : 0);
  detail::BlockCounter counter(blocks);
  detail::WorkOrder order;
  const auto work = [&](unsigned slot) {
    const detail::WorkOrder::Worker in_order(order);
    try {
      while (!should_stop(options)) {
        const auto block = counter.take();
        if (!block) {
          return;
        }
        const std::size_t begin = *block * grain;
        const std::size_t end = std::min(count, begin + grain);
        body(begin, end, slot);
        meter.add(end - begin);
      }
    } catch (...) {
      counter.end();
      throw;
    }
  };

  const auto workers = static_cast<unsigned>(std::min<std::size_t>(slots, blocks));
  if (workers <= 1) {
    work(0);
  } else {
    // oneTBB never runs more threads than its global limit, so more than the machine has must be allowed explicitly.
    std::optional<oneapi::tbb::global_control> limit;
    if (slots > static_cast<unsigned>(oneapi::tbb::info::default_concurrency())) {
      limit.emplace(oneapi::tbb::global_control::max_allowed_parallelism, slots);
    }
    // A task is a worker and the worker's number its slot, whichever thread runs it: where fewer threads come than were
    // asked for, those that came do all the work, and the tasks left over find none.
    oneapi::tbb::task_arena arena(static_cast<int>(workers));
    arena.execute([&] {
      oneapi::tbb::parallel_for(
          oneapi::tbb::blocked_range<unsigned>(0, workers, 1),
          [&](const oneapi::tbb::blocked_range<unsigned>& range) {
            for (unsigned worker = range.begin(); worker < range.end(); ++worker) {
              work(worker);
            }
          },
          // One task a worker: the default partitioner may give several to one.
          oneapi::tbb::simple_partitioner{});
    });
  }
  throw_if_stopped(options);
}

}  // namespace recocore
