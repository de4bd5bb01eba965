#pragma once

#include "base/time.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

namespace carillon {

// Counters are kept by the hour, as hours since the epoch.

/// The hour of a time.
constexpr int64_t hour_of(timestamp t) {
  return std::chrono::floor<std::chrono::hours>(t).time_since_epoch().count();
}

/// The first hour that begins at `t` or later.
constexpr int64_t hour_after(timestamp t) {
  return std::chrono::ceil<std::chrono::hours>(t).time_since_epoch().count();
}

constexpr timestamp begin_of_hour(int64_t hour) {
  return timestamp{std::chrono::hours{hour}};
}

/// The first hour of an hour's day.
constexpr int64_t first_hour_of_day(int64_t hour) {
  const auto day = std::chrono::floor<std::chrono::days>(begin_of_hour(hour));
  return hour_of(day);
}

/// The hours of a range of times, of which either end may be open.
struct hour_range {
  /// Inclusive.
  int64_t from = std::numeric_limits<int64_t>::min();
  /// Exclusive.
  int64_t to = std::numeric_limits<int64_t>::max();

  hour_range(const std::optional<timestamp>& begin, const std::optional<timestamp>& end) {
    if (begin)
      from = hour_of(*begin);
    if (end)
      to = hour_after(*end);
  }

  bool holds(int64_t hour) const noexcept {
    return hour >= from && hour < to;
  }
};

} // namespace carillon
