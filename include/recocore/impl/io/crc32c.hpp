/// CRC-32C (Castagnoli), as RFC 3720 defines it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace recocore::detail {

inline constexpr std::uint32_t crc32c_polynomial = 0x82F6'3B78;  // bits reversed

/// tables[b][x]: what the byte x does, b bytes before the end.
[[nodiscard]] constexpr std::array<std::array<std::uint32_t, 256>, 8> crc32c_tables() noexcept {
  std::array<std::array<std::uint32_t, 256>, 8> tables{};
  for (std::uint32_t x = 0; x < 256; ++x) {
    std::uint32_t crc = x;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? crc32c_polynomial : 0U);
    }
    tables[0][x] = crc;
  }
  for (std::uint32_t x = 0; x < 256; ++x) {
    for (std::size_t b = 1; b < 8; ++b) {
      tables[b][x] = (tables[b - 1][x] >> 8U) ^ tables[0][tables[b - 1][x] & 0xFFU];
    }
  }
  return tables;
}

inline constexpr auto crc32c_table = crc32c_tables();

/// Eight bytes at a time by tables: Kounavis and Berry 2005, "A systematic approach to building high performance
/// software-based CRC generators".
[[nodiscard]] inline std::uint32_t crc32c_by_table(std::uint32_t crc, std::span<const unsigned char> bytes) noexcept {
  const auto& t = crc32c_table;
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    word ^= crc;
    const auto byte = [word](unsigned n) { return (word >> (8U * n)) & 0xFFU; };
    crc = t[7][byte(0)] ^ t[6][byte(1)] ^ t[5][byte(2)] ^ t[4][byte(3)] ^ t[3][byte(4)] ^ t[2][byte(5)] ^
          t[1][byte(6)] ^ t[0][byte(7)];
  }
  for (const unsigned char byte : bytes) {
    crc = (crc >> 8U) ^ t[0][(crc ^ byte) & 0xFFU];
  }
  return crc;
}

#if defined(__x86_64__) && defined(__GNUC__)

[[nodiscard]] __attribute__((target("sse4.2"))) inline std::uint32_t crc32c_by_instruction(
    std::uint32_t crc, std::span<const unsigned char> bytes) noexcept {
  std::uint64_t state = crc;
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    state = __builtin_ia32_crc32di(state, word);
  }
  crc = static_cast<std::uint32_t>(state);
  for (const unsigned char byte : bytes) {
    crc = __builtin_ia32_crc32qi(crc, byte);
  }
  return crc;
}

[[nodiscard]] inline bool has_crc32c_instruction() noexcept { return __builtin_cpu_supports("sse4.2") != 0; }

#else

[[nodiscard]] inline std::uint32_t crc32c_by_instruction(std::uint32_t crc,
                                                         std::span<const unsigned char> bytes) noexcept {
  return crc32c_by_table(crc, bytes);
}

[[nodiscard]] inline bool has_crc32c_instruction() noexcept { return false; }

#endif

/// @param before the CRC of what comes before: that of both then.
[[nodiscard]] inline std::uint32_t crc32c(const void* data, std::size_t size, std::uint32_t before = 0) noexcept {
  const std::span<const unsigned char> bytes(static_cast<const unsigned char*>(data), size);
  static const bool by_instruction = has_crc32c_instruction();
  return ~(by_instruction ? crc32c_by_instruction(~before, bytes) : crc32c_by_table(~before, bytes));
}

}  // namespace recocore::detail
