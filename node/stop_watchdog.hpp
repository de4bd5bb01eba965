#pragma once

#include "node/signals.hpp"

#include <chrono>
#include <thread>

namespace carillon {

/// Bounds how long the process takes to stop: past the deadline, or with a second SIGTERM or
/// SIGINT, it ends at once with exit code 1 and a line on standard error. Acknowledged events
/// are on disk by then in any case.
class stop_watchdog {
public:
  /// @param signals nobody else waits for them until the destructor returns
  stop_watchdog(signal_watch& signals, std::chrono::milliseconds deadline);
  stop_watchdog(const stop_watchdog&) = delete;
  stop_watchdog& operator=(const stop_watchdog&) = delete;

  /// The process has stopped in time.
  ~stop_watchdog();

private:
  void watch(std::chrono::milliseconds deadline);

  signal_watch& signals_;
  std::thread thread_;
};

} // namespace carillon
