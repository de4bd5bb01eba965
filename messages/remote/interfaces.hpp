#pragma once

#include "messages/ids.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

namespace carillon {

/// REMOTE GATE: what `--caf-port` publishes.
using remote_gate_actor = caf::typed_actor<
  // Opens a session for the sender; the answer is a `remote_session_actor`, see `actor_cast`. It
  // serves actors of the sender's process only. Errors: see the request.
  caf::replies_to<remote_login>::with<caf::strong_actor_ptr>>;

/// REMOTE SESSION: serves one process. At most `remote_requests_in_flight` requests wait for
/// answers, one more is answered `ec::overloaded`. Every request may fail with
/// `ec::store_unavailable`, `ec::timeout`, `ec::shutting_down`.
using remote_session_actor
  = caf::typed_actor<caf::replies_to<remote_publish>::with<remote_receipts>,
                     caf::replies_to<remote_query>::with<remote_page>,
                     caf::replies_to<remote_subscribe>::with<remote_subscribed>,
                     caf::replies_to<remote_acknowledge>::with<remote_acknowledged>,
                     caf::replies_to<remote_unsubscribe>::with<remote_acknowledged>>;

/// Application identifier of both sides, see `middleman.app-identifiers`.
inline constexpr const char* remote_application = "carillon.1";

/// Requests of a session that may wait for answers.
inline constexpr size_t remote_requests_in_flight = 64;

} // namespace carillon
