/// CSV files, read block by block.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

#include <recocore/core/error.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/impl/io/csv_reader.hpp>

namespace recocore::detail {

[[nodiscard]] inline char delimiter_of(const std::filesystem::path& file, std::optional<char> wanted) {
  const char delimiter = wanted.value_or(file.extension() == ".tsv" ? '\t' : ',');
  if (delimiter == '"' || delimiter == '\n' || delimiter == '\r') {
    throw InvalidParameter("a quote or a line end cannot be the delimiter of a CSV file");
  }
  return delimiter;
}

/// Reads a file into the sink of a `CsvReader`.
/// @throws IoError; what the sink throws; Cancelled, DeadlineExceeded.
template <class Sink>
void read_csv_file(const std::filesystem::path& file, char delimiter, Sink& sink, const RunOptions& options) {
  std::error_code no_size;
  const auto file_size = std::filesystem::file_size(file, no_size);
  std::ifstream stream(file, std::ios::binary);
  if (!stream || std::filesystem::is_directory(file)) {
    throw IoError(file.string() + " cannot be opened for reading");
  }
  CsvReader reader(sink, delimiter, file.string());
  constexpr std::size_t block_size = std::size_t{1} << 18U;
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  std::vector<char> block(block_size);
  std::uint64_t done = 0;
  while (stream) {
    throw_if_stopped(options);
    stream.read(block.data(), static_cast<std::streamsize>(block.size()));
    auto bytes = std::string_view(block.data(), static_cast<std::size_t>(stream.gcount()));
    const bool is_marked = done == 0 && bytes.starts_with(byte_order_mark);
    done += bytes.size();
    reader.read(bytes.substr(is_marked ? byte_order_mark.size() : 0));
    if (options.progress) {
      options.progress("reading", done, no_size ? done : std::max<std::uint64_t>(done, file_size));
    }
  }
  if (stream.bad()) {
    throw IoError(file.string() + " could not be read to its end: only " + std::to_string(done) + " bytes came");
  }
  reader.finish();
}

}  // namespace recocore::detail
