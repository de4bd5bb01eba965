#pragma once

#include "messages/access/requests.hpp"
#include "messages/request_actor.hpp"

namespace carillon {

// The STATE actor, as this capability sees it. Every request may also fail with
// `ec::store_unavailable`.

/// The audit chain.
using audit_store_actor = actor_answering<audit_requests>;

/// API keys and registered event types.
using access_store_actor = actor_answering<access_requests>;

} // namespace carillon
