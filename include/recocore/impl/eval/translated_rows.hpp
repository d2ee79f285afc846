/// The rows of one table of interactions in the positions of another.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/core/extended_ids.hpp>
#include <recocore/core/id_map.hpp>
#include <recocore/core/index.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/rank/sequence.hpp>

namespace recocore::detail {

inline constexpr std::uint32_t no_position = std::numeric_limits<std::uint32_t>::max();

/// For each id of `from` its position in `to`, or `no_position`.
/// @param what says which ids these are, for a message.
template <class From, class To>
[[nodiscard]] std::vector<std::uint32_t> translate(const From& from, const To& to, std::string_view what) {
  if (from.size() > 0 && to.size() > 0 && from.kind() != to.kind()) {
    throw IdTypeError("the " + std::string(what) + " ids of one part of the data are " +
                      std::string(to_string(from.kind())) + " (such as " + to_display(from.at(0)) +
                      "), those of another " + std::string(to_string(to.kind())) + " (such as " + to_display(to.at(0)) +
                      "); give all parts the same kind of ids");
  }
  std::vector<std::uint32_t> positions(from.size());
  for (std::size_t i = 0; i < positions.size(); ++i) {
    positions[i] = to.find(from.at(i)).value_or(no_position);
  }
  return positions;
}

/// Rows that are looked up by the users of `test` and read in the item positions of `test` or of the model.
class TranslatedRows {
 public:
  TranslatedRows(const Interactions& rows, const Interactions& test, const ExtendedIds& model_items)
      : rows_(rows),
        user_of_test_(translate(test.users(), rows.users(), "user")),
        item_of_test_(translate(test.items(), rows.items(), "item")),
        item_in_model_(translate(rows.items(), model_items, "item")) {}

  /// True when the user has a row with anything in it.
  [[nodiscard]] bool has(UserIx test_user) const noexcept {
    return user_of_test_[test_user.value] != no_position && rows_.by_user().row_size(user(test_user)) > 0;
  }

  /// True when the user's row has the item. The user must have a row.
  [[nodiscard]] bool has(UserIx test_user, ItemIx test_item) const noexcept {
    const auto item = item_of_test_[test_item.value];
    const auto row = rows_.by_user().row(user(test_user));
    return item != no_position && std::binary_search(row.begin(), row.end(), ItemIx(item));
  }

  /// The user's items as the model sees them, the latest last, where there are times; else `sequence` is left empty.
  void read_sequence(UserIx test_user, std::vector<std::size_t>& places, std::vector<ItemIx>& sequence) const {
    sequence.clear();
    if (rows_.times().empty()) {
      return;
    }
    append_sequence(rows_, user(test_user), places, sequence);
    std::size_t known = 0;
    for (const ItemIx item : sequence) {
      if (const auto position = item_in_model_[item.value]; position != no_position) {
        sequence[known++] = ItemIx(position);
      }
    }
    sequence.resize(known);
  }

  /// The user's position among the rows. The user must have a row.
  [[nodiscard]] UserIx user(UserIx test_user) const noexcept { return UserIx(user_of_test_[test_user.value]); }

  /// The user's row as the model sees it, in memory that is overwritten, items ascending.
  void read(UserIx test_user, std::vector<ItemIx>& items, std::vector<float>& weights) const {
    const auto row = rows_.by_user().row(user(test_user));
    const auto values = rows_.by_user().row_values(user(test_user));
    for (std::size_t entry = 0; entry < row.size(); ++entry) {
      const auto item = item_in_model_[row[entry].value];
      if (item != no_position) {
        items.push_back(ItemIx(item));
        if (!values.empty()) {
          weights.push_back(values[entry]);
        }
      }
    }
    if (!std::is_sorted(items.begin(), items.end())) {
      sort_together(items, weights);  // some were added since the fit, and lie behind
    }
  }

 private:
  static void sort_together(std::vector<ItemIx>& items, std::vector<float>& weights) {
    std::vector<std::pair<ItemIx, float>> entries;
    entries.reserve(items.size());
    for (std::size_t entry = 0; entry < items.size(); ++entry) {
      entries.emplace_back(items[entry], weights.empty() ? 1.0F : weights[entry]);
    }
    std::sort(entries.begin(), entries.end());
    for (std::size_t entry = 0; entry < items.size(); ++entry) {
      items[entry] = entries[entry].first;
      if (!weights.empty()) {
        weights[entry] = entries[entry].second;
      }
    }
  }

  const Interactions& rows_;
  std::vector<std::uint32_t> user_of_test_;
  std::vector<std::uint32_t> item_of_test_;
  std::vector<std::uint32_t> item_in_model_;
};

}  // namespace recocore::detail
