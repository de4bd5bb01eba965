#pragma once

#include "messages/access/operator_stamp.hpp"
#include "messages/consumers/consumer.hpp"
#include "messages/webhooks/webhook.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

// Requests to the webhook hub, besides those that it forwards to the state actor. A `company_id`
// that is given must be the webhook's own, else it is `not_found`.

/// A webhook that was registered or changed.
struct webhook_answer {
  carillon::webhook webhook;
  /// Shown here only; empty if a change made no new one.
  std::string secret;
};

/// Gives a webhook a new secret. For a time both sign.
struct rotate_webhook_secret {
  uint64_t id = 0;
  std::optional<std::string> company_id;
  /// As in `create_webhook`; without a secret a new one of the present kind is made.
  std::string secret;
  /// How long the present one signs as well, 0–7 days.
  std::chrono::seconds grace{86'400};
  operator_stamp by;
};

/// The new secret, shown here only, and when the older ones end.
struct rotated_secret {
  std::string secret;
  timestamp old_expires_at;
};

/// Sends a `webhook.test` event at once, enabled or not; nothing is retried or stored.
struct test_webhook {
  uint64_t id = 0;
  std::optional<std::string> company_id;
  operator_stamp by;
};

/// Status of an endpoint.
struct webhook_status {
  uint64_t id = 0;
  /// It has an actor.
  bool running = false;
  /// Status of its consumer; if it does not run, the last known one: it is idle, disabled, or waits
  /// for its turn.
  consumer_status consumer;
};

/// Asks for the status of one endpoint.
struct get_webhook_status {
  uint64_t id = 0;
};

/// Summary of all endpoints.
struct webhook_overview {
  uint64_t registered = 0;
  uint64_t disabled = 0;
  uint64_t running = 0;
  /// Endpoints with work that wait for a running one to end.
  uint64_t waiting = 0;
  /// Those furthest behind, furthest first, at most 10.
  std::vector<webhook_status> furthest_behind;
};

/// Asks for a summary of all endpoints.
struct get_webhook_overview {};

} // namespace carillon
