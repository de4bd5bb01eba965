#pragma once

#include <chrono>
#include <cstddef>

namespace carillon {

/// Settings that all consumers share.
struct consumer_options {
  /// Events in a page of catch-up.
  size_t page_events = 2'000;
  /// Events that a function's thread gets per hand-over (two hand-overs are under way).
  size_t work_events = 256;
  /// Deliveries under way to an actor.
  size_t actor_in_flight = 256;
  /// Events whose effects may wait for their commit.
  size_t uncommitted_events = 20'000;
  /// Rows of effects that may wait for their commit: one commit delays those of other consumers.
  size_t uncommitted_rows = 10'000;
  /// Time from the first uncommitted change to its commit.
  std::chrono::milliseconds commit_interval{50};
  /// The same interval when no event matched.
  std::chrono::milliseconds idle_commit_interval{5'000};
  /// Pause after the store or the router rejected a request.
  std::chrono::milliseconds store_pause{500};
  /// Threads that may hang in a function before the consumer waits for one of them.
  size_t max_stuck_threads = 4;
};

} // namespace carillon
