#pragma once

#include "messages/events/event.hpp"
#include "messages/events/filter.hpp"
#include "messages/webhooks/http_exchange.hpp"
#include "messages/webhooks/schedule.hpp"
#include "messages/webhooks/secret.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace carillon {

/// Settings of a webhook that an operator may change.
struct webhook_settings {
  /// Its tenant: events of this company are sent; empty = events of every company, and those
  /// without one.
  std::string company_id;
  /// `https://…`, or `http://…` where the node allows it.
  std::string url;
  /// Empty = every type.
  std::vector<type_pattern> types;
  /// One attempt at a time, in the order of the log: a failing event holds all that follow.
  bool ordered = false;
  /// Attempts under way at a time, 1–64; `ordered` makes it 1.
  uint32_t max_in_flight = 8;
  /// Attempts that may begin per second; 0 = no limit.
  double rate_per_second = 0.0;
  webhook_retry_policy retry;
  /// Sent with every attempt; checked by `check_webhook`.
  std::vector<std::pair<std::string, std::string>> headers;
  /// Free text; ≤ 512 bytes.
  std::string description;
  /// May be called at the private addresses that the node's operator permits. Only an admin of the
  /// node grants it, never one of a company.
  bool private_targets = false;

  friend bool operator==(const webhook_settings& x, const webhook_settings& y) {
    return x.company_id == y.company_id && x.url == y.url && x.types == y.types
           && x.ordered == y.ordered && x.max_in_flight == y.max_in_flight
           && x.rate_per_second == y.rate_per_second && x.retry.schedule == y.retry.schedule
           && x.headers == y.headers && x.description == y.description
           && x.private_targets == y.private_targets;
  }
};

/// Limits of webhook settings.
struct webhook_limits {
  static constexpr size_t url_bytes = 2'048;
  static constexpr size_t types = 100;
  static constexpr uint32_t in_flight = 64;
  static constexpr double rate = 10'000.0;
  static constexpr size_t retries = 20;
  static constexpr std::chrono::seconds retry_pause{86'400};
  static constexpr size_t headers = 20;
  static constexpr size_t header_bytes = 2'048;
  static constexpr size_t description_bytes = 512;
};

/// Errors: `invalid_argument` with the field (as the API names it) for settings that cannot work,
/// headers that are reserved (`webhook-*`, `carillon-*`, Host, Content-*, those of the connection)
/// or not well-formed, and a URL that is not an absolute `http` or `https` one, or holds
/// credentials or a fragment.
expected<void> check_webhook(const webhook_settings& x);

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

  bool awake() const noexcept {
    return awake_at > asleep_at;
  }
};

/// Name of the consumer that holds a webhook's cursor: `webhook.<id>`.
std::string webhook_consumer(uint64_t id);

/// Inverse of `webhook_consumer`; empty for any other text.
std::optional<uint64_t> webhook_of_consumer(std::string_view name) noexcept;

/// Changes to settings; empty = unchanged.
struct webhook_change {
  std::optional<std::string> url;
  std::optional<std::vector<type_pattern>> types;
  std::optional<bool> ordered;
  std::optional<uint32_t> max_in_flight;
  std::optional<double> rate_per_second;
  std::optional<webhook_retry_policy> retry;
  std::optional<std::vector<std::pair<std::string, std::string>>> headers;
  std::optional<std::string> description;
  std::optional<bool> private_targets;
};

webhook_settings changed(webhook_settings x, const webhook_change& by);

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
