#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <pybind11/stl.h>

#include <recocore/core/error.hpp>
#include <recocore/core/time.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/impl/core/names.hpp>
#include <recocore/impl/core/text.hpp>
#include <recocore/io/arrow.hpp>
#include <recocore/io/arrow_export.hpp>
#include <recocore/io/csv.hpp>
#include <recocore/io/state.hpp>

#include "arrow_capsule.hpp"
#include "bindings.hpp"
#include "ids.hpp"

namespace recocore::python {

namespace {

template <class T>
using Contiguous = py::array_t<T, py::array::c_style>;

/// Which columns of a table are what.
struct Columns {
  std::string user;
  std::string item;
  std::optional<std::string> weight;
  std::optional<std::string> event;
  std::optional<std::string> timestamp;
  EventWeights event_weights;
  std::string time_unit;
  std::optional<std::string> consent;
  std::set<std::string, std::less<>> purposes;
  /// Events that the last reading left out for want of consent.
  mutable std::uint64_t withheld = 0;
};

[[nodiscard]] InteractionsConfig make_config(const std::string& duplicates, std::optional<double> half_life_seconds,
                                             std::optional<std::int64_t> reference_time,
                                             std::uint64_t max_events_per_user, std::uint32_t min_items_per_user,
                                             std::uint32_t min_users_per_item) {
  constexpr std::array<std::string_view, 4> names{"sum", "max", "last", "binary"};
  InteractionsConfig config{.max_events_per_user = max_events_per_user,
                            .half_life_seconds = half_life_seconds,
                            .reference_time = reference_time,
                            .duplicates = detail::parse_name<Duplicates>("duplicates", duplicates, names),
                            .min_items_per_user = min_items_per_user,
                            .min_users_per_item = min_users_per_item};
  config.validate();
  return config;
}

/// @param brief read by this thread: one of its own, for interrupts, would cost more than a few rows do.
[[nodiscard]] Interactions read_stream(ArrowArrayStream& stream, const Columns& columns,
                                       const InteractionsConfig& config, bool brief = false) {
  const ArrowConfig arrow{.user = columns.user,
                          .item = columns.item,
                          .weight = columns.weight,
                          .event = columns.event,
                          .timestamp = columns.timestamp,
                          .event_weights = columns.event_weights,
                          .consent = columns.consent,
                          .purposes = columns.purposes,
                          .time_unit = parse_time_unit(columns.time_unit)};
  const auto read = [&](const RunOptions& options) {
    return Interactions::from_events(read_events_arrow(stream, arrow, options, &columns.withheld), config, options);
  };
  if (brief) {
    const py::gil_scoped_release without_gil;
    return read(RunOptions{.threads = 1});
  }
  return run_interruptible(1, py::none(), read);
}

[[nodiscard]] Interactions from_arrow(const py::capsule& stream, const Columns& columns,
                                      const InteractionsConfig& config) {
  return read_stream(stream_of(stream), columns, config);
}

/// A column in the caller's memory, which outlives the call.
[[nodiscard]] ArrowExportColumn borrow(const std::string& name, const std::string& format, const py::array& values) {
  return {.name = name,
          .format = format,
          .buffers = {nullptr, std::shared_ptr<const void>(std::shared_ptr<const void>{}, values.data())},
          .length = values.size()};
}

[[nodiscard]] ArrowExportColumn borrow(const std::string& name, const Ids& ids) {
  const auto no_owner = [](const void* data) {
    return std::shared_ptr<const void>(std::shared_ptr<const void>{}, data);
  };
  const auto column = ids.column();
  const auto length = static_cast<std::int64_t>(ids.size());
  if (const auto* texts = std::get_if<PackedText<std::int64_t>>(&column.layout())) {
    return {.name = name,
            .format = "U",
            .buffers = {nullptr, no_owner(texts->offsets.data()), no_owner(texts->bytes)},
            .length = length};
  }
  return {.name = name,
          .format = "l",
          .buffers = {nullptr, no_owner(std::get<std::span<const std::int64_t>>(column.layout()).data())},
          .length = length};
}

/// @param arrays by name: ids, or a pair of an Arrow format and an array with values of that format.
[[nodiscard]] Interactions from_columns(const py::dict& arrays, const Columns& columns,
                                        const InteractionsConfig& config) {
  std::vector<ArrowExportColumn> table;
  for (const auto& [name, column] : arrays) {
    if (py::isinstance<Ids>(column)) {
      table.push_back(borrow(py::cast<std::string>(name), py::cast<const Ids&>(column)));
    } else {
      const auto [format, values] = py::cast<std::pair<std::string, py::array>>(column);
      table.push_back(borrow(py::cast<std::string>(name), format, values));
    }
    if (table.back().length != table.front().length) {
      throw InvalidData("the column " + to_display(table.back().name) + " has " + std::to_string(table.back().length) +
                        " rows, but " + to_display(table.front().name) + " has " +
                        std::to_string(table.front().length) + "; all columns need one value a row");
    }
  }
  constexpr std::int64_t few_rows = 4096;
  const bool brief = !table.empty() && table.front().length <= few_rows;
  ArrowArrayStream stream{};
  export_table(std::move(table), stream);
  return read_stream(stream, columns, config, brief);
}

template <class T>
[[nodiscard]] std::vector<std::uint64_t> to_offsets(const Contiguous<T>& indptr) {
  std::vector<std::uint64_t> offsets;
  offsets.reserve(static_cast<std::size_t>(indptr.size()));
  for (py::ssize_t row = 0; row < indptr.size(); ++row) {
    const T offset = indptr.data()[row];
    if (offset < 0) {
      throw InvalidData("indptr[" + std::to_string(row) + "] is " + std::to_string(offset) +
                        "; offsets of rows are not negative");
    }
    offsets.push_back(static_cast<std::uint64_t>(offset));
  }
  return offsets;
}

template <class T>
[[nodiscard]] std::vector<ItemIx> to_positions(const Contiguous<T>& indices, std::size_t columns) {
  std::vector<ItemIx> items;
  items.reserve(static_cast<std::size_t>(indices.size()));
  for (py::ssize_t entry = 0; entry < indices.size(); ++entry) {
    const T index = indices.data()[entry];
    if (std::cmp_less(index, 0) || std::cmp_greater_equal(index, columns)) {
      throw InvalidData("indices[" + std::to_string(entry) + "] is column " + std::to_string(index) +
                        ", but the matrix has " + std::to_string(columns) + " columns");
    }
    items.emplace_back(static_cast<std::uint32_t>(index));
  }
  return items;
}

[[nodiscard]] std::vector<float> to_values(const Contiguous<double>& data) {
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(data.size()));
  for (py::ssize_t entry = 0; entry < data.size(); ++entry) {
    const double value = data.data()[entry];
    values.push_back(static_cast<float>(value));
    if (std::isfinite(value) && !std::isfinite(values.back())) {
      throw InvalidData("data[" + std::to_string(entry) + "] is " + detail::number_text(value) +
                        ", which a 32-bit float does not hold; scale the matrix down");
    }
  }
  return values;
}

/// @param indptr, indices of int32 or int64; data of float32 or float64.
[[nodiscard]] Interactions from_csr(const py::array& indptr, const py::array& indices, const py::array& data,
                                    std::size_t columns, const InteractionsConfig& config) {
  if (columns > max_index_count) {
    throw CapacityExceeded("a matrix of " + std::to_string(columns) + " columns is too wide: there may be at most " +
                           std::to_string(max_index_count) + " items");
  }
  SparseRows<UserIx, ItemIx> rows;
  rows.columns = columns;
  rows.offsets = py::isinstance<Contiguous<std::int32_t>>(indptr) ? to_offsets<std::int32_t>(indptr)
                                                                  : to_offsets<std::int64_t>(indptr);
  rows.indices = py::isinstance<Contiguous<std::int32_t>>(indices) ? to_positions<std::int32_t>(indices, columns)
                                                                   : to_positions<std::int64_t>(indices, columns);
  if (py::isinstance<Contiguous<float>>(data)) {
    const auto values = Contiguous<float>(data);
    rows.values.assign(values.data(), values.data() + values.size());
  } else {
    rows.values = to_values(data);
  }
  return run_interruptible(1, py::none(), [&](const RunOptions& options) {
    return Interactions::from_rows(std::move(rows), config, options);
  });
}

[[nodiscard]] Interactions from_csv(const std::string& path, const Columns& columns, const InteractionsConfig& config,
                                    const std::optional<std::string>& delimiter) {
  CsvConfig csv{.user = columns.user,
                .item = columns.item,
                .weight = columns.weight,
                .event = columns.event,
                .timestamp = columns.timestamp,
                .event_weights = columns.event_weights,
                .consent = columns.consent,
                .purposes = columns.purposes};
  if (delimiter) {
    if (delimiter->size() != 1) {
      throw InvalidParameter("delimiter is " + to_display(*delimiter) + "; it must be a single character");
    }
    csv.delimiter = delimiter->front();
  }
  return run_interruptible(1, py::none(), [&](const RunOptions& options) {
    return Interactions::from_events(read_events_csv(path, csv, options, &columns.withheld), config, options);
  });
}

/// Memory of an object as a read-only array that keeps the object alive.
template <class T>
[[nodiscard]] py::array view(const void* data, std::size_t size, const py::object& owner) {
  auto array = py::array_t<T>(static_cast<py::ssize_t>(size), static_cast<const T*>(data), owner);
  array.attr("setflags")(py::arg("write") = false);
  return array;
}

/// indptr, indices and data (None when all are 1) of the rows by user.
[[nodiscard]] py::tuple csr(const py::object& self) {
  const auto& rows = py::cast<const Interactions&>(self).by_user();
  return py::make_tuple(
      view<std::int64_t>(rows.offsets.data(), rows.offsets.size(), self),
      view<std::int32_t>(rows.indices.data(), rows.indices.size(), self),
      rows.is_binary() ? py::object(py::none()) : view<float>(rows.values.data(), rows.values.size(), self));
}

[[nodiscard]] py::object times(const py::object& self) {
  const auto values = py::cast<const Interactions&>(self).times();
  return values.empty() ? py::object(py::none()) : view<std::int64_t>(values.data(), values.size(), self);
}

[[nodiscard]] py::capsule arrow_stream(const Interactions& interactions) {
  const auto& rows = interactions.by_user();
  std::vector<std::uint32_t> users;
  std::vector<std::uint32_t> items;
  users.reserve(rows.entries());
  items.reserve(rows.entries());
  for (std::size_t user = 0; user < rows.rows(); ++user) {
    users.insert(users.end(), rows.row_size(UserIx(user)), static_cast<std::uint32_t>(user));
  }
  for (const ItemIx item : rows.indices) {
    items.push_back(item.value);
  }
  auto weights = rows.is_binary() ? std::vector<float>(rows.entries(), 1.0F) : rows.values;
  std::vector<ArrowExportColumn> table{export_ids("user_id", interactions.users(), users),
                                       export_ids("item_id", interactions.items(), items),
                                       export_values("weight", "f", std::move(weights))};
  if (const auto times = interactions.times(); !times.empty()) {
    table.push_back(export_values("timestamp", "tsu:UTC", std::vector<std::int64_t>(times.begin(), times.end())));
  }
  return to_capsule(std::move(table));
}

/// offsets and items: all events of each user, repetitions included, by time and then by item.
[[nodiscard]] py::tuple sequences(const Interactions& interactions) {
  const auto log = interactions.events();
  std::vector<std::size_t> order(log.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&log](std::size_t a, std::size_t b) {
    const auto key = [&log](std::size_t event) {
      return std::tuple(log.user[event], log.time.empty() ? 0 : log.time[event], log.item[event]);
    };
    return key(a) < key(b);
  });
  std::vector<std::uint64_t> offsets(log.users.size() + 1, 0);
  std::vector<std::uint32_t> items;
  items.reserve(order.size());
  for (const auto event : order) {
    items.push_back(log.item[event].value);
    ++offsets[log.user[event].value + 1];
  }
  std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
  return py::make_tuple(to_array(std::move(offsets)), to_array(std::move(items)), to_python(log.items));
}

