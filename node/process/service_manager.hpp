#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace carillon {

/// Tells a service manager such as systemd what the process does, by datagrams to the socket that
/// `NOTIFY_SOCKET` names: the protocol of sd_notify(3). Without that variable every call does
/// nothing and succeeds. A manager that does not take its datagrams delays a call by five seconds
/// at most. Thread-safe.
class service_manager {
public:
  /// Looks a variable of the environment up; null if it is not set.
  using environment = std::function<const char*(const char*)>;

  /// Reads `NOTIFY_SOCKET`, and `WATCHDOG_USEC` unless `WATCHDOG_PID` is another process.
  explicit service_manager(const environment& env);

  /// How often the manager expects `alive`; it ends the process after a longer silence. Empty = not
  /// at all.
  std::optional<std::chrono::microseconds> watchdog() const noexcept {
    return watchdog_;
  }

  // Each returns false if the manager was not told.

  /// The start, or a reload, is complete.
  bool ready() const;

  /// A reload begins; `ready` ends it.
  bool reloading() const;

  /// The stop begins.
  /// @param deadline how long it may take; a manager that would wait less long waits for it
  bool stopping(std::chrono::milliseconds deadline) const;

  bool alive() const;

private:
  bool send(std::string_view state) const;

  /// Path of the socket, or `@` and an abstract name; empty = nothing is sent.
  std::string socket_;
  std::optional<std::chrono::microseconds> watchdog_;
};

} // namespace carillon
