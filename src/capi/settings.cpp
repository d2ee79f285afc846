#include "settings.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <nlohmann/json.hpp>

#include <recocore/core/error.hpp>

namespace recocore::capi {

/// Takes the events of nlohmann's parser.
struct SettingsHandler {
  using Json = nlohmann::json;

  template <class Value>
  bool add(Value&& value) {
    if (depth == 0) {
      throw InvalidParameter("settings must be a JSON object, as in {\"model\": \"item_knn\"}");
    }
    const bool twice = std::any_of(settings.values_.begin(), settings.values_.end(), [&](const Setting& other) {
      return other.section == section && other.name == name;
    });
    if (twice) {
      throw InvalidParameter("the settings have '" + name + "' twice");
    }
    auto& setting = settings.values_.emplace_back();
    setting.section = section;
    setting.name = name;
    setting.value = std::forward<Value>(value);
    return true;
  }

  // The names are nlohmann's.
  bool null() { return add(std::monostate{}); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(Json::number_integer_t value) { return add(static_cast<std::int64_t>(value)); }
  bool number_unsigned(Json::number_unsigned_t value) { return add(static_cast<std::uint64_t>(value)); }
  bool number_float(Json::number_float_t value, const Json::string_t& /*text*/) { return add(value); }
  bool string(Json::string_t& value) { return add(std::move(value)); }
  bool binary(Json::binary_t& /*value*/) { return false; }

  bool start_object(std::size_t /*elements*/) {
    if (depth == 2) {
      throw InvalidParameter("the settings have an object inside '" + section + "': they have two levels, no more");
    }
    if (++depth == 2) {
      section = name;
      if (std::find(settings.sections_.begin(), settings.sections_.end(), section) != settings.sections_.end()) {
        throw InvalidParameter("the settings have '" + section + "' twice");
      }
      settings.sections_.push_back(section);
    }
    return true;
  }
  bool key(Json::string_t& value) {
    name = value;
    return true;
  }
  bool end_object() {
    --depth;
    section.clear();
    return true;
  }
  bool start_array(std::size_t /*elements*/) {
    throw InvalidParameter("the settings have an array" + (name.empty() ? std::string() : " as '" + name + "'") +
                           ": values are numbers, texts, true, false or null");
  }
  bool end_array() { return false; }
  bool parse_error(std::size_t position, const std::string& token, const Json::exception& /*error*/) {
    throw InvalidParameter("the settings are not JSON: byte " + std::to_string(position) +
                           (token.empty() ? std::string() : ", at '" + token + "'"));
  }

  Settings& settings;
  int depth = 0;
  std::string section{};
  std::string name{};
};

Settings Settings::parse(const char* text) {
  Settings settings;
  if (text != nullptr) {
    SettingsHandler handler{.settings = settings};
    nlohmann::json::sax_parse(std::string_view(text), &handler);
  }
  return settings;
}

std::string Section::display(std::string_view name) const {
  return "'" + std::string(name) + "'" + (name_.empty() ? std::string() : " of '" + std::string(name_) + "'");
}

void Section::refuse(const char* name, const char* wanted) const {
  throw InvalidParameter("the setting " + display(name) + " must be " + wanted);
}

const Setting* Section::find(const char* name) {
  if (std::find(known_.begin(), known_.end(), name) == known_.end()) {
    known_.emplace_back(name);
  }
  for (const auto& setting : settings_.values()) {
    if (setting.section == name_ && setting.name == name && setting.value.index() != 0) {
      return &setting;
    }
  }
  return nullptr;
}

void Section::get(const char* name, bool& value) {
  if (const auto* setting = find(name)) {
    const auto* given = std::get_if<bool>(&setting->value);
    if (given == nullptr) {
      refuse(name, "true or false");
    }
    value = *given;
  }
}

void Section::get(const char* name, double& value) {
  if (const auto* setting = find(name)) {
    if (const auto* real = std::get_if<double>(&setting->value)) {
      value = *real;
    } else if (const auto* natural = std::get_if<std::uint64_t>(&setting->value)) {
      value = static_cast<double>(*natural);
    } else if (const auto* integer = std::get_if<std::int64_t>(&setting->value)) {
      value = static_cast<double>(*integer);
    } else {
      refuse(name, "a number");
    }
  }
}

std::uint64_t Section::natural(const char* name, std::uint64_t value, std::uint64_t most) {
  const auto* setting = find(name);
  if (setting == nullptr) {
    return value;
  }
  const auto* given = std::get_if<std::uint64_t>(&setting->value);
  if (given == nullptr || *given > most) {
    throw InvalidParameter("the setting " + display(name) + " must be an integer from 0 to " + std::to_string(most));
  }
  return *given;
}

void Section::get(const char* name, std::string& value) {
  if (const auto* setting = find(name)) {
    const auto* given = std::get_if<std::string>(&setting->value);
    if (given == nullptr) {
      refuse(name, "a text");
    }
    value = *given;
  }
}

void Section::finish() const {
  const auto is_section = [this](const std::string& name) {
    return std::find(sections_.begin(), sections_.end(), name) != sections_.end();
  };
  const auto check = [&](const std::string& name, const std::vector<std::string>& allowed) {
    if (std::find(allowed.begin(), allowed.end(), name) != allowed.end()) {
      return;
    }
    if (is_section(name)) {
      throw InvalidParameter("the setting " + display(name) + " must be an object");
    }
    std::string list;
    for (const auto* names : {&known_, &sections_}) {
      for (const auto& known : *names) {
        list.append(list.empty() ? "'" : ", '").append(known).append("'");
      }
    }
    throw InvalidParameter("unknown setting " + display(name) + "; " +
                           (list.empty() ? std::string("there are none") : "known are " + list));
  };
  for (const auto& setting : settings_.values()) {
    const bool null_section = setting.value.index() == 0 && is_section(setting.name);
    if (setting.section == name_ && !null_section) {
      check(setting.name, known_);
    }
  }
  if (name_.empty()) {
    for (const auto& section : settings_.sections()) {
      check(section, sections_);
    }
  }
}

}  // namespace recocore::capi
