#pragma once

#include "base/time.hpp"

#include <chrono>
#include <cstdint>

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

} // namespace carillon
