#pragma once

#include "net/admin/call.hpp"

// The handlers of the routes of webhooks and their deliveries, by file; see resources.hpp.

namespace carillon::admin {

// webhooks.cpp
expected<answer> show_webhooks(call& c);
expected<answer> register_webhook(call& c);
expected<answer> show_webhook(call& c);
expected<answer> change_webhook(call& c);
expected<answer> unregister_webhook(call& c);
expected<answer> enable_delivery(call& c);
expected<answer> disable_delivery(call& c);
expected<answer> rotate_secret(call& c);
expected<answer> send_test(call& c);
expected<answer> recover_deliveries(call& c);

// webhook_match.cpp
expected<answer> match_events(call& c);

// deliveries.cpp
expected<answer> show_deliveries(call& c);
expected<answer> show_delivery(call& c);
expected<answer> retry_delivery(call& c);

/// The deliveries of an event that the caller may see, as a JSON array; the newest 100.
expected<std::string> event_deliveries(const call& c, const event& x);

} // namespace carillon::admin
