/// Filters as people write them: "price < 80 and in_stock and country != item.country".
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <recocore/core/bit_set.hpp>
#include <recocore/data/catalogue.hpp>

namespace recocore {

namespace detail {
struct WhereNode;
}

/// What `item.` and `user.` in an expression mean.
struct WhereContext {
  /// A position in the catalogue that is filtered.
  std::optional<std::uint32_t> item{};
  const Catalogue* users = nullptr;
  /// A position in `users`; without one, or with one they do not have, all that `user.` reads is missing.
  std::optional<std::uint32_t> user{};
};

/// A condition on the rows of a catalogue. Immutable; copies share everything.
///
/// Comparisons (== != < <= > >=, also chained), `in` and `not in` a list or a labels column, `and or not`, parentheses,
/// + - * /, `is missing` and `is not missing` (also `null`, `none`), bare flags, `distance(a, b)` in km, numbers,
/// 'text' or "text", true and false, dates as text, names with blanks in `backticks`, `item.name` and `user.name`.
///
/// Three-valued as in SQL (Kleene): what compares with a missing value is unknown, so is its negation, and only what is
/// known to be true passes.
class Where {
 public:
  /// The bounds that keep a hostile expression from costing much.
  static constexpr std::size_t max_length = 20'000;
  static constexpr std::size_t max_depth = 40;

  /// @throws InvalidParameter with the expression, a caret under the character and what was expected there.
  [[nodiscard]] static Where parse(std::string_view text);

  [[nodiscard]] const std::string& text() const noexcept;
  /// Whether it mentions `item.` or `user.`: then a context must have them.
  [[nodiscard]] bool needs_item() const noexcept;
  [[nodiscard]] bool needs_user() const noexcept;
  /// Each once, ascending: of the rows that are filtered, of `item.` as well.
  [[nodiscard]] std::vector<std::string> columns() const;

  /// That columns exist and what is compared can be. `users` is needed only where it mentions `user.`.
  /// @throws InvalidParameter as `parse`.
  void check(const Catalogue& catalogue, const Catalogue* users = nullptr) const;

  /// The positions for which it is known to be true, retired ones too. O(rows x terms).
  /// @throws InvalidParameter as `check`, or a context that lacks the item or users it mentions.
  [[nodiscard]] BitSet evaluate(const Catalogue& catalogue, const WhereContext& context = {}) const;

 private:
  friend class PreparedWhere;
  struct Storage;
  explicit Where(std::shared_ptr<const Storage> storage) noexcept;

  std::shared_ptr<const Storage> storage_;
};

/// An expression checked for a catalogue, and what it says of the rows of its base that depends on no context.
/// Immutable: safe to use from many threads without a lock. Copies share everything.
class PreparedWhere {
 public:
  /// @throws as `Where::check`.
  PreparedWhere(Where where, const Catalogue& catalogue, const Catalogue* users = nullptr);

  [[nodiscard]] const Where& where() const noexcept;
  [[nodiscard]] bool needs_item() const noexcept { return where().needs_item(); }
  [[nodiscard]] bool needs_user() const noexcept { return where().needs_user(); }

  /// As `Where::evaluate`. For the catalogue it was prepared for and its later versions only changed rows and terms
  /// with a context are looked at, otherwise all; the result is the same.
  [[nodiscard]] BitSet evaluate(const Catalogue& catalogue, const WhereContext& context = {}) const;

 private:
  struct Storage;
  std::shared_ptr<const Storage> storage_;
};

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/rank/where_inl.hpp>
#endif
