#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>

#include <nlohmann/json.hpp>

#include <recocore/core/time.hpp>
#include <recocore/data/attribute_table.hpp>
#include <recocore/data/catalogue.hpp>
#include <recocore/impl/data/column_rows.hpp>

#include "handles.hpp"
#include "status.hpp"

namespace recocore::capi {

namespace {

/// Bytes that are no UTF-8 become U+FFFD, since JSON has no other text.
[[nodiscard]] std::string to_json(const IdView& id) {
  if (const auto* text = std::get_if<std::string_view>(&id)) {
    return nlohmann::json(*text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  return std::to_string(std::get<std::int64_t>(id));
}

[[nodiscard]] std::string to_json(double number) { return nlohmann::json(number).dump(); }

/// `value(entry)` of each, as an array.
template <class Entries, class Value>
[[nodiscard]] std::string to_array(const Entries& entries, const Value& value) {
  std::string json = "[";
  for (const auto& entry : entries) {
    json.append(json.size() == 1 ? "" : ", ").append(value(entry));
  }
  return json.append("]");
}

/// A value of a table.
[[nodiscard]] std::string to_json(const Column& column, std::size_t row) {
  if (is_missing(column, row)) {
    return "null";
  }
  return std::visit(
      detail::Overloaded{[row](const CategoryColumn& c) { return to_json(c.values.at(c.codes[row])); },
                         [row](const LabelsColumn& c) {
                           return to_array(c.of(row), [&c](std::uint32_t code) { return to_json(c.values.at(code)); });
                         },
                         [row](const NumberColumn& c) { return to_json(c.values[row]); },
                         [row](const FlagColumn& c) { return std::string(c.values[row] == 1 ? "true" : "false"); },
                         [row](const TextColumn& c) { return to_json(IdView(c.of(row))); },
                         [row](const DateColumn& c) { return "\"" + format_time(c.values[row]) + "\""; },
                         [row](const PointColumn& c) {
                           return "[" + to_json(c.latitude[row]) + ", " + to_json(c.longitude[row]) + "]";
                         },
                         [row](const EmbeddingColumn& c) {
                           return to_array(c.of(row), [](float value) { return to_json(static_cast<double>(value)); });
                         }},
      column);
}

/// The row of a user.
[[nodiscard]] std::string to_json(const Catalogue& profiles, const IdView& user) {
  const auto position = profiles.ids().find(user);
  if (!position) {
    return "null";
  }
  const auto place = profiles.locate(*position);
  std::string json = "{";
  for (const auto& column : profiles.base().columns()) {
    // The column of the table that has the row.
    json.append(json.size() == 1 ? "" : ", ")
        .append(to_json(IdView(std::string_view(column.name))))
        .append(": ")
        .append(to_json(*place.table->find(column.name), place.row));
  }
  return json.append("}");
}

/// @param profiles NULL when the model has none.
[[nodiscard]] std::string to_json(const IdView& user, const EventLog& log, const Catalogue* profiles) {
  std::string json = R"({"user": )" + to_json(user) + R"(, "events": [)";
  for (std::size_t event = 0; event < log.size(); ++event) {
    json.append(event == 0 ? "" : ", ").append(R"({"item": )").append(to_json(log.items.at(log.item[event].value)));
    if (!log.weight.empty()) {
      json.append(R"(, "weight": )").append(nlohmann::json(log.weight[event]).dump());
    }
    if (!log.time.empty()) {
      json.append(R"(, "time": ")").append(format_time(log.time[event])).append(R"(")");
    }
    json.append("}");
  }
  json.append("]");
  if (profiles != nullptr && !profiles->base().columns().empty()) {
    json.append(R"(, "profile": )").append(to_json(*profiles, user));
  }
  return json.append("}");
}

}  // namespace

}  // namespace recocore::capi

using namespace recocore::capi;

recocore_status recocore_export_user(recocore_model* model, const recocore_ids* user, recocore_text** text,
                                     recocore_error* error) {
  return guarded(error, [&] {
    require(model, "model");
    require(text, "text");
    const auto id = to_id(user, "user");
    auto result = std::make_unique<recocore_text>();
    const std::scoped_lock lock(model->changes);
    const auto events = model->live.events_of(id);
    const auto snapshot = model->live.snapshot();
    result->text = to_json(id, events, snapshot.profiles());
    *text = result.release();
  });
}

const char* recocore_text_data(const recocore_text* text) { return text == nullptr ? "" : text->text.c_str(); }

size_t recocore_text_length(const recocore_text* text) { return text == nullptr ? 0 : text->text.size(); }

void recocore_text_free(recocore_text* text) { delete text; }
