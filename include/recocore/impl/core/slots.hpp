/// Scratch that parallel work makes only for the threads that come.
#pragma once

#include <memory>
#include <vector>

namespace recocore::detail {

/// One value a slot of `parallel_for`, made when the slot is first used. A slot belongs to one thread at a time.
template <class T>
class Slots {
 public:
  explicit Slots(unsigned count) : values_(count) {}

  /// @param make called once for each slot that is used.
  template <class Make>
  [[nodiscard]] T& get(unsigned slot, const Make& make) {
    auto& value = values_[slot];
    if (!value) {
      value = std::make_unique<T>(make());
    }
    return *value;
  }

 private:
  std::vector<std::unique_ptr<T>> values_;
};

}  // namespace recocore::detail
