#pragma once

#include "messages/interfaces.hpp"
#include "messages/sessions/requests.hpp"

#include <caf/typed_actor.hpp>

namespace carillon {

/// SESSION: one connection of a client.
using session_actor = caf::typed_actor<
  // What it may see, types aside; each takes one of its credit.
  caf::reacts_to<live_stretch_ptr>,
  // Events of a replay that it may see, types aside; answered when the client was sent them.
  caf::replies_to<atom::replay, live_stretch_ptr>::with<atom::done>,
  // The hub sends nothing more until the session joins again: it has no credit left.
  caf::reacts_to<atom::detach>,
  // A text message of the client.
  caf::reacts_to<std::string>,
  // The link takes events again.
  caf::reacts_to<atom::writable>,
  // The connection is gone.
  caf::reacts_to<atom::closed>,
  // It is to end, with this close code.
  caf::reacts_to<atom::close, uint16_t>,
  // INTERNAL: something is due.
  caf::reacts_to<atom::tick, uint64_t>>;

/// SESSION HUB: sends events to the sessions that may see them.
using session_hub_actor
  = batch_taker_actor::extend<caf::reacts_to<open_session>,
                              // Errors: `ec::not_found`, `ec::shutting_down`.
                              caf::replies_to<join_session>::with<session_page>,
                              // A session wants nothing more until it joins again.
                              caf::reacts_to<atom::detach, uint64_t>,
                              caf::replies_to<get_session_overview>::with<session_overview>,
                              caf::replies_to<list_sessions>::with<session_list>,
                              // Answers how many were told to end. Errors: as the request says.
                              caf::replies_to<disconnect_sessions>::with<uint64_t>,
                              caf::reacts_to<end_revoked_sessions>,
                              // As a `replay_taker_actor`: to the sessions that are there.
                              caf::replies_to<replay_request>::with<atom::done>,
                              // Ends all sessions with 1001; answers when none is left.
                              caf::replies_to<atom::drain>::with<atom::done>,
                              // INTERNAL: something is due.
                              caf::reacts_to<atom::tick, uint64_t>>;

} // namespace carillon

// Handles and links travel within the process only.
