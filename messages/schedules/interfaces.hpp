#pragma once

#include "messages/events/publish.hpp"
#include "messages/local_message.hpp"
#include "messages/request_actor.hpp"
#include "messages/schedules/requests.hpp"

#include <caf/typed_actor.hpp>

#include <memory>

namespace carillon {

/// The STATE actor, as this capability sees it. Every request may also fail with
/// `ec::store_unavailable`.
using schedule_store_actor = actor_answering<schedule_requests>;

/// How a call of the SCHEDULER has ended.
struct publish_outcome {
  uint64_t call = 0;
  expected<receipts> result;
};

using publish_outcome_ptr = std::shared_ptr<const publish_outcome>;

/// SCHEDULER: publishes the events of schedules, and delayed events, when their time has come.
/// Errors: those of the requests, `ec::shutting_down`, `ec::store_unavailable`.
using scheduler_actor = actor_answering<schedule_changes>::extend<
  // Begins nothing more; answers when the running work has ended.
  caf::replies_to<atom::drain>::with<atom::done>,
  // INTERNAL: the log has stored what was published, or has not.
  caf::reacts_to<publish_outcome_ptr>,
  // INTERNAL: something may be due.
  caf::reacts_to<atom::tick, uint64_t>>;

} // namespace carillon
