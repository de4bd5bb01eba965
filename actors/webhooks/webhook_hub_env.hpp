#pragma once

#include "actors/consumers/consumer_env.hpp"
#include "actors/webhooks/endpoints/endpoint.hpp"
#include "actors/webhooks/webhook_index.hpp"
#include "base/crypto/secret_box.hpp"
#include "messages/access/interfaces.hpp"
#include "messages/webhooks/interfaces.hpp"
#include "messages/webhooks/options.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace carillon {

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
  /// Publish `system.alert` about webhooks that only fail.
  bool alerts = false;
};

} // namespace carillon
