#pragma once

#include "actors/consumers/consumer_env.hpp"
#include "actors/webhooks/endpoint.hpp"
#include "actors/webhooks/webhook_index.hpp"
#include "base/crypto/secret_box.hpp"
#include "messages/access/interfaces.hpp"
#include "messages/webhooks/interfaces.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace carillon {

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

/// Dependencies of the hub.
struct webhook_hub_env {
  /// `feed` is set by the hub.
  consumer_env consumers;
  webhook_store_actor state_writer;
  webhook_store_actor state_reader;
  audit_store_actor audit;
  std::shared_ptr<webhook_index> index;
  std::shared_ptr<const secret_box> secrets;
  http_caller call;
  /// The caller calls `http://` URLs as well, so they are registered.
  bool allow_http = false;
  /// The caller's check of a URL, and the URL as it is called; see `http_client::check`. Empty =
  /// any URL is accepted.
  std::function<expected<std::string>(const std::string& url, bool private_targets)> check_target;
  telemetry_ptr stats;
  /// Makes the source of jitter of one endpoint.
  std::function<std::function<double()>()> make_random;
  webhook_hub_options options;
};

} // namespace carillon
