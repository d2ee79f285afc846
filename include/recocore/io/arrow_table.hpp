/// Tables of attributes from Apache Arrow.
#pragma once

#include <recocore/core/run_options.hpp>
#include <recocore/data/attribute_table.hpp>
#include <recocore/io/arrow_abi.hpp>
#include <recocore/io/table_config.hpp>

namespace recocore {

/// Reads all rows of a stream of record batches, and releases the stream whatever happens.
///
/// Columns may have booleans, integers, floating-point numbers, decimals, text, timestamps, dates, lists of these
/// (of fixed size or not), dictionaries and nulls. Text is empty where it is missing.
/// @throws MissingColumn no column of ids, or none of a name in `config`; IdTypeError ids that are neither integers nor
///         text; InvalidData ids missing or given twice, values that do not fit the kind of their column (with row and
///         id), columns of another Arrow type; IoError when the stream fails; Cancelled, DeadlineExceeded.
[[nodiscard]] AttributeTable read_attribute_table(ArrowArrayStream& stream, const TableConfig& config = {},
                                                  const RunOptions& options = {});

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/io/arrow_table_inl.hpp>
#endif
