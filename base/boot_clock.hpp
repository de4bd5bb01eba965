#pragma once

#include <chrono>

#include <time.h>

namespace carillon {

/// Time since the machine started, its sleep included: nobody sets it, and it goes on while the
/// machine sleeps or the process is stopped. `CLOCK_BOOTTIME`.
struct boot_clock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<boot_clock>;
  static constexpr bool is_steady = true;

  static time_point now() noexcept {
    timespec x{};
    ::clock_gettime(CLOCK_BOOTTIME, &x);
    return time_point{std::chrono::seconds{x.tv_sec} + std::chrono::nanoseconds{x.tv_nsec}};
  }
};

} // namespace carillon
