#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace carillon {

/// Deadlines of an attempt.
struct attempt_deadlines {
  std::chrono::milliseconds total{15'000};
  std::chrono::milliseconds connect{5'000};
};

/// Limits and deadlines that all endpoints share.
struct endpoint_options {
  attempt_deadlines deadlines;
  /// An endpoint that only failed for this time is disabled.
  std::chrono::milliseconds give_up_after = std::chrono::hours{24 * 5};
  /// Pause after the node itself could not send.
  std::chrono::milliseconds overload_pause{1'000};
  /// Pause after a 410, in which the webhook is disabled.
  std::chrono::milliseconds gone_pause{30'000};
};

/// Limits of the hub.
struct webhook_hub_options {
  /// Registered webhooks.
  size_t max_webhooks = 200'000;
  /// Endpoints that run at a time; others with work wait for one to end.
  size_t max_running = 10'000;
  /// Endpoints that start at a time; others wait, and their companies take turns.
  size_t max_starting = 32;
  /// An endpoint that was idle for this time is passivated.
  std::chrono::milliseconds idle{30'000};
  /// Time between two searches for idle endpoints.
  std::chrono::milliseconds tick{1'000};
  /// Batches that an endpoint may have unacknowledged before it reads the log instead.
  size_t credit = 8;
  /// Events of an endpoint in flight, plus out-of-order completions ahead of its cursor.
  size_t window = 256;
  /// Failed deliveries of an endpoint that wait for their next attempt; beyond it its cursor waits.
  size_t max_retries = 1'000;
  /// Pause before the first restart of a crashed endpoint; doubles up to the maximum.
  std::chrono::milliseconds restart_pause{1'000};
  std::chrono::milliseconds max_restart_pause{60'000};
  /// How long the stop waits for attempts under way. Unfinished attempts are repeated.
  std::chrono::milliseconds stop_grace{3'000};
  /// Deliveries are kept for this time, and this many of them.
  std::chrono::milliseconds keep_deliveries = std::chrono::hours{24 * 7};
  uint64_t max_deliveries = 5'000'000;
  std::chrono::milliseconds trim_interval{60'000};
  /// Default for webhooks that are registered without a setting for private targets.
  bool private_targets = false;
  endpoint_options endpoint;
};

} // namespace carillon
