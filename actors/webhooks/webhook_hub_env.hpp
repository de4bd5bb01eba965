#pragma once

#include "actors/consumers/consumer_env.hpp"
#include "actors/webhooks/webhook_endpoint.hpp"
#include "actors/webhooks/webhook_index.hpp"
#include "base/crypto/secret_box.hpp"
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
  /// An endpoint without work for so long is put to sleep.
  std::chrono::milliseconds idle{30'000};
  /// Time between two looks for those.
  std::chrono::milliseconds tick{1'000};
  /// Batches that an endpoint may have unacknowledged before it reads the log instead.
  size_t credit = 8;
  /// Events of an endpoint in flight or done ahead of its cursor.
  size_t window = 256;
  /// Failed deliveries of an endpoint that wait for their next attempt; past it its cursor waits.
  size_t max_retries = 1'000;
  /// Pause before the first restart of an endpoint that crashed; doubles up to the maximum.
  std::chrono::milliseconds restart_pause{1'000};
  std::chrono::milliseconds max_restart_pause{60'000};
  /// How long the stop waits for attempts under way. What does not end is attempted again.
  std::chrono::milliseconds stop_grace{3'000};
  /// Deliveries are kept for so long, and so many of them.
  std::chrono::milliseconds keep_deliveries = std::chrono::hours{24 * 7};
  uint64_t max_deliveries = 5'000'000;
  std::chrono::milliseconds trim_interval{60'000};
  /// Also register `http://` URLs.
  bool allow_http = false;
  /// What a webhook is given that is registered without a word about private targets.
  bool private_targets = false;
  endpoint_options endpoint;
};

/// What the hub needs of the rest.
struct webhook_hub_env {
  /// `feed` is set by the hub.
  consumer_env consumers;
  webhook_state_actor state_writer;
  webhook_state_actor state_reader;
  std::shared_ptr<webhook_index> index;
  std::shared_ptr<const secret_box> secrets;
  http_caller call;
  /// The check that the caller makes of a URL, and the URL as it is called; see
  /// `http_client::check`. Empty = any will do.
  std::function<expected<std::string>(const std::string& url, bool private_targets)> check_target;
  telemetry_ptr stats;
  /// Makes the source of jitter of one endpoint.
  std::function<std::function<double()>()> make_random;
  webhook_hub_options options;
};

} // namespace carillon
