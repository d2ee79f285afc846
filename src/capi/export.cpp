#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include <recocore/core/time.hpp>

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

[[nodiscard]] std::string to_json(const IdView& user, const EventLog& log) {
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
  return json.append("]}");
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
    result->text = to_json(id, model->live.events_of(id));
    *text = result.release();
  });
}

const char* recocore_text_data(const recocore_text* text) { return text == nullptr ? "" : text->text.c_str(); }

size_t recocore_text_length(const recocore_text* text) { return text == nullptr ? 0 : text->text.size(); }

void recocore_text_free(recocore_text* text) { delete text; }
