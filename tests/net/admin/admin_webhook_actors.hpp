#pragma once

#include "messages/webhooks/interfaces.hpp"
#include "tests/net/admin/admin_data.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

namespace carillon::test {

/// Only the answer to its creation may hold this.
inline constexpr std::string_view known_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
inline constexpr std::string_view sealed_text = "sealed-bytes";
inline constexpr std::string_view header_value = "Bearer of-the-receiver";

/// Adds a webhook of a company (empty = of all) with a header, two secrets and a status.
webhook& add_webhook(admin_data& data, uint64_t id, const std::string& company);

/// Adds a delivered delivery of an event of a company, with one attempt.
webhook_delivery_history& add_delivery(admin_data& data, const webhook_delivery_key& key,
                                       const std::string& company);

webhook_hub_actor::behavior_type admin_webhook_hub(webhook_hub_actor::pointer self,
                                                   admin_data* data);

caf::behavior admin_webhook_state(caf::event_based_actor* self, admin_data* data);

} // namespace carillon::test
