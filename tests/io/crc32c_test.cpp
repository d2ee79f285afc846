#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <span>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <recocore/core/random.hpp>
#include <recocore/impl/io/crc32c.hpp>

using namespace recocore::detail;

TEST_CASE("crc32c: the vectors of RFC 3720, B.4") {
  std::array<unsigned char, 32> bytes{};
  CHECK(crc32c(bytes.data(), bytes.size()) == 0x8A9136AA);
  bytes.fill(0xFF);
  CHECK(crc32c(bytes.data(), bytes.size()) == 0x62A8AB43);
  std::iota(bytes.begin(), bytes.end(), static_cast<unsigned char>(0));
  CHECK(crc32c(bytes.data(), bytes.size()) == 0x46DD794E);
  std::reverse(bytes.begin(), bytes.end());
  CHECK(crc32c(bytes.data(), bytes.size()) == 0x113FDB5C);
  constexpr std::string_view digits = "123456789";
  CHECK(crc32c(digits.data(), digits.size()) == 0xE3069283);
}

TEST_CASE("crc32c: table and instruction agree, at any length and in parts") {
  recocore::Random random(5);
  std::vector<unsigned char> bytes(300);
  for (auto& byte : bytes) {
    byte = static_cast<unsigned char>(random.below(256));
  }
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const std::span<const unsigned char> part(bytes.data(), size);
    const std::uint32_t by_table = ~crc32c_by_table(0xFFFF'FFFF, part);
    CHECK(crc32c(bytes.data(), size) == by_table);
    if (has_crc32c_instruction()) {
      CHECK(~crc32c_by_instruction(0xFFFF'FFFF, part) == by_table);
    }
    CHECK(crc32c(bytes.data() + size / 3, size - size / 3, crc32c(bytes.data(), size / 3)) == by_table);
  }
}