[[nodiscard]] py::dict report(const Interactions& interactions) {
  const auto& r = interactions.report();
  py::dict fields;
  fields["events"] = r.events;
  fields["users_read"] = r.users_read;
  fields["items_read"] = r.items_read;
  fields["over_cap_events"] = r.over_cap_events;
  fields["capped_users"] = r.capped_users;
  fields["faded_events"] = r.faded_events;
  fields["duplicate_events"] = r.duplicate_events;
  fields["rare_users"] = r.rare_users;
  fields["rare_items"] = r.rare_items;
  fields["rare_events"] = r.rare_events;
  fields["interactions"] = r.interactions;
  return fields;
}

}  // namespace

void bind_data(py::module_& module) {
  module.def(
      "missing_column_text",
      [](const std::string& wanted, const std::vector<std::string>& columns) {
        return missing_column_text(wanted, columns);
      },
      py::arg("wanted"), py::arg("columns"));
  module.def(
      "parse_time", [](const std::string& text) { return parse_time(text); }, py::arg("text"),
      "Microseconds since 1970 of ISO 8601 text.");

  py::class_<InteractionsConfig>(module, "InteractionsConfig", "How events become interactions.")
      .def(py::init(&make_config), py::kw_only(), py::arg("duplicates"), py::arg("half_life_seconds"),
           py::arg("reference_time"), py::arg("max_events_per_user"), py::arg("min_items_per_user"),
           py::arg("min_users_per_item"));

  py::class_<Columns>(module, "Columns", "Which columns of a table are what.")
      .def(py::init([](std::string user, std::string item, std::optional<std::string> weight,
                       std::optional<std::string> event, std::optional<std::string> timestamp,
                       const std::map<std::string, double>& event_weights, std::string time_unit,
                       std::optional<std::string> consent, const std::vector<std::string>& purposes) {
             return Columns{
                 std::move(user),      std::move(item),      std::move(weight),
                 std::move(event),     std::move(timestamp), EventWeights(event_weights.begin(), event_weights.end()),
                 std::move(time_unit), std::move(consent),   {purposes.begin(), purposes.end()}};
           }),
           py::kw_only(), py::arg("user"), py::arg("item"), py::arg("weight"), py::arg("event"), py::arg("timestamp"),
           py::arg("event_weights"), py::arg("time_unit"), py::arg("consent") = py::none(),
           py::arg("purposes") = std::vector<std::string>())
      .def_readonly("withheld", &Columns::withheld);

  py::class_<Interactions>(module, "Interactions", "Who interacted with what, and how strongly.")
      .def_static("from_arrow", &from_arrow, py::arg("stream"), py::arg("columns"), py::arg("config"))
      .def_static("from_columns", &from_columns, py::arg("arrays"), py::arg("columns"), py::arg("config"))
      .def_static("from_csr", &from_csr, py::arg("indptr"), py::arg("indices"), py::arg("data"), py::arg("n_columns"),
                  py::arg("config"))
      .def_static("from_csv", &from_csv, py::arg("path"), py::arg("columns"), py::arg("config"), py::arg("delimiter"))
      .def_static(
          "from_bytes",
          [](const py::bytes& state) {
            const std::string_view bytes(state);
            const py::gil_scoped_release without_gil;
            return interactions_from_bytes(bytes);
          },
          py::arg("state"))
      .def("to_bytes", [](const Interactions& self) { return py::bytes(to_bytes(self)); })
      .def("arrow_stream", &arrow_stream)
      .def("users", [](const Interactions& self) { return to_python(self.users()); })
      .def("items", [](const Interactions& self) { return to_python(self.items()); })
      .def("csr", &csr)
      .def("times", &times)
      .def("sequences", &sequences)
      .def("report", &report)
      .def("report_text", [](const Interactions& self) { return to_text(self.report()); })
      .def_property_readonly("n_users", [](const Interactions& self) { return self.users().size(); })
      .def_property_readonly("n_items", [](const Interactions& self) { return self.items().size(); })
      .def("__len__", &Interactions::size)
      .def(
          "equals", [](const Interactions& self, const Interactions& other) { return self == other; }, py::arg("other"),
          py::call_guard<py::gil_scoped_release>());
}

}  // namespace recocore::python
