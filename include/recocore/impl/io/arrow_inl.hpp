#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <numeric>
#include <utility>
#include <vector>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/impl/core/names.hpp>
#include <recocore/impl/core/nearest_name.hpp>
#include <recocore/impl/io/arrow_column.hpp>
#include <recocore/impl/io/arrow_consent.hpp>
#include <recocore/impl/io/arrow_ids.hpp>
#include <recocore/impl/io/arrow_stream.hpp>
#include <recocore/impl/io/arrow_values.hpp>
#include <recocore/io/arrow.hpp>

namespace recocore {

namespace detail {

inline constexpr std::array<std::string_view, 4> time_unit_names{"s", "ms", "us", "ns"};

/// Finds the columns of events in a schema and reads record batches into a builder.
class ArrowEvents {
 public:
  ArrowEvents(const ArrowSchema& schema, const ArrowConfig& config)
      : schema_(schema), config_(config), builder_(config.event_weights) {
    if (std::string_view(schema.format) != "+s") {
      throw InvalidData("this Arrow stream is a single column; a table with named columns is needed");
    }
    user_ = find(config.user);
    item_ = find(config.item);
    weight_ = find(config.weight);
    event_ = find(config.event);
    timestamp_ = find(config.timestamp);
    consent_ = find(config.consent);
  }

  void add(const ArrowArray& batch, const RunOptions& options) {
    if (batch.n_children != schema_.n_children) {
      throw InvalidData("a batch of this Arrow stream has " + std::to_string(batch.n_children) +
                        " columns where the schema has " + std::to_string(schema_.n_children));
    }
    check_rows(batch);
    const auto rows = static_cast<std::size_t>(batch.length);
    ArrowIds users(column(batch, user_), "user id");
    ArrowIds items(column(batch, item_), "item id");
    const auto maybe = [&](std::optional<std::size_t> index) {
      return index ? std::optional(column(batch, *index)) : std::nullopt;
    };
    auto weights = of<ArrowWeights>(maybe(weight_));
    auto events = of<ArrowIds>(maybe(event_), "event type");
    auto times = of<ArrowTimes>(maybe(timestamp_), config_.time_unit);

    // Blocks bound what is converted at a time, and how long a stop goes unnoticed.
    constexpr std::size_t block_rows = 65'536;
    const auto first_row = builder_.size();
    for (std::size_t begin = 0; begin < rows; begin += block_rows) {
      throw_if_stopped(options);
      const auto count = std::min(block_rows, rows - begin);
      EventBatch block{.user = users.block(begin, count, first_row), .item = items.block(begin, count, first_row)};
      if (weights) {
        block.weight = weights->block(begin, count, first_row);
      }
      if (events) {
        block.event = events->block(begin, count, first_row);
      }
      if (times) {
        block.time = times->block(begin, count, first_row);
      }
      builder_.add(block);
    }
    if (consent_) {
      ArrowConsent(column(batch, *consent_), config_.purposes).append(may_use_, first_row);
    }
  }

  [[nodiscard]] EventLog finish(std::uint64_t* withheld) {
    auto log = builder_.finish();
    const auto left_out = std::count(may_use_.begin(), may_use_.end(), std::uint8_t{0});
    if (withheld != nullptr) {
      *withheld = static_cast<std::uint64_t>(left_out);
    }
    return left_out == 0 ? std::move(log) : select_events(log, may_use_);
  }

 private:
  /// The table is a column of rows, which may be malformed or null like any other.
  void check_rows(const ArrowArray& batch) const {
    if (batch.length < 0 || batch.offset < 0) {
      throw InvalidData("a batch of this Arrow stream is malformed: it has " + std::to_string(batch.length) +
                        " rows from row " + std::to_string(batch.offset));
    }
    const ArrowColumn all("", schema_, batch, 0, static_cast<std::size_t>(batch.length));
    if (const auto row = first_missing(all)) {
      throw InvalidData("row " + std::to_string(builder_.size() + *row) +
                        " of the table is null as a whole; drop such rows");
    }
  }

  template <class Reader, class... Arguments>
  [[nodiscard]] static std::optional<Reader> of(std::optional<ArrowColumn> column, Arguments&&... arguments) {
    return column ? std::optional<Reader>(std::in_place, std::move(*column), std::forward<Arguments>(arguments)...)
                  : std::nullopt;
  }

  [[nodiscard]] std::size_t find(const std::string& name) const {
    std::vector<std::string> names;
    std::optional<std::size_t> found;
    for (std::int64_t i = 0; i < schema_.n_children; ++i) {
      const char* given = schema_.children[i]->name;
      names.emplace_back(given != nullptr ? given : "");
      if (names.back() == name) {
        if (found) {
          throw InvalidData("the table has more than one column " + to_display(name) + "; rename one of them");
        }
        found = static_cast<std::size_t>(i);
      }
    }
    if (!found) {
      throw MissingColumn(missing_column_text(name, names));
    }
    return *found;
  }
  [[nodiscard]] std::optional<std::size_t> find(const std::optional<std::string>& name) const {
    return name ? std::optional(find(*name)) : std::nullopt;
  }

  [[nodiscard]] ArrowColumn column(const ArrowArray& batch, std::size_t index) const {
    const auto& schema = *schema_.children[index];
    return {schema.name != nullptr ? schema.name : "", schema, *batch.children[index],
            static_cast<std::size_t>(batch.offset), static_cast<std::size_t>(batch.length)};
  }

  const ArrowSchema& schema_;
  const ArrowConfig& config_;
  EventLogBuilder builder_;
  std::size_t user_ = 0;
  std::size_t item_ = 0;
  std::optional<std::size_t> weight_{};
  std::optional<std::size_t> event_{};
  std::optional<std::size_t> timestamp_{};
  std::optional<std::size_t> consent_{};
  std::vector<std::uint8_t> may_use_{};
};

}  // namespace detail

RECOCORE_INLINE TimeUnit parse_time_unit(std::string_view name) {
  return detail::parse_name<TimeUnit>("time unit", name, detail::time_unit_names);
}

RECOCORE_INLINE std::string missing_column_text(std::string_view wanted, std::span<const std::string> columns) {
  return detail::no_such_column_text(wanted, columns);
}

RECOCORE_INLINE EventLog read_events_arrow(ArrowArrayStream& stream, const ArrowConfig& config,
                                           const RunOptions& options, std::uint64_t* withheld) {
  detail::ArrowReader reader(stream);
  detail::ArrowEvents events(reader.schema(), config);
  for (bool more = true; more;) {
    detail::ArrowOwned<ArrowArray> batch;
    more = reader.next(batch);
    if (more) {
      events.add(*batch, options);
    }
  }
  return events.finish(withheld);
}

}  // namespace recocore
