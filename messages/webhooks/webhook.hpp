#pragma once

#include "messages/events/event.hpp"
#include "messages/webhooks/http_exchange.hpp"
#include "messages/webhooks/secret.hpp"
#include "messages/webhooks/settings.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// A subscription of an external system.
struct webhook {
  uint64_t id = 0;
  webhook_settings settings;
  bool enabled = true;
  /// Why it is not enabled: `operator`, `gone` (the receiver answered 410) or `failing` (nothing
  /// but failures for five days); empty if it is.
  std::string disabled_reason;
  /// Since when every attempt fails; empty if the last one succeeded, or none was made.
  std::optional<timestamp> failing_since;
  timestamp created_at;
  timestamp updated_at;
  /// Positions at which it was last activated by an event and last passivated with nothing left to
  /// do. It is active if the first is beyond the second. No event between the two concerns it.
  position awake_at = 0;
  position asleep_at = 0;
  /// Deliveries wait for their next attempt.
  bool retrying = false;

  bool active() const noexcept {
    return awake_at > asleep_at;
  }
};

/// Name of the consumer that holds a webhook's cursor: `webhook.<id>`.
std::string webhook_consumer(uint64_t id);

/// Inverse of `webhook_consumer`; empty for any other text.
std::optional<uint64_t> webhook_of_consumer(std::string_view name) noexcept;

/// A secret as it is stored.
struct sealed_secret {
  /// Sealed in the context `webhook-secret`; holds the result of `to_text`.
  std::string sealed;
  timestamp created_at;
  /// Does not sign from then on; empty for the newest.
  std::optional<timestamp> expires_at;
};

/// A webhook with its secrets, the newest first.
struct webhook_with_secrets {
  carillon::webhook webhook;
  std::vector<sealed_secret> secrets;
};

} // namespace carillon
