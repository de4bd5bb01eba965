#pragma once

#include "base/file/descriptor.hpp"

#include <chrono>

namespace carillon {

/// Holds the signals that control a node, and those that it ignores, for a `signal_watch`. Must be
/// called first in `main`: until then a SIGHUP ends the process.
void hold_signals() noexcept;

/// Undoes `hold_signals`: held signals arrive. For commands that a signal may end.
void release_signals() noexcept;

/// Receives the signals that control the process. They are blocked in the thread that makes it and
/// in every later thread: make it before the first thread. Other signals that end a process by
/// default (SIGPIPE, SIGUSR1, SIGXFSZ …) are ignored from then on, unless another handler exists.
class signal_watch {
public:
  enum class event {
    /// SIGTERM or SIGINT.
    stop,
    /// SIGHUP.
    reopen,
    /// `wake` was called.
    woken,
    /// The time is over.
    timeout,
  };

  /// Throws `std::system_error` if there are no descriptors left.
  signal_watch();
  signal_watch(const signal_watch&) = delete;
  signal_watch& operator=(const signal_watch&) = delete;

  /// Waits for the next event. One thread at a time.
  event wait(std::chrono::milliseconds timeout);

  /// Ends one `wait`, the next one if there is none. Thread-safe.
  void wake() const noexcept;

private:
  descriptor signals_;
  descriptor wakeups_;
};

} // namespace carillon
