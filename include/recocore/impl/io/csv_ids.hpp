/// Ids of a CSV column, which says nothing of their kind.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/core/id_column.hpp>
#include <recocore/core/id_map.hpp>

namespace recocore::detail {

[[nodiscard]] inline std::optional<std::int64_t> to_integer(std::string_view text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && stop == end ? std::optional(value) : std::nullopt;
}

/// A block of ids. Ids of unknown kind are taken as text, see `integers_if_possible`.
class CsvIds {
 public:
  CsvIds(std::string what, std::optional<IdKind> kind)
      : what_(std::move(what)), as_integers_(kind == IdKind::integer) {}

  template <class Where>
  void add(std::string_view text, const Where& where) {
    if (text.empty()) {
      throw InvalidData(where() + ": the " + what_ + " id is empty; every event needs one");
    }
    if (as_integers_) {
      const auto value = to_integer(text);
      if (!value) {
        throw InvalidData(where() + ": the " + what_ + " id " + to_display(text) +
                          " is not a 64-bit integer; read these ids as text");
      }
      integers_.push_back(*value);
    } else {
      bytes_.append(text);
      offsets_.push_back(static_cast<std::int64_t>(bytes_.size()));
    }
  }

  [[nodiscard]] IdColumn column() const {
    return as_integers_ ? IdColumn(std::span(integers_)) : IdColumn(PackedText<std::int64_t>{offsets_, bytes_.data()});
  }

  void clear() {
    integers_.clear();
    offsets_.resize(1);
    bytes_.clear();
  }

 private:
  std::string what_;
  bool as_integers_;
  std::vector<std::int64_t> integers_{};
  std::vector<std::int64_t> offsets_{0};
  std::string bytes_{};
};

/// Makes text ids integers when each is exactly as an integer is written ("7", not "007"), so that nothing is lost.
/// @param column positions in `ids`, renumbered to the order of the integers.
template <class Ix>
void integers_if_possible(IdMap& ids, std::vector<Ix>& column) {
  std::vector<std::int64_t> values;
  values.reserve(ids.size());
  for (std::size_t position = 0; position < ids.size(); ++position) {
    const auto text = std::get<std::string_view>(ids.at(position));
    const auto value = to_integer(text);
    if (!value || std::to_string(*value) != text) {
      return;
    }
    values.push_back(*value);
  }
  std::vector<std::uint32_t> order(values.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&values](auto a, auto b) { return values[a] < values[b]; });
  std::vector<std::int64_t> sorted(values.size());
  std::vector<Ix> new_position(values.size());
  for (std::size_t position = 0; position < order.size(); ++position) {
    sorted[position] = values[order[position]];
    new_position[order[position]] = Ix(position);
  }
  ids = IdMap::from_sorted(std::move(sorted));
  for (auto& index : column) {
    index = new_position[index.value];
  }
}

}  // namespace recocore::detail
