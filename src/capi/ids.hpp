/// Ids across the border.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <recocore/core/extended_ids.hpp>
#include <recocore/core/id.hpp>
#include <recocore/core/id_column.hpp>
#include <recocore/recocore.h>

namespace recocore::capi {

/// A column of the caller's ids, which must live as long as it; so must `texts`, which is overwritten.
/// @param what the name of the parameter, for messages. @throws InvalidArgument.
[[nodiscard]] IdColumn to_column(const recocore_ids* ids, const char* what, std::vector<std::string_view>& texts);

/// The only id there is. @throws InvalidArgument none or several.
[[nodiscard]] IdView to_id(const recocore_ids* ids, const char* what);

/// The position of an id. @throws IdTypeError, UnknownId.
[[nodiscard]] std::uint32_t find_known(const ExtendedIds& ids, const IdView& id, const char* what);

/// Ids that a result owns, one after the other, as text that ends with a NUL and as integers. Keeps its memory.
class OwnedIds {
 public:
  void clear() noexcept;
  void add(const IdView& id);

  [[nodiscard]] std::size_t size() const noexcept { return ends_.size(); }
  /// Null when there is none.
  [[nodiscard]] const char* text(std::size_t entry, std::size_t* length) const noexcept;
  /// 0 for text, and when there is none.
  [[nodiscard]] std::int64_t integer(std::size_t entry) const noexcept;

 private:
  std::string bytes_{};
  std::vector<std::size_t> ends_{};  ///< behind the NUL
  std::vector<std::int64_t> integers_{};
};

}  // namespace recocore::capi
