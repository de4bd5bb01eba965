#pragma once

#include "node/process/signals.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace carillon {

/// Receives the signals of the process on a thread of its own, from before the start to the end, so
/// that a hanging start or stop can be ended, too. From the first SIGTERM or SIGINT, or from
/// `begin_stop`, the process has until the deadline; after it, or at a further signal, it ends at
/// once with exit code 1 and a line on standard error. Acknowledged events are on disk by then in
/// any case.
class stop_watchdog {
public:
  /// Throws `std::system_error` if the system has no thread for it.
  /// @param signals used by the watchdog only, until the destructor returns
  /// @param deadline from the first signal to stop to the end of the process
  stop_watchdog(signal_watch& signals, std::chrono::milliseconds deadline);
  stop_watchdog(const stop_watchdog&) = delete;
  stop_watchdog& operator=(const stop_watchdog&) = delete;

  /// The process has stopped in time.
  ~stop_watchdog();

  /// The next event, as `signal_watch::wait` returns it; `stop` again and again. One thread at a
  /// time.
  signal_watch::event wait(std::chrono::milliseconds timeout);

  /// Ends one `wait`, the next one if there is none. Thread-safe.
  void wake();

  /// The process stops without a signal: the deadline counts from now, or from an earlier signal.
  void begin_stop();

private:
  void watch();
  bool take(signal_watch::event x);
  std::chrono::milliseconds left() const;

  signal_watch& signals_;
  const std::chrono::milliseconds deadline_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false;
  bool reopen_ = false;
  bool woken_ = false;
  bool over_ = false;
  /// Deadline of the process; none while it runs.
  std::chrono::steady_clock::time_point end_ = std::chrono::steady_clock::time_point::max();
  std::thread thread_;
};

} // namespace carillon
