/// Which label is stored where.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <recocore/core/bit_set.hpp>
#include <recocore/index/vector_index.hpp>

namespace recocore::detail {

/// Slots 0 .. size() - 1 of a store of vectors, each with a label or empty.
class LabelSlots {
 public:
  static constexpr std::uint32_t none = 0xFFFF'FFFF;

  [[nodiscard]] std::size_t size() const noexcept { return labels_.size(); }
  [[nodiscard]] std::uint32_t label(std::size_t slot) const noexcept { return labels_[slot]; }
  [[nodiscard]] std::uint32_t slot(VectorLabel label) const noexcept {
    return label.value < slots_.size() ? slots_[label.value] : none;
  }

  [[nodiscard]] std::uint64_t memory() const noexcept {
    return (labels_.capacity() + slots_.capacity()) * sizeof(std::uint32_t);
  }

  /// After this the next `put` of `labels` and `push_empty` do not allocate.
  void reserve(std::span<const VectorLabel> labels) {
    labels_.reserve(labels_.size() + labels.size());
    std::uint32_t largest = 0;
    for (const auto label : labels) {
      largest = std::max(largest, label.value);
    }
    if (!labels.empty() && largest >= slots_.size()) {
      slots_.resize(std::size_t{largest} + 1, none);
    }
  }

  void push_empty() {
    labels_.push_back(none);
    in_order_ = false;
  }
  /// Puts a label that is nowhere yet into an empty slot, or the next one.
  void put(std::size_t slot, VectorLabel label) {
    if (slot == labels_.size()) {
      labels_.push_back(none);
    }
    labels_[slot] = label.value;
    slots_[label.value] = static_cast<std::uint32_t>(slot);
    in_order_ = in_order_ && label.value == slot;
  }
  void clear(std::size_t slot) noexcept {
    slots_[labels_[slot]] = none;
    labels_[slot] = none;
    in_order_ = false;
  }
  /// Moves what is in the last slot to an empty one, and drops the last.
  void move_last_to(std::size_t slot) noexcept {
    if (slot + 1 != labels_.size()) {
      labels_[slot] = labels_.back();
      slots_[labels_[slot]] = static_cast<std::uint32_t>(slot);
    }
    labels_.pop_back();
  }
  /// Drops empty slots; the others keep their order.
  void compact() noexcept {
    std::size_t kept = 0;
    for (const auto label : labels_) {
      if (label != none) {
        labels_[kept] = label;
        slots_[label] = static_cast<std::uint32_t>(kept);
        ++kept;
      }
    }
    labels_.resize(kept);
  }

  /// Sets the bits of `words`, one a slot, of slots whose label is in `allowed`. O(size() / 64) while labels are slots,
  /// else O(labels allowed).
  /// @return how many there are.
  std::size_t select(const BitSet& allowed, std::vector<std::uint64_t>& words) const {
    words.assign((labels_.size() + BitSet::bits_per_word - 1) / BitSet::bits_per_word, 0);
    const auto from = allowed.words();
    std::size_t count = 0;
    if (in_order_) {
      for (std::size_t w = 0; w < std::min(words.size(), from.size()); ++w) {
        words[w] = from[w];
      }
      if (const std::size_t rest = labels_.size() % BitSet::bits_per_word; rest != 0) {
        words.back() &= (std::uint64_t{1} << rest) - 1;
      }
      for (const auto word : words) {
        count += static_cast<std::size_t>(std::popcount(word));
      }
      return count;
    }
    for (std::size_t w = 0; w < from.size(); ++w) {
      for (std::uint64_t bits = from[w]; bits != 0; bits &= bits - 1) {
        const auto label = w * BitSet::bits_per_word + static_cast<std::size_t>(std::countr_zero(bits));
        if (label >= slots_.size()) {
          return count;
        }
        if (const auto slot = slots_[label]; slot != none) {
          words[slot / BitSet::bits_per_word] |= std::uint64_t{1} << (slot % BitSet::bits_per_word);
          ++count;
        }
      }
    }
    return count;
  }

  /// As `select`, of all slots with a label.
  void select_all(std::vector<std::uint64_t>& words) const {
    words.assign((labels_.size() + BitSet::bits_per_word - 1) / BitSet::bits_per_word, 0);
    for (std::size_t slot = 0; slot < labels_.size(); ++slot) {
      words[slot / BitSet::bits_per_word] |= std::uint64_t{labels_[slot] != none ? 1U : 0U}
                                             << (slot % BitSet::bits_per_word);
    }
  }

 private:
  std::vector<std::uint32_t> labels_{};
  std::vector<std::uint32_t> slots_{};
  bool in_order_ = true;  ///< label s is in slot s, and no slot is empty
};

}  // namespace recocore::detail
