/// A column of ids in the caller's memory, in the layouts tables come in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include <recocore/core/id.hpp>

namespace recocore {

/// Texts as one block of bytes with size + 1 offsets (Apache Arrow's utf8 and large_utf8).
template <class Offset>
struct PackedText {
  std::span<const Offset> offsets{};
  const char* bytes = nullptr;

  [[nodiscard]] std::size_t size() const noexcept { return offsets.empty() ? 0 : offsets.size() - 1; }
  [[nodiscard]] std::string_view operator[](std::size_t row) const noexcept {
    const auto begin = static_cast<std::size_t>(offsets[row]);
    return {bytes + begin, static_cast<std::size_t>(offsets[row + 1]) - begin};
  }
};

/// A non-owning column of ids. The caller keeps the memory alive while it is used; nothing is copied.
class IdColumn {
 public:
  using Layout = std::variant<std::span<const std::int64_t>, std::span<const std::string_view>,
                              PackedText<std::int32_t>, PackedText<std::int64_t>>;

  IdColumn() = default;
  // Implicit: a span of ids is a column of ids.
  IdColumn(std::span<const std::int64_t> values) : layout_(values) {}      // NOLINT(google-explicit-constructor)
  IdColumn(std::span<const std::string_view> values) : layout_(values) {}  // NOLINT(google-explicit-constructor)
  IdColumn(PackedText<std::int32_t> values) : layout_(values) {}           // NOLINT(google-explicit-constructor)
  IdColumn(PackedText<std::int64_t> values) : layout_(values) {}           // NOLINT(google-explicit-constructor)

  [[nodiscard]] std::size_t size() const noexcept {
    return std::visit([](const auto& layout) { return layout.size(); }, layout_);
  }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] IdView operator[](std::size_t row) const {
    return std::visit([row](const auto& layout) { return IdView(layout[row]); }, layout_);
  }

  /// For bulk work: visit once, then `layout[row]` is an int64 or a string_view without a branch a row.
  [[nodiscard]] const Layout& layout() const noexcept { return layout_; }

 private:
  Layout layout_;
};

}  // namespace recocore
