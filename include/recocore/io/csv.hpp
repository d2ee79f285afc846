/// Events from a CSV or TSV file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include <recocore/core/id.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/data/event_log.hpp>

namespace recocore {

/// Which columns of a file are what, by the names in its first line.
struct CsvConfig {
  std::string user = "user_id";
  std::string item = "item_id";
  std::optional<std::string> weight{};
  std::optional<std::string> event{};
  std::optional<std::string> timestamp{};
  EventWeights event_weights{};
  /// Events that may not be used are left out, like events that never were. A column of flags (1, 0, true,
  /// false, yes, no, in any case), or, with `purposes`, of text that must be one of them. What is empty is
  /// no consent.
  std::optional<std::string> consent{};
  std::set<std::string, std::less<>> purposes{};
  /// Default: a tab for `.tsv` files, else a comma.
  std::optional<char> delimiter{};
  /// How to read ids. Default: integers when every value of the column is written as one ("7", not "007"), else text.
  std::optional<IdKind> user_kind{};
  std::optional<IdKind> item_kind{};
};

/// Reads events from a file with a header line; quoted fields as in RFC 4180, empty lines are skipped. Reads in blocks:
/// the file is never in memory whole. `withheld` is set to the number of events left out for want of consent.
/// Timestamps are ISO 8601 text or numbers of seconds since 1970.
/// @throws IoError file that cannot be read; InvalidData a missing column (with those there are), no rows, a row of the
///         wrong length, an empty id, a weight or time that does not parse: with file, line and value; InvalidParameter
///         an event column without event weights or the reverse; Cancelled, DeadlineExceeded.
[[nodiscard]] EventLog read_events_csv(const std::filesystem::path& file, const CsvConfig& config = {},
                                       const RunOptions& options = {}, std::uint64_t* withheld = nullptr);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/io/csv_inl.hpp>
#endif
