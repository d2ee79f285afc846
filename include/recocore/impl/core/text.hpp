/// Numbers as text, for messages.
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <string>

namespace recocore::detail {

/// The shortest text that reads back as the same number: 0.1, 1e+300, nan.
[[nodiscard]] inline std::string number_text(double value) {
  std::array<char, 32> buffer{};
  return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr};
}

/// 1234567 as 1,234,567.
[[nodiscard]] inline std::string count_text(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t end = text.size(); end > 3; end -= 3) {
    text.insert(end - 3, 1, ',');
  }
  return text;
}

/// "1 user", "1,234 users".
[[nodiscard]] inline std::string count_text(std::uint64_t count, const std::string& noun) {
  return count_text(count) + " " + noun + (count == 1 ? "" : "s");
}

/// "1 byte", "999 bytes", "1.5 GB": three digits and powers of 1000.
[[nodiscard]] inline std::string byte_text(std::uint64_t bytes) {
  if (bytes < 1000) {
    return count_text(bytes, "byte");
  }
  constexpr std::array units{"kB", "MB", "GB", "TB", "PB", "EB"};
  double value = static_cast<double>(bytes) / 1000.0;
  std::size_t unit = 0;
  // What would round to 1000 is 1 of the next.
  while (value >= 999.5) {
    value /= 1000.0;
    ++unit;
  }
  std::array<char, 32> buffer{};
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::general, 3).ptr;
  return std::string(buffer.data(), end) + " " + units[unit];
}

}  // namespace recocore::detail
