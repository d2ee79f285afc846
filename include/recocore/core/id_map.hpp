/// Real ids to dense positions and back.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <recocore/core/id.hpp>

namespace recocore {

/// The ids of all users or of all items, in ascending order: integers by value, text by its bytes.
///
/// A position therefore says how an id compares with the others, and the same set of ids has the same map
/// whatever order the ids came in. Immutable; copies share the ids. `find` is one hash look-up.
class IdMap {
 public:
  /// No ids. Integer by convention.
  IdMap();

  /// The integers 0 .. size - 1, without storing them.
  [[nodiscard]] static IdMap range(std::size_t size);

  /// From ascending ids without duplicates.
  /// @throws InvalidData when they are not, CapacityExceeded above `max_index_count`.
  [[nodiscard]] static IdMap from_sorted(std::vector<std::int64_t> ids);

  /// From ascending texts without duplicates, as one block of bytes: id i is bytes[offsets[i] .. offsets[i + 1]).
  /// @throws InvalidData when they are not, CapacityExceeded above `max_index_count`.
  [[nodiscard]] static IdMap from_sorted(std::vector<std::uint64_t> offsets, std::string bytes);

  [[nodiscard]] IdKind kind() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] bool is_range() const noexcept;

  /// The position of an id; none when it is not in the map or of the other kind.
  [[nodiscard]] std::optional<std::uint32_t> find(const IdView& id) const;

  /// The id at a position below `size()`. A text view lives as long as this map or a copy of it.
  [[nodiscard]] IdView at(std::size_t position) const;

  /// The stored ids, for bulk export. Empty for the other kind and, for `integers`, for a range.
  [[nodiscard]] std::span<const std::int64_t> integers() const noexcept;
  [[nodiscard]] std::span<const std::uint64_t> text_offsets() const noexcept;
  [[nodiscard]] std::string_view text_bytes() const noexcept;

  friend bool operator==(const IdMap& a, const IdMap& b);

 private:
  struct Storage;
  explicit IdMap(std::shared_ptr<const Storage> storage) noexcept;

  std::shared_ptr<const Storage> storage_;
};

/// The ids of both. @throws IdTypeError when one has text and the other integers.
[[nodiscard]] IdMap merged(const IdMap& a, const IdMap& b);

/// Gives ids codes in the order they come, then an `IdMap` of all of them: the way from events to positions.
class IdEncoder {
 public:
  /// @param what names the column in messages: "user" or "item".
  explicit IdEncoder(std::string what);
  ~IdEncoder();
  IdEncoder(IdEncoder&&) noexcept;
  IdEncoder& operator=(IdEncoder&&) noexcept;
  IdEncoder(const IdEncoder&) = delete;
  IdEncoder& operator=(const IdEncoder&) = delete;

  /// The code of an id, a new one when it is new. Amortised constant time.
  /// @throws IdTypeError when text and integers are mixed, CapacityExceeded above `max_index_count`.
  std::uint32_t encode(std::int64_t id);
  std::uint32_t encode(std::string_view id);

  [[nodiscard]] std::size_t size() const noexcept;

  /// Forgets all but the first `size` ids. O(size + ids held).
  void truncate(std::size_t size) noexcept;

  struct Result {
    IdMap ids;
    /// position_of_code[code] is the position in `ids`.
    std::vector<std::uint32_t> position_of_code;
  };

  /// The map of all ids seen. The encoder is empty afterwards.
  [[nodiscard]] Result finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/core/id_map_inl.hpp>
#endif
