#pragma once

#include <string>
#include <utility>
#include <vector>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/impl/io/csv_file.hpp>
#include <recocore/impl/io/make_table.hpp>
#include <recocore/impl/io/raw_column.hpp>
#include <recocore/io/csv_table.hpp>

namespace recocore {

namespace detail {

/// Collects the records of a file: the sink of a `CsvReader`.
class CsvRows {
 public:
  explicit CsvRows(std::string file) : file_(std::move(file)) {}

  void field(std::size_t column, std::string_view text) {
    if (!has_header_) {
      columns_.emplace_back(std::string(text));
      columns_.back().mark_untyped();
    } else if (column < columns_.size()) {
      if (text.empty()) {
        columns_[column].add_missing();
      } else {
        columns_[column].add_text(text);
      }
    }
  }

  void record(std::size_t fields, std::uint64_t line) {
    if (std::exchange(has_header_, true) && fields != columns_.size()) {
      throw InvalidData(file_ + ", line " + std::to_string(line) + ": there are " + std::to_string(fields) +
                        " fields, but the header has " + std::to_string(columns_.size()) +
                        "; is a delimiter missing, or in a field without quotes?");
    }
  }

  [[nodiscard]] std::vector<RawColumn> take() {
    if (!has_header_) {
      throw InvalidData(file_ + " is empty; it needs a header line with the names of its columns");
    }
    return std::move(columns_);
  }

 private:
  std::string file_;
  bool has_header_ = false;
  std::vector<RawColumn> columns_{};
};

}  // namespace detail

RECOCORE_INLINE AttributeTable read_attribute_table_csv(const std::filesystem::path& file, const TableConfig& config,
                                                        std::optional<char> delimiter, const RunOptions& options) {
  detail::CsvRows rows(file.string());
  detail::read_csv_file(file, detail::delimiter_of(file, delimiter), rows, options);
  return detail::TableMaker(rows.take(), config).run();
}

}  // namespace recocore
