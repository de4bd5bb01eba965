#pragma once

#include "base/failure.hpp"
#include "messages/events/event.hpp"

#include <chrono>

namespace carillon {

/// Learns of what others append to the log. `wait` belongs to one thread, `stop` to any.
class log_follower {
public:
  log_follower() = default;
  log_follower(const log_follower&) = delete;
  log_follower& operator=(const log_follower&) = delete;
  virtual ~log_follower() = default;

  /// Returns when somebody else has appended: a position that the log has reached. Returns 0 if
  /// nobody did for a while, or after `stop`.
  /// Errors: `store_unavailable`; another call may succeed, and waits before it tries.
  /// `store_locked`: another node has taken the store over, and this one never writes again.
  virtual expected<position> wait() = 0;

  /// Ends the call that is under way, and all later ones.
  virtual void stop() noexcept = 0;
};

} // namespace carillon
