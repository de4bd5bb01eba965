#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace carillon {

/// Limits of a session.
struct session_options {
  /// Time between two `position` frames.
  std::chrono::milliseconds heartbeat{25'000};
  /// How long a client may have more than the budget unsent before it is ended with 4008.
  std::chrono::milliseconds slow_grace{5'000};
  /// The same of a log stream, whose reader may take its time as long as it takes anything.
  std::chrono::milliseconds stream_grace{30'000};
  /// Events and bytes that a session reads at a time while it catches up.
  size_t page_events = 256;
  size_t page_bytes = 256UL * 1024;
  /// The same of a log stream.
  size_t stream_page_bytes = 64UL * 1024;
  /// Messages of a client per second, on average and in a burst.
  double commands_per_second = 20;
  /// Clients also get the `metadata` of events.
  bool metadata = false;
  /// Pause after the log could not be read.
  std::chrono::milliseconds store_pause{500};
};

/// Limits of the session hub.
struct session_hub_options {
  /// Open sessions; further ones are closed with 1013.
  size_t max_sessions = 10'000;
  /// Open sessions of one user, and of one company; 0 = bounded only by all sessions. Further ones
  /// are rejected with `quota_exceeded`, so that no user or company occupies all places.
  size_t max_per_user = 100;
  size_t max_per_company = 5'000;
  /// Open log streams of API keys, which are sessions as well; one more is rejected.
  size_t max_log_streams = 100;
  /// Segments that a session may have unhandled before it has to join again.
  uint32_t credit = 32;
  /// Events and bytes that are remembered for sessions that were away.
  size_t history_events = 16'384;
  size_t history_bytes = 16UL * 1024 * 1024;
  /// Events of one segment, and about how many bytes of them.
  size_t segment_events = 256;
  size_t segment_bytes = 64UL * 1024;
  /// Time between two checks for due work.
  std::chrono::milliseconds tick{250};
  /// How long the stop waits for sessions to end.
  std::chrono::milliseconds stop_grace{3'000};
  session_options session;
};

} // namespace carillon
