/// Events from an Apache Arrow table.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include <recocore/core/run_options.hpp>
#include <recocore/data/event_log.hpp>
#include <recocore/io/arrow_abi.hpp>

namespace recocore {

/// What a number in a column of times counts since 1970-01-01 UTC.
enum class TimeUnit : std::uint8_t { second, millisecond, microsecond, nanosecond };

/// "s", "ms", "us" or "ns".
/// @throws InvalidParameter for an unknown name; the message lists the known ones.
[[nodiscard]] TimeUnit parse_time_unit(std::string_view name);

/// Which columns of a table are what.
struct ArrowConfig {
  std::string user = "user_id";
  std::string item = "item_id";
  std::optional<std::string> weight{};
  std::optional<std::string> event{};
  std::optional<std::string> timestamp{};
  EventWeights event_weights{};
  /// Events that may not be used are left out, like events that never were. A column of flags, or, with `purposes`, of
  /// text that must be one of them. What is missing is no consent.
  std::optional<std::string> consent{};
  std::set<std::string, std::less<>> purposes{};
  /// Of timestamps that are plain numbers. Dates, timestamps and ISO 8601 text say it themselves.
  TimeUnit time_unit = TimeUnit::second;
};

/// Reads all events of a stream of record batches, and releases the stream whatever happens.
/// @param withheld set to the number of events left out for want of consent.
///
/// Ids are integers or text, in any layout, dictionary-encoded as well; 64-bit integers and packed text are read in
/// place. Weights are numbers. Times are timestamps, dates, numbers, or ISO 8601 text. Other columns do not matter.
/// @throws MissingColumn; IdTypeError ids of another type; InvalidData nulls (with row and column), values that make no
///         sense, see `EventLogBuilder`; IoError when the stream fails; Cancelled, DeadlineExceeded.
[[nodiscard]] EventLog read_events_arrow(ArrowArrayStream& stream, const ArrowConfig& config = {},
                                         const RunOptions& options = {}, std::uint64_t* withheld = nullptr);

/// The sentence for a table that has no such column: names those it has, first the one that may have been meant.
[[nodiscard]] std::string missing_column_text(std::string_view wanted, std::span<const std::string> columns);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/io/arrow_inl.hpp>
#endif
