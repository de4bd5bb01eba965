#pragma once

#include "base/json/appender.hpp"
#include "messages/schedules/requests.hpp"

#include <string>

namespace carillon {

// Events that wait for their time as JSON, the same on both ports.

/// Appends an object. The event is a member of it, unless it was left out as in a list.
void append_delayed(std::string& out, const delayed_event& x);

/// The same as a text of its own.
std::string delayed_json(const delayed_event& x);

} // namespace carillon
