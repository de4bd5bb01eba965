#pragma once

#include "messages/evidence/requests.hpp"
#include "messages/request_actor.hpp"

#include <caf/typed_actor.hpp>

namespace carillon {

/// The STATE actor, as this capability sees it. May fail with `ec::store_unavailable`.
using evidence_store_actor = actor_answering<evidence_requests>;

/// SEALER: signs the heads of the tree over the log, and proves what is in it. Detached. Every
/// request may fail with `ec::store_unavailable`.
using sealer_actor = actor_answering<sealer_requests>::extend<
  // Signs what is there, and stops signing; answers when the head is stored, and witnesses have it
  // or had a second. Errors: `ec::internal`.
  caf::replies_to<atom::drain>::with<atom::done>,
  // INTERNAL: signs, if there is more than was signed (0), or ends the wait for witnesses (1).
  caf::reacts_to<atom::tick, uint64_t>,
  // INTERNAL: the witness with this number has what it was given; else why not.
  caf::reacts_to<atom::done, uint64_t, std::string>>;

} // namespace carillon
