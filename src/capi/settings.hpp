/// Settings as JSON: an object of values, and of objects of values.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace recocore::capi {

/// One value. Kept flat: a tree of nlohmann's allocates when it is released, which must not fail.
struct Setting {
  std::string section{};  ///< empty: at the top
  std::string name{};
  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string> value{};
};

/// A JSON document of at most two levels.
class Settings {
 public:
  /// @param text NULL: {}.
  /// @throws InvalidParameter not JSON (says where), a name given twice, an array, or a third level.
  [[nodiscard]] static Settings parse(const char* text);

  [[nodiscard]] const std::vector<Setting>& values() const noexcept { return values_; }
  [[nodiscard]] const std::vector<std::string>& sections() const noexcept { return sections_; }

 private:
  friend struct SettingsHandler;
  std::vector<Setting> values_{};
  std::vector<std::string> sections_{};
};

/// Takes the values of one section, and complains of what nobody takes.
class Section {
 public:
  /// @param name as in the document; empty for the top.
  Section(const Settings& settings, std::string_view name) : settings_(settings), name_(name) {}

  /// Each leaves the value as it is when it is not there or null.
  /// @throws InvalidParameter a value of another type or out of range.
  void get(const char* name, bool& value);
  void get(const char* name, double& value);
  void get(const char* name, std::string& value);
  template <std::unsigned_integral T>
  void get(const char* name, T& value) {
    value = static_cast<T>(natural(name, value, std::numeric_limits<T>::max()));
  }
  template <class T>
  void get(const char* name, std::optional<T>& value) {
    T given{};
    if (find(name) != nullptr) {
      get(name, given);
      value = given;
    }
  }
  /// A name among others: `parse` throws for one it does not know.
  template <class Enum>
  void get(const char* name, Enum& value, Enum (*parse)(std::string_view)) {
    std::optional<std::string> given;
    get(name, given);
    if (given) {
      value = parse(*given);
    }
  }

  /// @throws InvalidParameter a value or, at the top, a section that was not taken; lists what there is.
  void finish() const;
  /// At the top: a section that is allowed.
  void allow_section(const char* name) { sections_.emplace_back(name); }

 private:
  [[nodiscard]] const Setting* find(const char* name);
  [[nodiscard]] std::uint64_t natural(const char* name, std::uint64_t value, std::uint64_t most);
  [[noreturn]] void refuse(const char* name, const char* wanted) const;
  [[nodiscard]] std::string display(std::string_view name) const;

  const Settings& settings_;
  std::string_view name_;
  std::vector<std::string> known_{};
  std::vector<std::string> sections_{};
};

}  // namespace recocore::capi
