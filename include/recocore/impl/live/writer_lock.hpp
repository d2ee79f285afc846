/// The lock of those who change a model.
#pragma once

#include <atomic>
#include <mutex>

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

#include <recocore/core/error.hpp>

namespace recocore::detail {

/// A mutex that knows the process of who holds it: after a fork nobody would ever give it back.
class WriterMutex {
 public:
  /// @throws InvalidParameter when it was held at the moment this process was forked.
  void lock() {
    const long own = process();
    for (long owner = 0; !owner_.compare_exchange_strong(owner, own, std::memory_order_acquire); owner = 0) {
      if (owner != 0 && owner != own) {
        throw InvalidParameter(
            "this process was forked while another thread was changing the model, which therefore cannot be changed "
            "here; load or fit it in this process");
      }
      owner_.wait(owner, std::memory_order_relaxed);
    }
  }
  void unlock() noexcept {
    owner_.store(0, std::memory_order_release);
    owner_.notify_one();
  }

 private:
  [[nodiscard]] static long process() noexcept {
#if defined(__unix__) || defined(__APPLE__)
    return static_cast<long>(getpid());
#else
    return 1;
#endif
  }

  std::atomic<long> owner_{0};
};

using WriterLock = std::lock_guard<WriterMutex>;

}  // namespace recocore::detail
