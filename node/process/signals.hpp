#pragma once

#include "base/file/descriptor.hpp"

#include <chrono>

namespace carillon {

/// Keeps the signals that control a node, and those that it ignores, waiting for a `signal_watch`.
/// First thing in `main`: until then a SIGHUP ends the process.
void hold_signals() noexcept;

/// Undoes `hold_signals`: what waited arrives. For commands that a signal may end.
void release_signals() noexcept;

/// Takes the signals that control the process. They are blocked in the thread that makes it
/// and in every thread started from then on: make it before the first. Signals that end a process
/// by default although nobody asked it to end (SIGPIPE, SIGUSR1, SIGXFSZ …) are ignored from then
/// on, unless something else handles them.
class signal_watch {
public:
  enum class event {
    /// SIGTERM or SIGINT.
    stop,
    /// SIGHUP.
    reopen,
    /// Somebody called `wake`.
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
