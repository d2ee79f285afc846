#pragma once

#include <recocore/core/config.hpp>
#include <recocore/core/id.hpp>

namespace recocore {

RECOCORE_INLINE std::string to_display(const IdView& id) {
  if (const auto* integer = std::get_if<std::int64_t>(&id)) {
    return std::to_string(*integer);
  }
  constexpr std::size_t longest = 60;
  const auto text = std::get<std::string_view>(id);
  if (text.size() <= longest) {
    return "'" + std::string(text) + "'";
  }
  // Cut between code points: a continuation byte is 10xxxxxx.
  std::size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
    --end;
  }
  return "'" + std::string(text.substr(0, end)) + "…' (" + std::to_string(text.size()) + " bytes)";
}

}  // namespace recocore
