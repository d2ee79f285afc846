/// The lock of those who change a model.
#pragma once

#include <atomic>
#include <mutex>

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

#include <recocore/core/error.hpp>

namespace recocore::detail {

/// A mutex, and the process of who holds it: after a fork nobody would ever give it back.
class WriterMutex {
 public:
  /// @throws InvalidParameter when it was held at the moment this process was forked.
  void lock() {
    if (!mutex_.try_lock()) {
      const auto owner = owner_.load(std::memory_order_acquire);
      if (owner != 0 && owner != process()) {
        throw InvalidParameter(
            "this process was forked while another thread was changing the model, which therefore cannot be changed "
            "here; load or fit it in this process");
      }
      mutex_.lock();
    }
    owner_.store(process(), std::memory_order_release);
  }
  void unlock() {
    owner_.store(0, std::memory_order_release);
    mutex_.unlock();
  }

 private:
  [[nodiscard]] static long process() noexcept {
#if defined(__unix__) || defined(__APPLE__)
    return static_cast<long>(getpid());
#else
    return 1;
#endif
  }

  std::mutex mutex_{};
  std::atomic<long> owner_{0};
};

using WriterLock = std::lock_guard<WriterMutex>;

}  // namespace recocore::detail
