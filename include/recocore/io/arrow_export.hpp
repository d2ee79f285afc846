/// Columns for other libraries, as an Arrow stream.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <recocore/core/extended_ids.hpp>
#include <recocore/io/arrow_abi.hpp>

namespace recocore {

/// One column to export: a format of the Arrow C data interface and its buffers, the validity first (null: no nulls).
/// The buffers live as long as the consumer needs them.
struct ArrowExportColumn {
  std::string name{};
  std::string format{};
  std::vector<std::shared_ptr<const void>> buffers{};
  /// Of a dictionary-encoded column, whose own values are codes.
  std::shared_ptr<const ArrowExportColumn> dictionary{};
  std::int64_t length = 0;
  /// All values are null; only for the format "n", which has no buffers.
  [[nodiscard]] bool is_null() const noexcept { return format == "n"; }
};

/// A column of numbers; takes the values over.
template <class T>
[[nodiscard]] ArrowExportColumn export_values(std::string name, std::string format, std::vector<T> values) {
  const auto length = static_cast<std::int64_t>(values.size());
  auto owner = std::make_shared<const std::vector<T>>(std::move(values));
  return {.name = std::move(name),
          .format = std::move(format),
          .buffers = {nullptr, std::shared_ptr<const void>(owner, owner->data())},
          .length = length};
}

/// A column of ids, by their positions in a map.
[[nodiscard]] ArrowExportColumn export_ids(std::string name, const ExtendedIds& ids,
                                           const std::vector<std::uint32_t>& positions);

/// A column of texts.
[[nodiscard]] ArrowExportColumn export_texts(std::string name, const std::vector<std::string_view>& texts);

/// Makes `stream`, which is not initialised, a stream of one batch of columns of equal length. The consumer releases
/// it.
void export_table(std::vector<ArrowExportColumn> columns, ArrowArrayStream& stream);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/io/arrow_export_inl.hpp>
#endif
