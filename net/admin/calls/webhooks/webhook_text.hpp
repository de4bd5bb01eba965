#pragma once

#include "base/json/writer.hpp"
#include "messages/consumers/consumer.hpp"
#include "messages/webhooks/requests.hpp"
#include "net/admin/call.hpp"

#include <cstdint>

namespace carillon::admin {

// Webhooks and deliveries as the API shows them.

/// Replaces the value of a header, which may be a credential.
inline constexpr std::string_view hidden_value = "***";

/// The members of a webhook, within an object. Headers show only their names.
void put_webhook_members(json_writer& out, const webhook& x);

/// `secrets`: when they were made, and when they expire.
void put_secret_times(json_writer& out, const webhook_with_secrets& x);

void put_webhook_status(json_writer& out, const consumer_status& x, bool running);

/// The reader of an answer: a tenant does not see faults for which `tells_of_network` is true.
enum class looker : uint8_t { node_operator, tenant };

looker looker_of(const call& c);

/// The members of a delivery, within an object; `attempts` is their number.
void put_delivery_members(json_writer& out, const webhook_delivery& x, looker who);

/// The same with the attempts themselves.
void put_delivery_history(json_writer& out, const webhook_delivery_history& x, looker who);

void put_attempt(json_writer& out, const webhook_attempt& x, looker who);

/// Received text: invalid UTF-8 becomes U+FFFD.
std::string shown(std::string_view received);

} // namespace carillon::admin
