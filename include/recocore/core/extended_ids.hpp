/// The ids of a fit, and those that came after it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include <recocore/core/id.hpp>
#include <recocore/core/id_map.hpp>

namespace recocore {

/// Positions 0 .. base().size() - 1 are those of `base`, and never move; the ids of `added` follow, ascending as well.
/// Cheap to copy.
class ExtendedIds {
 public:
  ExtendedIds() = default;
  // Implicit: the ids of a fit to which none were added.
  ExtendedIds(IdMap base) : base_(std::move(base)) {}  // NOLINT(google-explicit-constructor)
  /// No id may be in both, and both are of one kind unless one is empty.
  ExtendedIds(IdMap base, IdMap added) : base_(std::move(base)), added_(std::move(added)) {}

  [[nodiscard]] const IdMap& base() const noexcept { return base_; }
  [[nodiscard]] const IdMap& added() const noexcept { return added_; }

  [[nodiscard]] IdKind kind() const noexcept { return base_.size() > 0 ? base_.kind() : added_.kind(); }
  [[nodiscard]] std::size_t size() const noexcept { return base_.size() + added_.size(); }

  [[nodiscard]] std::optional<std::uint32_t> find(const IdView& id) const {
    if (const auto position = base_.find(id)) {
      return position;
    }
    if (const auto position = added_.find(id)) {
      return static_cast<std::uint32_t>(base_.size() + *position);
    }
    return std::nullopt;
  }

  /// The id at a position below `size()`. A text view lives as long as these ids or a copy of them.
  [[nodiscard]] IdView at(std::size_t position) const {
    return position < base_.size() ? base_.at(position) : added_.at(position - base_.size());
  }

  friend bool operator==(const ExtendedIds&, const ExtendedIds&) = default;

 private:
  IdMap base_{};
  IdMap added_{};
};

}  // namespace recocore
