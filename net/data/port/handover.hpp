#pragma once

#include "net/data/event_loop.hpp"

namespace carillon::sessions {

/// Makes a connection a session, on its loop: answers the handshake, and hands the session to the
/// backend of the port, or ends it if it was rejected.
void take_over(data::event_loop& loop, data::handover x);

} // namespace carillon::sessions
