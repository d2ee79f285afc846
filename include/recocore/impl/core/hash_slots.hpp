/// Open-addressing hash slots that point into somebody else's array of keys.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace recocore::detail {

/// The finaliser of splitmix64: neighbouring integers land far apart.
[[nodiscard]] constexpr std::uint64_t mix_bits(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31U);
}

[[nodiscard]] inline std::uint64_t hash_key(std::int64_t key) noexcept {
  return mix_bits(static_cast<std::uint64_t>(key) + 0x9E3779B97F4A7C15ULL);
}
[[nodiscard]] inline std::uint64_t hash_key(std::string_view key) noexcept {
  return mix_bits(std::hash<std::string_view>{}(key));
}

/// Positions of keys by hash, at most half full. The keys themselves stay with the owner, who passes `key_at`.
class HashSlots {
 public:
  static constexpr std::uint32_t none = 0xFFFF'FFFF;

  /// Makes room for `count` keys and enters the keys 0 .. entered - 1 anew.
  template <class KeyAt>
  void rebuild(std::size_t count, std::size_t entered, const KeyAt& key_at) {
    slots_.assign(std::bit_ceil(count * 2 + 2), none);
    for (std::size_t position = 0; position < entered; ++position) {
      slots_[free_slot(hash_key(key_at(position)))] = static_cast<std::uint32_t>(position);
    }
  }

  /// Forgets the keys from `entered` on, without allocating.
  template <class KeyAt>
  void truncate(std::size_t entered, const KeyAt& key_at) noexcept {
    std::fill(slots_.begin(), slots_.end(), none);
    for (std::size_t position = 0; position < entered; ++position) {
      slots_[free_slot(hash_key(key_at(position)))] = static_cast<std::uint32_t>(position);
    }
  }

  template <class Key, class KeyAt>
  [[nodiscard]] std::uint32_t find(const Key& key, const KeyAt& key_at) const {
    return slots_.empty() ? none : slots_[slot_of(key, key_at)];
  }

  /// The position of a key; `next_position` after entering it when it is new.
  template <class Key, class KeyAt>
  [[nodiscard]] std::uint32_t find_or_enter(const Key& key, std::uint32_t next_position, const KeyAt& key_at) {
    if ((static_cast<std::size_t>(next_position) + 1) * 2 > slots_.size()) {
      rebuild((static_cast<std::size_t>(next_position) + 1) * 2, next_position, key_at);
    }
    auto& slot = slots_[slot_of(key, key_at)];
    if (slot == none) {
      slot = next_position;
    }
    return slot;
  }

 private:
  template <class Key, class KeyAt>
  [[nodiscard]] std::size_t slot_of(const Key& key, const KeyAt& key_at) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = hash_key(key) & mask;
    while (slots_[slot] != none && key_at(slots_[slot]) != key) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  [[nodiscard]] std::size_t free_slot(std::uint64_t hash) const noexcept {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = hash & mask;
    while (slots_[slot] != none) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  std::vector<std::uint32_t> slots_;
};

}  // namespace recocore::detail
