#pragma once

#include "base/json/writer.hpp"
#include "messages/webhooks/requests.hpp"

#include <cstdint>

namespace carillon::admin {

// Webhooks and deliveries as the API shows them.

/// Stands for the value of a header, which may be a credential.
inline constexpr std::string_view hidden_value = "***";

/// The members of a webhook, within an object. Of headers only the names show.
void put_webhook_members(json_writer& out, const webhook& x);

/// `secrets`: when they were made, and until when they hold.
void put_secret_times(json_writer& out, const webhook_with_secrets& x);

void put_webhook_status(json_writer& out, const consumer_status& x, bool running);

/// Who looks: a tenant is not told what `tells_of_network`.
enum class looker : uint8_t { node_operator, tenant };

/// The members of a delivery, within an object; `attempts` is their number.
void put_delivery_members(json_writer& out, const webhook_delivery& x, looker who);

/// The same with the attempts themselves.
void put_delivery_story(json_writer& out, const webhook_delivery_story& x, looker who);

void put_attempt(json_writer& out, const webhook_attempt& x, looker who);

/// Text that was received: what is not UTF-8 becomes U+FFFD.
std::string shown(std::string_view received);

} // namespace carillon::admin
