/// CSV text to fields and records, by libcsv.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <csv.h>

#include <recocore/core/error.hpp>

namespace recocore::detail {

/// Takes a file block by block and calls `sink.field(column, text)` for each field and `sink.record(fields, line)`
/// after each record, where `line` is the line the record begins on. Empty lines are skipped, spaces are kept.
template <class Sink>
class CsvReader {
 public:
  /// @param file is named in messages.
  CsvReader(Sink& sink, char delimiter, std::string file) : sink_(sink), file_(std::move(file)) {
    constexpr std::size_t buffer_step = std::size_t{1} << 16U;
    if (csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0) {
      throw std::bad_alloc();
    }
    csv_set_delim(&parser_, static_cast<unsigned char>(delimiter));
    csv_set_blk_size(&parser_, buffer_step);
    csv_set_space_func(&parser_, [](unsigned char) { return 0; });
  }
  ~CsvReader() { csv_free(&parser_); }
  CsvReader(const CsvReader&) = delete;
  CsvReader& operator=(const CsvReader&) = delete;

  /// @throws InvalidData for broken quoting, and whatever the sink throws.
  void read(std::span<const char> block) {
    const auto parsed = csv_parse(&parser_, block.data(), block.size(), &on_field, &on_record, this);
    rethrow();
    if (parsed != block.size()) {
      fail();
    }
  }

  /// The end of the file: the last record needs no line end.
  void finish() {
    const int status = csv_fini(&parser_, &on_field, &on_record, this);
    rethrow();
    if (status != 0) {
      fail();
    }
  }

 private:
  static void on_field(void* text, std::size_t size, void* self) {
    static_cast<CsvReader*>(self)->guarded([text, size](CsvReader& reader) {
      const std::string_view field(static_cast<const char*>(text), size);
      reader.sink_.field(reader.fields_++, field);
      for (auto at = field.find('\n'); at != std::string_view::npos; at = field.find('\n', at + 1)) {
        ++reader.line_;
      }
    });
  }

  /// @param end the character that ended the record or an empty line; -1 for the end of the file.
  static void on_record(int end, void* self) {
    static_cast<CsvReader*>(self)->guarded([end](CsvReader& reader) {
      if (reader.fields_ > 0) {
        reader.sink_.record(reader.fields_, reader.record_line_);
      }
      const bool second_half_of_line_end = end == '\n' && reader.last_end_ == '\r' && reader.fields_ == 0;
      reader.line_ += second_half_of_line_end ? 0 : 1;
      reader.last_end_ = end;
      reader.fields_ = 0;
      reader.record_line_ = reader.line_;
    });
  }

  /// No exception may pass through C: the first is kept for `rethrow`, after it nothing is done.
  template <class Action>
  void guarded(const Action& action) noexcept {
    if (error_) {
      return;
    }
    try {
      action(*this);
    } catch (...) {
      error_ = std::current_exception();
    }
  }

  void rethrow() const {
    if (error_) {
      std::rethrow_exception(error_);
    }
  }

  [[noreturn]] void fail() {
    if (csv_error(&parser_) == CSV_ENOMEM) {
      throw std::bad_alloc();
    }
    throw InvalidData(file_ + ", line " + std::to_string(record_line_) +
                      ": a quote is not closed, is followed by more text, or stands in a field without quotes; "
                      "put the whole field in quotes and double those within it");
  }

  Sink& sink_;
  std::string file_;
  csv_parser parser_{};
  std::size_t fields_ = 0;
  std::uint64_t line_ = 1;
  std::uint64_t record_line_ = 1;
  int last_end_ = 0;
  std::exception_ptr error_{};
};

}  // namespace recocore::detail
