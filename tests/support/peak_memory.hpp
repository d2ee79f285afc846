/// How much memory a piece of work takes at its peak. Link support/peak_memory.cpp, which counts every `new`.
#pragma once

#include <cstdint>

namespace recocore::test {

/// Counts from where it is made; one at a time. Bytes asked of `operator new` by any thread, without what the allocator
/// adds: the same number on every machine.
class PeakMemory {
 public:
  PeakMemory();

  /// The most that was held at a time, beyond what was held at the start.
  [[nodiscard]] std::uint64_t peak() const;
  /// What is held now, beyond what was held at the start; 0 when it is less.
  [[nodiscard]] std::uint64_t live() const;

 private:
  std::uint64_t start_;
};

}  // namespace recocore::test
