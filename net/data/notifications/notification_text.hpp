#pragma once

#include "base/json/writer.hpp"
#include "messages/contacts/requests.hpp"

namespace carillon {

// Notifications as JSON, the same on both ports.

/// Writes an object, as an item or as the whole text.
void put_notification(json_writer& out, const notification& x);

/// Writes the members `notifications` and `unread` of an object.
void put_notifications(json_writer& out, const notification_list& x);

/// `{"read":2}`: how many were marked.
std::string read_count_json(uint64_t count);

} // namespace carillon
