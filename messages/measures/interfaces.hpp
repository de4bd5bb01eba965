#pragma once

#include "messages/measures/requests.hpp"
#include "messages/request_actor.hpp"

#include <caf/typed_actor.hpp>

namespace carillon {

/// The STATE actor, as this capability sees it. Every request may also fail with
/// `ec::store_unavailable`.
using measure_store_actor = actor_answering<measure_requests>;

/// MEASURE KEEPER: changes definitions, tells the metrics handler of them, and measures the log
/// before the live events in the background. Errors: those of the requests, `ec::shutting_down`,
/// `ec::store_unavailable`.
using measure_keeper_actor = actor_answering<measure_changes>::extend<
  // Begins nothing more; answers when the running work has ended.
  caf::replies_to<atom::drain>::with<atom::done>,
  // INTERNAL: something may be due.
  caf::reacts_to<atom::tick, uint64_t>>;

} // namespace carillon
