#pragma once

#include "messages/consumers/interfaces.hpp"
#include "messages/sessions/requests.hpp"

#include <caf/typed_actor.hpp>

namespace carillon {

/// SESSION: one connection of a client.
using session_actor = caf::typed_actor<
  // Events visible to it, not yet filtered by type; each message uses one credit.
  caf::reacts_to<live_segment_ptr>,
  // Events of a replay visible to it, not yet filtered by type; answered when they were sent to the
  // client.
  caf::replies_to<atom::replay, live_segment_ptr>::with<atom::done>,
  // Its credit is used up: the hub sends no more events until the session joins again.
  caf::reacts_to<atom::detach>,
  // A text message from the client.
  caf::reacts_to<std::string>,
  // Of a log stream: the log reaches at least this position.
  caf::reacts_to<atom::head, position>,
  // The link accepts events again.
  caf::reacts_to<atom::writable>,
  // The connection is gone.
  caf::reacts_to<atom::closed>,
  // Ends the session with this close code.
  caf::reacts_to<atom::close, uint16_t>,
  // INTERNAL: something is due.
  caf::reacts_to<atom::tick, uint64_t>>;

/// SESSION HUB: sends events to the sessions that may see them.
using session_hub_actor
  = batch_taker_actor::extend<caf::reacts_to<open_session>,
                              // Errors: `ec::not_found`, `ec::shutting_down`.
                              caf::replies_to<join_session>::with<session_page>,
                              // Sends no more events to a session until it joins again.
                              caf::reacts_to<atom::detach, uint64_t>,
                              caf::replies_to<get_session_overview>::with<session_overview>,
                              caf::replies_to<list_sessions>::with<session_list>,
                              // Answers how many sessions are ended. Errors: see the request.
                              caf::replies_to<disconnect_sessions>::with<uint64_t>,
                              caf::reacts_to<end_revoked_sessions>,
                              // As a `replay_taker_actor`: delivers to the open sessions.
                              caf::replies_to<replay_request>::with<atom::done>,
                              // Ends all sessions with 1001; answers when all have ended.
                              caf::replies_to<atom::drain>::with<atom::done>,
                              // INTERNAL: something is due.
                              caf::reacts_to<atom::tick, uint64_t>>;

} // namespace carillon

// Handles and links travel within the process only.
