/// An id as users write it: a 64-bit integer or text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace recocore {

enum class IdKind : std::uint8_t { integer, text };

/// A non-owning id. Text is UTF-8 and compared byte by byte, which is the order of its code points.
using IdView = std::variant<std::int64_t, std::string_view>;

/// The id for a message: integers bare, text in quotes, cut after 60 bytes.
[[nodiscard]] std::string to_display(const IdView& id);

[[nodiscard]] constexpr IdKind kind_of(const IdView& id) noexcept {
  return id.index() == 0 ? IdKind::integer : IdKind::text;
}

[[nodiscard]] constexpr std::string_view to_string(IdKind kind) noexcept {
  return kind == IdKind::integer ? "integer" : "text";
}

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/core/id_inl.hpp>
#endif
