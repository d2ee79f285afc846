#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <limits>
#include <system_error>
#include <utility>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/time.hpp>
#include <recocore/impl/core/text.hpp>
#include <recocore/impl/data/event_types.hpp>
#include <recocore/impl/io/csv_file.hpp>
#include <recocore/impl/io/csv_ids.hpp>
#include <recocore/impl/io/csv_reader.hpp>
#include <recocore/io/csv.hpp>

namespace recocore {

namespace detail {

[[nodiscard]] inline std::string_view without_spaces(std::string_view text) {
  const auto begin = std::min(text.find_first_not_of(" \t"), text.size());
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

[[nodiscard]] inline std::optional<double> to_number(std::string_view text) {
  double value = 0.0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && stop == end ? std::optional(value) : std::nullopt;
}

/// Seconds since 1970 or ISO 8601, to microseconds.
[[nodiscard]] inline std::optional<std::int64_t> to_time(std::string_view text) {
  constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max() / microseconds_per_second;
  if (const auto time = parse_time(text)) {
    return time;
  }
  if (const auto seconds = to_integer(text)) {
    return -largest <= *seconds && *seconds <= largest ? std::optional(*seconds * microseconds_per_second)
                                                       : std::nullopt;
  }
  const auto seconds = to_number(text);
  return seconds && std::abs(*seconds) < static_cast<double>(largest)
             ? std::optional<std::int64_t>(std::llround(*seconds * 1e6))
             : std::nullopt;
}

/// Turns records into blocks of events: the sink of a `CsvReader`.
class CsvEvents {
 public:
  CsvEvents(const CsvConfig& config, char delimiter, std::string file)
      : config_(config),
        delimiter_(delimiter),
        file_(std::move(file)),
        types_(config.event_weights),
        users_("user", config.user_kind),
        items_("item", config.item_kind) {}

  void field(std::size_t column, std::string_view text) {
    if (header_.empty() || in_header_) {
      in_header_ = true;
      header_.emplace_back(text);
    } else if (column < header_.size() && role_of_column_[column] != role_count) {
      values_[role_of_column_[column]].assign(text);
    }
  }

  void record(std::size_t fields, std::uint64_t line) {
    if (in_header_) {
      in_header_ = false;
      find_columns();
      return;
    }
    const auto where = [this, line] { return file_ + ", line " + std::to_string(line); };
    if (fields != header_.size()) {
      throw InvalidData(where() + ": the row has " + count_text(fields, "field") + ", the header has " +
                        std::to_string(header_.size()));
    }
    users_.add(values_[user], where);
    items_.add(values_[item], where);
    if (config_.weight || config_.event) {
      weights_.push_back(weight_of_row(where));
    }
    if (config_.timestamp) {
      times_.push_back(time_of_row(where));
    }
    if (config_.consent) {
      may_use_.push_back(consent_of_row(where) ? 1 : 0);
    }
    constexpr std::size_t rows_in_block = 65'536;
    if (++rows_ == rows_in_block) {
      flush();
    }
  }

  [[nodiscard]] EventLog finish(std::uint64_t* withheld) {
    if (header_.empty()) {
      throw InvalidData(file_ + " is empty; a header line with the names of the columns is needed");
    }
    flush();
    if (builder_.size() == 0) {
      throw InvalidData(file_ + " has a header but no rows");
    }
    auto log = builder_.finish();
    const auto left_out = std::count(may_use_.begin(), may_use_.end(), std::uint8_t{0});
    if (withheld != nullptr) {
      *withheld = static_cast<std::uint64_t>(left_out);
    }
    if (left_out != 0) {
      log = select_events(log, may_use_);
    }
    if (!config_.user_kind) {
      integers_if_possible(log.users, log.user);
    }
    if (!config_.item_kind) {
      integers_if_possible(log.items, log.item);
    }
    return log;
  }

 private:
  enum Role : std::size_t { user, item, weight, event, timestamp, consent, role_count };

  void find_columns() {
    role_of_column_.assign(header_.size(), role_count);
    find_column(user, "user", config_.user);
    find_column(item, "item", config_.item);
    find_column(weight, "weight", config_.weight);
    find_column(event, "event type", config_.event);
    find_column(timestamp, "timestamp", config_.timestamp);
    find_column(consent, "consent", config_.consent);
  }

  void find_column(Role role, const std::string& what, const std::optional<std::string>& name) {
    if (!name) {
      return;
    }
    const auto found = std::find(header_.begin(), header_.end(), *name);
    if (found == header_.end()) {
      std::string there;
      for (const auto& column : header_) {
        there += (there.empty() ? "" : ", ") + to_display(column);
      }
      throw MissingColumn(file_ + " has no column " + to_display(*name) + " for the " + what + "; its columns are " +
                          there + " (the delimiter is " + to_display(std::string_view(&delimiter_, 1)) + ")");
    }
    auto& role_there = role_of_column_[static_cast<std::size_t>(found - header_.begin())];
    if (role_there != role_count || std::find(found + 1, header_.end(), *name) != header_.end()) {
      throw InvalidData(file_ + ": the column " + to_display(*name) + " for the " + what +
                        (role_there != role_count ? " is wanted for something else too; each needs its own"
                                                  : " is there twice; column names must differ"));
    }
    role_there = role;
  }

  template <class Where>
  [[nodiscard]] float weight_of_row(const Where& where) const {
    double product = 1.0;
    if (config_.weight) {
      const auto number = to_number(without_spaces(values_[weight]));
      if (!number) {
        throw InvalidData(where() + ": the weight " + to_display(values_[weight]) + " is not a number");
      }
      check_weight(*number, where);
      product = *number;
    }
    if (config_.event) {
      product *= types_.weight_of(std::string_view(values_[event]), where);
    }
    return to_stored_weight(product, where);
  }

  template <class Where>
  [[nodiscard]] std::int64_t time_of_row(const Where& where) const {
    const auto time = to_time(without_spaces(values_[timestamp]));
    if (!time) {
      throw InvalidData(where() + ": the timestamp " + to_display(values_[timestamp]) +
                        " is neither ISO 8601 (2021-12-31T23:59:58Z) nor a number of seconds since 1970");
    }
    return *time;
  }

  template <class Where>
  [[nodiscard]] bool consent_of_row(const Where& where) const {
    if (!config_.purposes.empty()) {
      return config_.purposes.contains(values_[consent]);
    }
    std::string text(without_spaces(values_[consent]));
    std::transform(text.begin(), text.end(), text.begin(), [](char letter) {
      return 'A' <= letter && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
    });
    if (text == "1" || text == "true" || text == "yes") {
      return true;
    }
    if (!text.empty() && text != "0" && text != "false" && text != "no") {
      throw InvalidData(where() + ": the consent " + to_display(values_[consent]) +
                        " is none of 1, 0, true, false, yes, no; for a column of purposes, say which are allowed");
    }
    return false;
  }

  void flush() {
    EventBatch batch{.user = users_.column(), .item = items_.column(), .time = times_};
    if (config_.weight || config_.event) {
      batch.weight = std::span<const float>(weights_);
    }
    builder_.add(batch);
    users_.clear();
    items_.clear();
    weights_.clear();
    times_.clear();
    rows_ = 0;
  }

  const CsvConfig& config_;
  char delimiter_;
  std::string file_;
  EventTypes types_;

  bool in_header_ = false;
  std::vector<std::string> header_{};
  std::vector<std::size_t> role_of_column_{};
  /// The fields of the current record, by role.
  std::array<std::string, role_count> values_{};

  CsvIds users_;
  CsvIds items_;
  std::vector<float> weights_{};
  std::vector<std::int64_t> times_{};
  /// Of all rows, not only those of the block.
  std::vector<std::uint8_t> may_use_{};
  std::size_t rows_ = 0;
  EventLogBuilder builder_{};
};

}  // namespace detail

RECOCORE_INLINE EventLog read_events_csv(const std::filesystem::path& file, const CsvConfig& config,
                                         const RunOptions& options, std::uint64_t* withheld) {
  if (config.event.has_value() == config.event_weights.empty()) {
    throw InvalidParameter(config.event ? "an event column was named, but no event weights were given; say what each "
                                          "type counts"
                                        : "event weights were given, but no event column was named");
  }
  const char delimiter = detail::delimiter_of(file, config.delimiter);
  detail::CsvEvents events(config, delimiter, file.string());
  detail::read_csv_file(file, delimiter, events, options);
  return events.finish(withheld);
}

}  // namespace recocore
