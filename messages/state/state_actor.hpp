#pragma once

#include "messages/access/requests.hpp"
#include "messages/consumers/replay_requests.hpp"
#include "messages/consumers/requests.hpp"
#include "messages/request_actor.hpp"
#include "messages/state/metric_requests.hpp"

#include <caf/typed_actor.hpp>

namespace carillon {

/// STATE: owns one connection to the state store. Detached; one writes, another
/// reads. Every request may also fail with `ec::store_unavailable`.
using state_actor
  = actor_answering<consumer_requests, replay_requests, access_requests, metric_requests>::extend<
    // Commits of several consumers that wait together become one transaction.
    caf::replies_to<consumer_commit_ptr>::with<atom::done>,
    // INTERNAL: commits waiting requests.
    caf::reacts_to<atom::flush>>;

} // namespace carillon
