/// Whether events and matrices make sense, before anything is computed from them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/core/index.hpp>
#include <recocore/data/event_log.hpp>
#include <recocore/data/sparse_rows.hpp>
#include <recocore/impl/core/text.hpp>

namespace recocore::detail {

/// No values at all says the same as only ones.
inline void drop_unit_values(std::vector<float>& values) {
  if (std::all_of(values.begin(), values.end(), [](float value) { return value == 1.0F; })) {
    values = {};
  }
}

/// @throws InvalidData when the columns do not belong together, a position has no id or a weight is not finite.
inline void check_log(const EventLog& log) {
  const auto events = log.size();
  if (log.item.size() != events || (!log.weight.empty() && log.weight.size() != events) ||
      (!log.time.empty() && log.time.size() != events)) {
    throw InvalidData("the columns of the events have different lengths: " + std::to_string(events) + " users, " +
                      std::to_string(log.item.size()) + " items, " + std::to_string(log.weight.size()) + " weights, " +
                      std::to_string(log.time.size()) + " times; weights and times may be left out, but not in part");
  }
  for (std::size_t event = 0; event < events; ++event) {
    if (log.user[event].value >= log.users.size() || log.item[event].value >= log.items.size()) {
      throw InvalidData("event " + std::to_string(event) + " has user position " +
                        std::to_string(log.user[event].value) + " and item position " +
                        std::to_string(log.item[event].value) + ", but there are " + std::to_string(log.users.size()) +
                        " users and " + std::to_string(log.items.size()) + " items");
    }
    if (!std::isfinite(log.weight_at(event))) {
      throw InvalidData("event " + std::to_string(event) + " has the weight " +
                        number_text(static_cast<double>(log.weight[event])) + "; weights must be finite numbers");
    }
  }
}

struct RowsShape {
  /// Rows ascend strictly and hold no zeros.
  bool is_canonical = true;
  std::uint64_t longest_row = 0;
};

/// @throws InvalidData, CapacityExceeded.
[[nodiscard]] inline RowsShape check_rows(const SparseRows<UserIx, ItemIx>& rows) {
  const auto entries = rows.entries();
  if (rows.offsets.empty() || rows.offsets.front() != 0 || rows.offsets.back() != entries) {
    throw InvalidData("the offsets of the rows must start with 0 and end with the number of entries, " +
                      std::to_string(entries));
  }
  if (!rows.is_binary() && rows.values.size() != entries) {
    throw InvalidData("the rows have " + std::to_string(entries) + " entries but " +
                      std::to_string(rows.values.size()) + " values; there must be one value an entry, or none at all");
  }
  if (rows.rows() > max_index_count || rows.columns > max_index_count) {
    throw CapacityExceeded("a matrix of " + std::to_string(rows.rows()) + " rows and " + std::to_string(rows.columns) +
                           " columns is too large; there may be at most " + std::to_string(max_index_count) +
                           " of either");
  }
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    // Offsets that never descend and end with the number of entries stay within them.
    if (rows.offsets[row + 1] < rows.offsets[row]) {
      throw InvalidData("row " + std::to_string(row) + " ends at " + std::to_string(rows.offsets[row + 1]) +
                        ", before it begins at " + std::to_string(rows.offsets[row]) + "; offsets must ascend");
    }
  }
  RowsShape shape;
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    const auto begin = rows.offsets[row];
    const auto end = rows.offsets[row + 1];
    shape.longest_row = std::max(shape.longest_row, end - begin);
    for (auto entry = begin; entry < end; ++entry) {
      const auto where = [row, begin, entry] {
        return "row " + std::to_string(row) + ", entry " + std::to_string(entry - begin);
      };
      if (rows.indices[entry].value >= rows.columns) {
        throw InvalidData(where() + ": the column is " + std::to_string(rows.indices[entry].value) +
                          ", but the matrix has " + std::to_string(rows.columns) + " columns");
      }
      const float value = rows.is_binary() ? 1.0F : rows.values[entry];
      if (!std::isfinite(value)) {
        throw InvalidData(where() + ": the value is " + number_text(static_cast<double>(value)) +
                          "; values must be finite numbers");
      }
      shape.is_canonical =
          shape.is_canonical && value != 0.0F && (entry == begin || rows.indices[entry - 1] < rows.indices[entry]);
    }
  }
  return shape;
}

[[nodiscard]] inline std::vector<UserIx> row_of_each_entry(const SparseRows<UserIx, ItemIx>& rows) {
  std::vector<UserIx> result;
  result.reserve(rows.entries());
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    result.insert(result.end(), rows.row_size(UserIx(row)), UserIx(row));
  }
  return result;
}

/// The entries of a matrix as events; ids are the row and column numbers.
[[nodiscard]] inline EventLog to_log(SparseRows<UserIx, ItemIx> rows) {
  EventLog log;
  log.users = IdMap::range(rows.rows());
  log.items = IdMap::range(rows.columns);
  log.user = row_of_each_entry(rows);
  log.item = std::move(rows.indices);
  log.weight = std::move(rows.values);
  return log;
}

}  // namespace recocore::detail
