/// What rules read of a catalogue.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/core/index.hpp>
#include <recocore/data/catalogue.hpp>
#include <recocore/impl/core/nearest_name.hpp>

namespace recocore::detail {

/// Values of a column for some items, as numbers that are equal where the values are.
struct RuleCodes {
  std::vector<std::uint64_t> offsets{0};
  std::vector<std::uint64_t> codes{};

  [[nodiscard]] std::span<const std::uint64_t> of(std::size_t entry) const noexcept {
    return std::span(codes).subspan(offsets[entry], offsets[entry + 1] - offsets[entry]);
  }
  void clear() {
    offsets.assign(1, 0);
    codes.clear();
  }
  void close() { offsets.push_back(codes.size()); }
};

/// The code of a value of `column`, which has `base`'s dictionary or, of changed rows, another.
template <class Coded>
[[nodiscard]] std::uint64_t common_code(const Coded& base, const Coded& column, std::uint32_t code) {
  if (&base == &column) {
    return code;
  }
  const auto known = base.values.find(column.values.at(code));
  return known ? *known : base.values.size() + code;
}

/// Appends the values of an item, and closes it. The column is a category, labels, numbers or flags.
inline void append_codes(const Catalogue& catalogue, std::string_view name, std::size_t position, RuleCodes& codes) {
  const auto [table, row] = catalogue.locate(position);
  const auto& base = *catalogue.find(name);
  const auto& column = *table->find(name);
  if (!is_missing(column, row)) {
    if (const auto* category = std::get_if<CategoryColumn>(&column)) {
      codes.codes.push_back(common_code(std::get<CategoryColumn>(base), *category, category->codes[row]));
    } else if (const auto* labels = std::get_if<LabelsColumn>(&column)) {
      for (const auto code : labels->of(row)) {
        codes.codes.push_back(common_code(std::get<LabelsColumn>(base), *labels, code));
      }
    } else if (const auto* number = std::get_if<NumberColumn>(&column)) {
      codes.codes.push_back(std::bit_cast<std::uint64_t>(number->values[row] + 0.0));
    } else {
      codes.codes.push_back(static_cast<std::uint64_t>(std::get<FlagColumn>(column).values[row]));
    }
  }
  codes.close();
}

/// NaN where it is missing. The column is of numbers or flags.
[[nodiscard]] inline double rule_number(const Catalogue& catalogue, std::string_view name, std::size_t position) {
  const auto [table, row] = catalogue.locate(position);
  const auto& column = *table->find(name);
  if (const auto* number = std::get_if<NumberColumn>(&column)) {
    return number->values[row];
  }
  const auto flag = std::get<FlagColumn>(column).values[row];
  return flag < 0 ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(flag);
}

/// @throws InvalidParameter when there is no such column, or of a kind the rule cannot use.
inline void require_rule_column(const Catalogue* catalogue, const std::string& name, const std::string& rule,
                                bool numbers_only) {
  if (catalogue == nullptr) {
    throw InvalidParameter("the rule '" + rule + "' reads the column " + to_display(name) +
                           ", and this model has no table of items; fit it with items=");
  }
  const auto* column = catalogue->find(name);
  if (column == nullptr) {
    std::vector<std::string> names;
    for (const auto& known : catalogue->base().columns()) {
      names.push_back(known.name);
    }
    throw InvalidParameter("the rule '" + rule + "': " + no_such_column_text(name, names));
  }
  const auto kind = kind_of(*column);
  const bool number = kind == ColumnKind::number || kind == ColumnKind::flag;
  if (!number && (numbers_only || (kind != ColumnKind::category && kind != ColumnKind::labels))) {
    throw InvalidParameter("the rule '" + rule + "' needs a column of " +
                           (numbers_only ? "numbers or flags" : "categories, labels, numbers or flags") + "; " +
                           to_display(name) + " is of the kind '" + std::string(to_string(kind)) + "'");
  }
}

/// The share of values two items have in common (Jaccard); 0 where one has none.
[[nodiscard]] inline double common_share(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b) {
  std::size_t common = 0;
  for (const auto code : a) {
    common += std::find(b.begin(), b.end(), code) != b.end() ? 1U : 0U;
  }
  const std::size_t all = a.size() + b.size() - common;
  return all == 0 ? 0.0 : static_cast<double>(common) / static_cast<double>(all);
}

}  // namespace recocore::detail
