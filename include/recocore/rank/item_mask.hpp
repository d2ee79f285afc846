/// Which items a list may contain.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <recocore/core/bit_set.hpp>
#include <recocore/core/index.hpp>

namespace recocore {

/// A set of allowed items that is cleared in constant time: marks carry the number of the request that set them.
class ItemMask {
 public:
  /// Starts a request over a catalogue: all items are allowed.
  void allow_all(std::size_t items) { start(items, true); }

  /// Starts a request over a catalogue: no item is allowed.
  void allow_none(std::size_t items) { start(items, false); }

  /// Starts a request over a catalogue: only these items are allowed.
  void allow_only(std::size_t items, std::span<const ItemIx> allowed) {
    start(items, false);
    for (const ItemIx item : allowed) {
      marks_[item.value] = request_;
    }
  }

  /// Starts a request over a catalogue: only the items of a set are allowed, which may be shorter than the catalogue.
  void allow_only(std::size_t items, const BitSet& allowed) {
    start(items, false);
    for_each_set(allowed, items, [this](std::size_t item) { marks_[item] = request_; });
  }

  void allow(ItemIx item) noexcept { marks_[item.value] = allowed_by_default_ ? std::uint16_t{0} : request_; }
  void forbid(ItemIx item) noexcept { marks_[item.value] = allowed_by_default_ ? request_ : std::uint16_t{0}; }
  void forbid(std::span<const ItemIx> items) noexcept {
    for (const ItemIx item : items) {
      forbid(item);
    }
  }

  /// The set may be shorter or longer than the catalogue.
  void forbid(const BitSet& items) {
    for_each_set(items, marks_.size(), [this](std::size_t item) { forbid(ItemIx(item)); });
  }

  [[nodiscard]] bool allows(ItemIx item) const noexcept {
    return (marks_[item.value] == request_) != allowed_by_default_;
  }

 private:
  template <class Visitor>
  static void for_each_set(const BitSet& set, std::size_t items, const Visitor& visitor) {
    set.for_each([&](std::size_t item) {
      if (item < items) {
        visitor(item);
      }
    });
  }

  void start(std::size_t items, bool allowed_by_default) {
    if (marks_.size() < items) {
      marks_.assign(items, 0);
    }
    if (++request_ == 0) {  // all numbers were used: forget the old marks
      marks_.assign(marks_.size(), 0);
      request_ = 1;
    }
    allowed_by_default_ = allowed_by_default;
  }

  // Narrow: more of them are in the cache.
  std::vector<std::uint16_t> marks_{};
  std::uint16_t request_ = 0;
  bool allowed_by_default_ = true;
};

}  // namespace recocore
