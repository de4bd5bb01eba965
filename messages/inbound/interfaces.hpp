#pragma once

#include "messages/inbound/requests.hpp"
#include "messages/request_actor.hpp"

#include <caf/typed_actor.hpp>

namespace carillon {

/// The STATE actor, as this capability sees it. Every request may also fail with
/// `ec::store_unavailable`.
using inbound_store_actor = actor_answering<inbound_requests>;

/// INBOUND KEEPER: changes the sources of webhooks from outside, seals their secrets, and tells the
/// data port of them before it answers. Errors: those of the requests, `ec::store_unavailable`,
/// `ec::internal`.
using inbound_keeper_actor = actor_answering<inbound_changes>;

} // namespace carillon
