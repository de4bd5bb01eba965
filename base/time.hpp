#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace carillon {

/// A point in time, UTC, microseconds since the Unix epoch.
using timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// Returns the time now.
timestamp wall_clock_now();

/// Microseconds since the epoch, as stores keep it.
constexpr int64_t to_micros(timestamp t) {
  return t.time_since_epoch().count();
}

/// Inverse of `to_micros`.
constexpr timestamp from_micros(int64_t x) {
  return timestamp{std::chrono::microseconds{x}};
}

/// Formats as RFC 3339 with `Z`, e.g. `2026-11-23T05:35:54.123456Z`; trailing
/// zeros of the fraction are kept, so that texts sort like times.
std::string to_rfc3339(timestamp t);

/// Appends what `to_rfc3339` returns, without an allocation of its own.
void append_rfc3339(std::string& out, timestamp t);

/// Parses RFC 3339 section 5.6 (`Z` or an offset, any number of fraction digits, six count; years
/// 0000–9999; second 60 only at the end of June or December in UTC). Empty for any other text.
std::optional<timestamp> from_rfc3339(std::string_view text);

/// Parses a full RFC 3339 time or a bare date `YYYY-MM-DD` (midnight UTC).
std::optional<timestamp> from_date_or_time(std::string_view text);

} // namespace carillon
