#pragma once

#include <algorithm>
#include <chrono>

#include <recocore/core/config.hpp>
#include <recocore/core/time.hpp>

namespace recocore {

namespace detail {

/// Consumes a text from the front; each step says whether the text was as expected.
class TimeReader {
 public:
  explicit TimeReader(std::string_view text) noexcept : rest_(text) {}

  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

  bool any_of(std::string_view characters, char& taken) noexcept {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) {
      return false;
    }
    taken = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }
  bool any_of(std::string_view characters) noexcept {
    char ignored = 0;
    return any_of(characters, ignored);
  }

  /// Exactly `count` digits.
  bool digits(std::size_t count, std::uint32_t& value) noexcept {
    if (rest_.size() < count) {
      return false;
    }
    value = 0;
    for (std::size_t digit = 0; digit < count; ++digit) {
      const char character = rest_[digit];
      if (character < '0' || character > '9') {
        return false;
      }
      value = value * 10 + static_cast<std::uint32_t>(character - '0');
    }
    rest_.remove_prefix(count);
    return true;
  }

  /// One or more digits after the decimal point, in microseconds; finer ones are cut off.
  bool fraction(std::int64_t& microseconds) noexcept {
    const auto length = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    microseconds = 0;
    for (std::size_t digit = 0; digit < 6; ++digit) {
      microseconds = microseconds * 10 + (digit < length ? rest_[digit] - '0' : 0);
    }
    rest_.remove_prefix(length);
    return length > 0;
  }

 private:
  std::string_view rest_;
};

inline bool read_date(TimeReader& reader, std::int64_t& microseconds) {
  std::uint32_t year = 0;
  std::uint32_t month = 0;
  std::uint32_t day = 0;
  if (!(reader.digits(4, year) && reader.any_of("-") && reader.digits(2, month) && reader.any_of("-") &&
        reader.digits(2, day))) {
    return false;
  }
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)), std::chrono::month(month),
                                         std::chrono::day(day)};
  microseconds = date.ok() ? std::chrono::sys_days(date).time_since_epoch().count() * microseconds_per_day : 0;
  return date.ok();
}

inline bool read_time_of_day(TimeReader& reader, std::int64_t& microseconds) {
  std::uint32_t hour = 0;
  std::uint32_t minute = 0;
  std::uint32_t second = 0;
  std::int64_t fraction = 0;
  if (!(reader.digits(2, hour) && reader.any_of(":") && reader.digits(2, minute))) {
    return false;
  }
  if (reader.any_of(":")) {
    if (!reader.digits(2, second) || (reader.any_of(".,") && !reader.fraction(fraction))) {
      return false;
    }
  }
  microseconds = (hour * 60LL + minute) * 60 * microseconds_per_second + second * microseconds_per_second + fraction;
  return hour < 24 && minute < 60 && second < 60;
}

/// `Z`, `+02`, `+0200`, `+02:00` or nothing.
inline bool read_offset(TimeReader& reader, std::int64_t& microseconds) {
  microseconds = 0;
  char sign = 0;
  if (reader.at_end() || reader.any_of("Zz")) {
    return true;
  }
  std::uint32_t hours = 0;
  std::uint32_t minutes = 0;
  if (!reader.any_of("+-", sign) || !reader.digits(2, hours)) {
    return false;
  }
  if (!reader.at_end()) {
    reader.any_of(":");
    if (!reader.digits(2, minutes)) {
      return false;
    }
  }
  microseconds = (hours * 60LL + minutes) * 60 * microseconds_per_second * (sign == '-' ? -1 : 1);
  return hours < 24 && minutes < 60;
}

inline void append_padded(std::string& text, std::int64_t value, std::size_t width) {
  const auto digits = std::to_string(value);
  text.append(width > digits.size() ? width - digits.size() : 0, '0').append(digits);
}

}  // namespace detail

RECOCORE_INLINE std::optional<std::int64_t> parse_time(std::string_view text) {
  detail::TimeReader reader(text);
  std::int64_t date = 0;
  std::int64_t time_of_day = 0;
  std::int64_t offset = 0;
  if (!detail::read_date(reader, date)) {
    return std::nullopt;
  }
  if (!reader.at_end() &&
      !(reader.any_of("Tt ") && detail::read_time_of_day(reader, time_of_day) && detail::read_offset(reader, offset))) {
    return std::nullopt;
  }
  return reader.at_end() ? std::optional(date + time_of_day - offset) : std::nullopt;
}

RECOCORE_INLINE std::string format_time(std::int64_t microseconds) {
  std::int64_t days = microseconds / microseconds_per_day;
  std::int64_t of_day = microseconds % microseconds_per_day;
  if (of_day < 0) {
    of_day += microseconds_per_day;
    --days;
  }
  // 64 bits of microseconds reach years that std::chrono::year cannot hold; the calendar repeats every 400 years.
  constexpr std::int64_t days_per_cycle = 146'097;
  const std::int64_t cycles = days / days_per_cycle - (days % days_per_cycle < 0 ? 1 : 0);
  const std::chrono::year_month_day date{
      std::chrono::sys_days(std::chrono::days(static_cast<int>(days - cycles * days_per_cycle)))};
  const std::int64_t year = static_cast<int>(date.year()) + cycles * 400;

  std::string text = year < 0 ? "-" : "";
  detail::append_padded(text, year < 0 ? -year : year, 4);
  detail::append_padded(text += '-', static_cast<unsigned>(date.month()), 2);
  detail::append_padded(text += '-', static_cast<unsigned>(date.day()), 2);
  const std::int64_t seconds = of_day / microseconds_per_second;
  detail::append_padded(text += 'T', seconds / 3600, 2);
  detail::append_padded(text += ':', seconds / 60 % 60, 2);
  detail::append_padded(text += ':', seconds % 60, 2);
  if (const std::int64_t fraction = of_day % microseconds_per_second; fraction != 0) {
    detail::append_padded(text += '.', fraction, 6);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text += 'Z';
}

}  // namespace recocore
