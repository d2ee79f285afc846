/// Times as text and as microseconds since 1970-01-01 UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace recocore {

inline constexpr std::int64_t microseconds_per_second = 1'000'000;
inline constexpr std::int64_t microseconds_per_day = 86'400 * microseconds_per_second;

/// The years 1 to 9999, which is what ISO 8601 can write: anything else is a mistake about the unit.
inline constexpr std::int64_t earliest_time = -62'135'596'800 * microseconds_per_second;
inline constexpr std::int64_t latest_time = 253'402'300'800 * microseconds_per_second - 1;

/// Reads ISO 8601: `2021-12-31`, `2021-12-31 23:59`, `2021-12-31T23:59:58.123456Z`, `...+02:00`. Without an offset:
/// UTC. None when it is not such a time or not a real date.
[[nodiscard]] std::optional<std::int64_t> parse_time(std::string_view text);

/// `2021-12-31T23:59:58Z`, with a fraction only where there is one.
[[nodiscard]] std::string format_time(std::int64_t microseconds);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/core/time_inl.hpp>
#endif
