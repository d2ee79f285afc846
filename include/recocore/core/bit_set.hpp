/// A set of positions as bits.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace recocore {

/// Bits 0 .. size() - 1; those beyond, in the last word, are 0.
class BitSet {
 public:
  static constexpr std::size_t bits_per_word = 64;

  BitSet() = default;
  explicit BitSet(std::size_t size, bool value = false)
      : size_(size), words_((size + bits_per_word - 1) / bits_per_word, value ? ~std::uint64_t{0} : 0) {
    trim();
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::span<const std::uint64_t> words() const noexcept { return words_; }

  [[nodiscard]] bool operator[](std::size_t position) const noexcept {
    return ((words_[position / bits_per_word] >> (position % bits_per_word)) & 1U) != 0;
  }
  void set(std::size_t position, bool value = true) noexcept {
    const std::uint64_t bit = std::uint64_t{1} << (position % bits_per_word);
    auto& word = words_[position / bits_per_word];
    word = value ? word | bit : word & ~bit;
  }

  /// The bits from `word` * bits_per_word on; those beyond the size must be 0.
  void set_word(std::size_t word, std::uint64_t bits) noexcept { words_[word] = bits; }

  /// Grows with `value`, or shrinks.
  void resize(std::size_t size, bool value = false) {
    const std::size_t before = size_;
    words_.resize((size + bits_per_word - 1) / bits_per_word, value ? ~std::uint64_t{0} : 0);
    size_ = size;
    if (value) {
      for (std::size_t position = before; position < size && position % bits_per_word != 0; ++position) {
        set(position);
      }
    }
    trim();
  }

  [[nodiscard]] std::size_t count() const noexcept {
    return std::accumulate(words_.begin(), words_.end(), std::size_t{0}, [](std::size_t sum, std::uint64_t word) {
      return sum + static_cast<std::size_t>(std::popcount(word));
    });
  }

  /// Calls `visitor(position)` for each bit that is set, ascending.
  template <class Visitor>
  void for_each(const Visitor& visitor) const {
    for (std::size_t w = 0; w < words_.size(); ++w) {
      for (std::uint64_t word = words_[w]; word != 0; word &= word - 1) {
        visitor(w * bits_per_word + static_cast<std::size_t>(std::countr_zero(word)));
      }
    }
  }

  /// The other set must be of the same size.
  BitSet& operator&=(const BitSet& other) noexcept {
    for (std::size_t w = 0; w < words_.size(); ++w) {
      words_[w] &= other.words_[w];
    }
    return *this;
  }
  BitSet& operator|=(const BitSet& other) noexcept {
    for (std::size_t w = 0; w < words_.size(); ++w) {
      words_[w] |= other.words_[w];
    }
    return *this;
  }
  void flip() noexcept {
    for (auto& word : words_) {
      word = ~word;
    }
    trim();
  }

  friend bool operator==(const BitSet&, const BitSet&) = default;

 private:
  void trim() noexcept {
    if (const std::size_t rest = size_ % bits_per_word; rest != 0) {
      words_.back() &= (std::uint64_t{1} << rest) - 1;
    }
  }

  std::size_t size_ = 0;
  std::vector<std::uint64_t> words_{};
};

}  // namespace recocore
