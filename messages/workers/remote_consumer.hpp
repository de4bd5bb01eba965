#pragma once

#include "messages/consumers/consumer.hpp"
#include "messages/events/filter.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace carillon {

/// Where a new remote consumer begins: see `start_at`, with the first event after a position, or
/// with the first one that was recorded at a time or later.
using remote_start = std::variant<start_at, position, timestamp>;

/// How deliveries of a remote consumer may be handed over together.
struct delivery_batch {
  /// Most deliveries in one message to a worker; 1–1,000.
  uint32_t most = 100;
  /// How long a delivery may wait for others; at most a second.
  std::chrono::milliseconds wait{0};

  friend bool operator==(const delivery_batch&, const delivery_batch&) = default;
};

/// A consumer whose target is outside of the node: workers that connect, or pull. Its name is that
/// of the consumer. Every field has a default that suits a handler.
struct remote_consumer {
  /// See `is_remote_consumer_name`.
  std::string name;
  /// Any of these; at least one.
  std::vector<type_pattern> types{type_pattern{}};
  /// Which of these, by what is in them.
  payload_filter filter = {};
  /// Only events of this company; it is the worker's, too.
  std::optional<std::string> company_id;
  delivery_order order = delivery_order::none;
  /// For `per_key`: `company`, `user`, or a JSON pointer (RFC 6901) into the event's data. An event
  /// without it has a key of its own company.
  std::string key = "company";
  remote_start start = start_at::now;
  uint32_t max_attempts = 5;
  std::vector<std::chrono::milliseconds> retry_schedule = consumer_policy{}.retry_schedule;
  /// A delivery that is not acknowledged for so long has failed.
  std::chrono::milliseconds ack_timeout{30'000};
  /// Deliveries that workers have and have not acknowledged; 1–10,000.
  uint32_t max_in_flight = 256;
  /// For `per_key`: deliveries of a key that workers have at a time; 1–64. See `consumer_policy`.
  uint32_t max_per_key = 1;
  /// Deliveries a second; empty = no limit.
  std::optional<double> rate_per_second;
  delivery_batch batch;

  friend bool operator==(const remote_consumer&, const remote_consumer&) = default;
};

/// True for consumer names that are free for remote ones: not those of the engine and of webhooks.
bool is_remote_consumer_name(std::string_view x) noexcept;

/// Errors: `invalid_argument` with the field.
expected<void> validate(const remote_consumer& x);

/// What a change may not touch, since the cursor would mean something else: the field that differs;
/// empty if the change is possible.
std::string_view fixed_field_changed(const remote_consumer& before, const remote_consumer& after);

/// The order key of an event for such a consumer.
std::string order_key_of(const remote_consumer& x, const event& e);

/// As the API shows it, without the name.
std::string to_json(const remote_consumer& x);

/// Inverse of `to_json`; members that are absent have their defaults. Errors: `malformed_json`,
/// `invalid_argument` with the field; unknown members are rejected.
expected<remote_consumer> remote_consumer_from_json(std::string name, std::string_view json);

} // namespace carillon
