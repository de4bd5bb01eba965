#pragma once

#include "messages/events/event.hpp"

#include <string>

namespace carillon {

/// Appends the event as one JSON object as the API shows it; empty optional fields are left out.
/// What the publisher formatted stays as it is: `data` and `metadata` may hold line breaks between
/// their members.
/// @param with_metadata false leaves `metadata` out: it is between publisher and operator (the
/// address of who caused the event, a trace), and not for everybody who may see the event
void append_event_json(std::string& out, const event& x, bool with_metadata);

} // namespace carillon
