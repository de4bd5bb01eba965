#pragma once

#include "base/failure.hpp"
#include "messages/events/event.hpp"

#include <chrono>

namespace carillon {

/// Detects events that other processes append to the log. `wait` belongs to one thread, `stop` to
/// any.
class log_follower {
public:
  log_follower() = default;
  log_follower(const log_follower&) = delete;
  log_follower& operator=(const log_follower&) = delete;
  virtual ~log_follower() = default;

  /// Returns the position that the log has reached when another process has appended. Returns 0 if
  /// none did for a while, or after `stop`. Errors: `store_unavailable`; another call may succeed,
  /// and waits before it tries. `store_locked`: another node has taken over the store, and this one
  /// never writes again.
  virtual expected<position> wait() = 0;

  /// Ends the running call, and all later ones.
  virtual void stop() noexcept = 0;
};

} // namespace carillon
