#pragma once

#include "messages/events/event.hpp"

#include <string>

namespace carillon {

/// Appends the event as one JSON object as the API shows it; empty optional fields are left out.
/// The publisher's formatting is kept: `data` and `metadata` may hold line breaks between their
/// members.
/// @param with_metadata false leaves `metadata` out. Metadata is for publisher and operator (the
///        address of a user, a trace), not for every client that may see the event
void append_event_json(std::string& out, const event& x, bool with_metadata);

} // namespace carillon
