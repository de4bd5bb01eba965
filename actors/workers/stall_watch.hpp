#pragma once

#include "base/time.hpp"
#include "messages/consumers/consumer.hpp"
#include "messages/events/event.hpp"
#include "messages/workers/remote_consumer.hpp"

#include <chrono>
#include <optional>

namespace carillon {

/// Since when a remote consumer has no worker, and when to look whether events wait for one, which
/// is reported once for each time without workers. Plain logic.
class stall_watch {
public:
  using clock = std::chrono::steady_clock;

  /// @param after time without a worker before each look; empty = it looks never
  explicit stall_watch(std::optional<std::chrono::milliseconds> after = {}) : after_(after) {
  }

  /// Nothing happens if it is known already.
  /// @param wall,now the same moment by both clocks
  void set_alone(bool alone, timestamp wall, clock::time_point now);

  /// Empty while a worker is there.
  const std::optional<timestamp>& alone_since() const noexcept {
    return alone_since_;
  }

  /// When to look; empty while a worker is there, and once it was reported.
  const std::optional<clock::time_point>& due() const noexcept {
    return due_;
  }

  /// True if it is time to look; the next time is set.
  bool look(clock::time_point now);

  /// What was seen.
  /// @returns the report; null if there is nothing to report
  draft_ptr report(const remote_consumer& of, const consumer_status& x);

private:
  std::optional<std::chrono::milliseconds> after_;
  std::optional<timestamp> alone_since_;
  std::optional<clock::time_point> due_;
};

} // namespace carillon
