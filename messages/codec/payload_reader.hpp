#pragma once

#include "base/failure.hpp"
#include "messages/codec/payload_view.hpp"

#include <string_view>

namespace carillon {

/// The members of an event's `data`, in one pass over the text, with the limits of a published
/// event. The view lasts until the thread parses the next event. Errors: as `parse_event` gives
/// them; an event of the log has none.
expected<payload_view> read_payload(std::string_view data);

} // namespace carillon
