#pragma once

#include "base/json/object_reader.hpp"
#include "messages/webhooks/requests.hpp"
#include "net/admin/call.hpp"

namespace carillon::admin {

/// The member `secret`, checked; empty if it is absent. The fault does not repeat it.
std::string read_secret(object_reader& in);

/// The settings in a body; absent ones are empty. The first fault stays in the reader.
/// @param body the text as it was sent
webhook_change read_webhook_change(object_reader& in, std::string_view body);

/// The same, of types and filter only.
webhook_change read_trial(object_reader& in, std::string_view body);

/// `POST /api/events/webhooks`; a bound caller registers for its own company. Errors:
/// `malformed_json`, `invalid_argument`, `forbidden` (another company).
expected<create_webhook> parse_create_webhook(const call& c);

/// `PATCH /api/events/webhooks/{id}`, after `without_read_only`. Errors: as above.
expected<update_webhook> parse_update_webhook(const call& c, std::string_view body, uint64_t id);

} // namespace carillon::admin
