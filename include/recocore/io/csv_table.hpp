/// Tables of attributes from CSV and TSV files.
#pragma once

#include <filesystem>
#include <optional>

#include <recocore/core/run_options.hpp>
#include <recocore/data/attribute_table.hpp>
#include <recocore/io/table_config.hpp>

namespace recocore {

/// Reads a file with a header line; quoted fields as in RFC 4180, empty lines are skipped, empty fields are missing.
/// @param delimiter default: a tab for `.tsv` files, else a comma.
/// @throws as the reader of Arrow tables; IoError a file that cannot be read; InvalidData a row of the wrong length, no
///         header.
[[nodiscard]] AttributeTable read_attribute_table_csv(const std::filesystem::path& file, const TableConfig& config = {},
                                                      std::optional<char> delimiter = {},
                                                      const RunOptions& options = {});

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/io/csv_table_inl.hpp>
#endif
