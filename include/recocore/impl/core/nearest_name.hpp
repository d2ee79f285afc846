/// Names for messages: which was meant, which there are.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <recocore/core/id.hpp>

namespace recocore::detail {

/// Levenshtein distance without regard to case, over bytes.
[[nodiscard]] inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto replaced = diagonal + (lower(a[i]) == lower(b[j]) ? 0 : 1);
      diagonal = std::exchange(row[j + 1], std::min({replaced, row[j] + 1, row[j + 1] + 1}));
    }
  }
  return row.back();
}

/// "there is no column 'pric'; did you mean 'price'? The columns are 'colour', 'price'".
[[nodiscard]] inline std::string no_such_column_text(std::string_view wanted, std::span<const std::string> columns) {
  std::string text = "there is no column " + to_display(wanted);
  if (columns.empty()) {
    return text + "; the table has no columns";
  }
  const auto closest = std::min_element(columns.begin(), columns.end(), [wanted](const auto& a, const auto& b) {
    return edit_distance(wanted, a) < edit_distance(wanted, b);
  });
  if (edit_distance(wanted, *closest) <= std::max<std::size_t>(1, wanted.size() / 2)) {
    text += "; did you mean " + to_display(*closest) + "? The columns are ";
  } else {
    text += "; the columns are ";
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    text += (i == 0 ? "" : ", ") + to_display(columns[i]);
  }
  return text;
}

}  // namespace recocore::detail
