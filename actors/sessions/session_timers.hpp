#pragma once

#include "base/time.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace carillon {

/// When each session is due: at its heartbeats, and when its identity expires. Plain logic.
class session_timers {
public:
  using clock = std::chrono::steady_clock;

  /// @param heartbeat time between two heartbeats of a session
  explicit session_timers(std::chrono::milliseconds heartbeat);

  /// @param expires_at empty = its identity does not expire
  void add(uint64_t id, clock::time_point now, std::optional<timestamp> expires_at);

  void remove(uint64_t id);

  /// Takes the sessions that are due now: at most once for its heartbeat, and once when it expires.
  std::vector<uint64_t> take_due(clock::time_point now, timestamp wall);

private:
  std::chrono::milliseconds heartbeat_;
  /// The sessions, with the ends of their identities.
  std::unordered_map<uint64_t, std::optional<timestamp>> sessions_;
  /// Ascending. Those of removed sessions are dropped when they are due.
  std::deque<std::pair<clock::time_point, uint64_t>> beats_;
  std::set<std::pair<timestamp, uint64_t>> expiries_;
};

} // namespace carillon
