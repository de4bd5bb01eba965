#pragma once

#include "messages/bounds.hpp"
#include "messages/evidence/counters.hpp"
#include "messages/inbound/outcomes.hpp"
#include "messages/jobs/job_counters.hpp"
#include "messages/latency_histogram.hpp"
#include "messages/remote/counters.hpp"
#include "messages/sessions/close_codes.hpp"
#include "messages/webhooks/outcomes.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

namespace carillon {

class tracer;

/// Counters of a node, written by actors and ports, read by `GET /metrics`. One per engine; every
/// counter is monotonic unless its comment says "now".
struct telemetry {
  using counter = std::atomic<uint64_t>;

  counter published_events{0};
  counter duplicate_events{0};
  /// Consumers of handlers that crashed and were started again.
  counter handler_restarts{0};
  /// Drafts that contradicted a stored event: same id, another type.
  counter conflicting_events{0};
  counter refused_overloaded{0};
  /// Rejected since the company had used up its share of events in flight.
  counter refused_quota{0};
  counter refused_unavailable{0};
  counter refused_timeout{0};
  counter commits{0};
  counter commit_failures{0};
  /// When a commit last failed and last succeeded, microseconds since the epoch; 0 = never.
  counter failed_at_us{0};
  counter committed_at_us{0};
  /// Now: events admitted and not answered yet.
  counter in_flight_events{0};
  counter in_flight_bytes{0};
  /// Now: last position of the log, and of the index.
  counter head{0};
  counter indexed{0};
  /// Now: events that the index lacks as the log is damaged there, and the first of their
  /// positions.
  counter log_damaged_events{0};
  counter log_damaged_from{0};
  /// Now: size of the data on disk, in bytes.
  counter store_bytes{0};
  latency_histogram commit_latency;
  latency_histogram publish_latency;

  /// Now: open connections of the data port.
  counter connections{0};
  counter http_requests{0};
  counter http_refused{0};
  counter connections_refused{0};
  /// Idle connections closed to make room for others.
  counter connections_evicted{0};
  /// Requests of both ports whose key or token was missing or wrong.
  counter logins_failed{0};
  counter bytes_in{0};
  counter bytes_out{0};

  /// Attempts of webhooks, by `webhook_outcome`.
  std::array<counter, webhook_outcomes.size()> webhook_attempts{};
  /// Duration of attempts that were answered.
  latency_histogram webhook_attempt_latency;
  /// From the append of an event to the success of its first attempt.
  latency_histogram webhook_delivery_latency;
  /// Now: attempts under way.
  counter webhook_in_flight{0};
  /// Endpoints that were disabled by the engine.
  counter webhooks_disabled{0};

  /// Requests of providers of webhooks, by `inbound_outcome`.
  std::array<counter, inbound_outcomes.size()> inbound_requests{};

  /// Now: open sessions; and all that were ever opened.
  counter sessions{0};
  counter sessions_opened{0};
  /// Of these, those that ended, by `session_close_slot`.
  std::array<counter, session_close_codes.size()> sessions_closed{};
  /// Requests for a session that were rejected, by a status or by a close code.
  counter sessions_refused{0};
  /// Opened with a position to resume from.
  counter session_resumes{0};
  /// Events sent to sessions, counted once per session.
  counter session_events{0};
  /// Text frames, or messages of a stream: events and control frames.
  counter session_frames{0};
  counter session_bytes_out{0};
  /// Sessions that stopped receiving live events and continued from the hub's memory or the log.
  counter session_catch_ups{0};

  /// Bounds that companies share, with the units that each holds.
  carillon::bounds bounds;

  /// Events that only a payload filter excluded, counted for each webhook, consumer or session.
  counter filtered_by_webhooks{0};
  counter filtered_by_consumers{0};
  counter filtered_by_sessions{0};

  job_counters job_attempts;
  /// Of attempts that ended.
  latency_histogram job_latency;

  remote_counters remote;

  evidence_counters evidence;

  /// Keeps spans for the collector, with counters of its own; null = there are none. Set before the
  /// first actor starts.
  std::shared_ptr<tracer> traces;
};

using telemetry_ptr = std::shared_ptr<telemetry>;

} // namespace carillon
