#pragma once

#include "base/failure.hpp"
#include "messages/codec/catalogue/system.hpp"
#include "messages/events/event.hpp"

namespace carillon {

/// The event of an alert that begins or ends: the same id for the same one, so that the log takes
/// it once, and one hop, so that nothing is reported of it.
expected<draft_ptr> alert_draft(const system_alert& x);

} // namespace carillon
