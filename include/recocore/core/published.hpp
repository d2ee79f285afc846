/// A value that one thread replaces while any number of others read it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace recocore {

namespace detail {

/// Where a thread looks first for a slot: threads that are alike busy do not meet there. Nothing to destroy.
[[nodiscard]] inline std::uint32_t slot_hint() noexcept {
  static std::atomic<std::uint32_t> threads{0};
  static thread_local std::uint32_t hint = 0;
  if (hint == 0) {
    hint = threads.fetch_add(1, std::memory_order_relaxed) + 1;
  }
  return hint - 1;
}

}  // namespace detail

/// Versions of a T: one writer publishes, readers hold the one that was current when they came.
///
/// A reader claims a slot and writes into it which version it reads (Michael 2004, "Hazard pointers: safe memory
/// reclamation for lock-free objects"). It waits for nobody, and repeats two loads when a version was published in
/// between. The writer keeps what was replaced until no slot names it: one version for each that is held, however long.
/// No thread, no lock. In a forked child, slots of the parent's other threads stay taken and keep their version.
template <class T>
class Published {
 public:
  explicit Published(std::unique_ptr<const T> first) noexcept : current_(first.release()) {}
  Published(const Published&) = delete;
  Published& operator=(const Published&) = delete;
  /// Nobody may be reading.
  ~Published() {
    delete current_.load(std::memory_order_relaxed);
    for (const T* old : retired_) {
      delete old;
    }
    for (Block* block = first_.next.load(std::memory_order_relaxed); block != nullptr;) {
      delete std::exchange(block, block->next.load(std::memory_order_relaxed));
    }
  }

  /// The version that was current when this was made, for as long as this lives.
  class Reading {
   public:
    explicit Reading(const Published& published) noexcept { published.acquire(*this); }
    ~Reading() {
      if (slot_ != nullptr) {
        slot_->store(nullptr, std::memory_order_release);
      } else {
        unnamed_->fetch_sub(1, std::memory_order_release);
      }
    }
    Reading(Reading&&) = delete;
    Reading& operator=(Reading&&) = delete;
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

    [[nodiscard]] const T& operator*() const noexcept { return *version_; }
    [[nodiscard]] const T* operator->() const noexcept { return version_; }

   private:
    friend class Published;
    const T* version_ = nullptr;
    std::atomic<const T*>* slot_ = nullptr;
    std::atomic<std::uint64_t>* unnamed_ = nullptr;
  };

  /// The version there is, for the writer, who alone may replace it.
  [[nodiscard]] const T& current() const noexcept { return *current_.load(std::memory_order_relaxed); }

  /// Replaces the version; the old one is freed when nobody reads it, at the latest by the next `publish` or `collect`
  /// after that. For one thread at a time. When it throws (std::bad_alloc), nothing has changed.
  void publish(std::unique_ptr<const T> next) {
    retired_.reserve(retired_.size() + 1);
    retired_.push_back(current_.exchange(next.release(), std::memory_order_seq_cst));
    collect();
  }

  /// Frees the old versions that nobody reads. For the writer. O(slots x old versions).
  void collect() noexcept {
    std::erase_if(retired_, [this](const T* old) {
      const bool unread = !is_read(old);
      if (unread) {
        delete old;
      }
      return unread;
    });
  }

  /// Old versions that somebody read when they were last looked at. For the writer.
  [[nodiscard]] std::size_t kept() const noexcept { return retired_.size(); }

 private:
  static constexpr std::size_t cache_line = 64;
  static constexpr std::size_t slots_of_block = 64;

  struct alignas(cache_line) Slot {
    std::atomic<const T*> reads{nullptr};
  };
  struct Block {
    std::array<Slot, slots_of_block> slots{};
    std::atomic<Block*> next{nullptr};
  };

  // Why no version is freed that is read: a reader writes its slot and then loads `current_`, the writer replaces
  // `current_` and then loads the slots, all of it sequentially consistent. So either the writer sees the slot, or the
  // reader sees that the version was replaced, and takes the new one. The writer's load of a slot acquires what the
  // reader released after its last access.
  void acquire(Reading& reading) const noexcept {
    const auto start = detail::slot_hint();
    const T* version = current_.load(std::memory_order_acquire);
    std::atomic<const T*>* slot = nullptr;
    for (Block* block = &first_; block != nullptr && slot == nullptr; block = next_of(*block)) {
      for (std::size_t probe = 0; probe < slots_of_block && slot == nullptr; ++probe) {
        auto& candidate = block->slots[(start + probe) % slots_of_block].reads;
        const T* free = nullptr;
        if (candidate.load(std::memory_order_relaxed) == nullptr &&
            candidate.compare_exchange_strong(free, version, std::memory_order_seq_cst, std::memory_order_relaxed)) {
          slot = &candidate;
        }
      }
    }
    if (slot == nullptr) {  // more readers than slots, and no memory for more: nothing is freed meanwhile
      unnamed_.fetch_add(1, std::memory_order_seq_cst);
      reading.unnamed_ = &unnamed_;
      reading.version_ = current_.load(std::memory_order_seq_cst);
      return;
    }
    for (const T* now = current_.load(std::memory_order_seq_cst); now != version;
         now = current_.load(std::memory_order_seq_cst)) {
      version = now;
      slot->store(version, std::memory_order_seq_cst);
    }
    reading.slot_ = slot;
    reading.version_ = version;
  }

  /// The block behind one whose slots are all taken, made when there is none. Null when there is no memory.
  [[nodiscard]] static Block* next_of(Block& block) noexcept {
    Block* next = block.next.load(std::memory_order_acquire);
    if (next != nullptr) {
      return next;
    }
    std::unique_ptr<Block> made(new (std::nothrow) Block);
    if (made != nullptr && block.next.compare_exchange_strong(next, made.get(), std::memory_order_seq_cst)) {
      next = made.release();
    }
    return next;
  }

  [[nodiscard]] bool is_read(const T* version) const noexcept {
    if (unnamed_.load(std::memory_order_seq_cst) != 0) {
      return true;
    }
    for (const Block* block = &first_; block != nullptr; block = block->next.load(std::memory_order_seq_cst)) {
      for (const Slot& slot : block->slots) {
        if (slot.reads.load(std::memory_order_seq_cst) == version) {
          return true;
        }
      }
    }
    return false;
  }

  std::atomic<const T*> current_;
  mutable std::atomic<std::uint64_t> unnamed_{0};
  std::vector<const T*> retired_{};
  mutable Block first_{};
};

}  // namespace recocore
