#pragma once

#include "messages/consumers/consumer.hpp"
#include "messages/consumers/replay_requests.hpp"
#include "messages/consumers/requests.hpp"
#include "messages/events/interfaces.hpp"
#include "messages/request_actor.hpp"

#include <caf/typed_actor.hpp>

#include <memory>
#include <string>
#include <vector>

namespace carillon {

// The STATE actor, as this capability sees it. Every request may also fail with
// `ec::store_unavailable`.

/// Consumers and their dead letters.
using consumer_store_actor = actor_answering<consumer_requests>::extend<
  // Commits of several consumers that wait together become one transaction.
  caf::replies_to<consumer_commit_ptr>::with<atom::done>>;

/// Replays and their progress.
using replay_store_actor = actor_answering<replay_requests>;

struct consumer_settings;

/// How a consumer is registered: see `actors/consumers/consumer_settings.hpp`. Opaque here.
using consumer_settings_ptr = std::shared_ptr<const consumer_settings>;

using consumer_statuses = std::vector<consumer_status>;

/// REPLAY TAKER: a target of replays, to which stored events are delivered again.
using replay_taker_actor = caf::typed_actor<
  // Delivers again, marked as replay; answered when each event is done or has a
  // retry row. Errors: `ec::shutting_down`, `ec::store_unavailable`.
  caf::replies_to<replay_request>::with<atom::done>>;

/// CONSUMER: one cursor over the log, and delivery to one handler.
using consumer_actor = batch_taker_actor::extend<
  // As a `replay_taker_actor`.
  caf::replies_to<replay_request>::with<atom::done>,
  // Stops or resumes at the cursor; takes effect with the next event.
  caf::reacts_to<atom::pause, bool>,
  // A target on demand takes so many deliveries that it has not answered, see
  // `consumer_settings::on_demand`.
  caf::reacts_to<atom::room, uint64_t>,
  // A dead letter became a retry row, given here.
  caf::reacts_to<retry_row>,
  // Its status; answered once its cursor is known.
  caf::replies_to<atom::status>::with<consumer_status>,
  // Starts no further deliveries, checkpoints, then answers.
  caf::replies_to<atom::drain>::with<atom::done>,
  // INTERNAL: whether the report of a dead letter (position, replay) was appended to the log.
  caf::reacts_to<atom::done, position, uint64_t, bool>,
  // INTERNAL: something is due.
  caf::reacts_to<atom::tick, uint64_t>>;

/// SUPERVISOR: starts, watches and restarts consumers; operators' requests about consumers go
/// through it.
using supervisor_actor = caf::typed_actor<
  // Status of every consumer, by name.
  caf::replies_to<list_consumers>::with<consumer_statuses>,
  // Errors: `ec::not_found`.
  caf::replies_to<pause_consumer>::with<consumer_status>,
  // Errors: `ec::not_found`.
  caf::replies_to<resolve_dead_letter>::with<dead_letter>,
  // Starts a replay; `record` without id, counters and times. Answers the stored record. Errors:
  // `ec::invalid_argument` (target), `ec::not_found` (handler, position), `ec::overloaded` (too
  // many run).
  caf::replies_to<create_replay>::with<replay_record>,
  // The plan of a replay: events and targets. Errors: as above.
  caf::replies_to<atom::count, create_replay>::with<replay_plan>,
  // A handler, a webhook or the sessions, for a replay. Errors: `ec::not_found`.
  caf::replies_to<atom::find, replay_target>::with<replay_taker_actor>,
  // Adds a consumer and starts it. Errors: `ec::conflict` (name), `ec::invalid_argument`.
  caf::replies_to<consumer_settings_ptr>::with<atom::done>,
  // Stops a consumer and forgets it; what is stored of it remains. Answered when it has
  // checkpointed. Errors: `ec::not_found`.
  caf::replies_to<atom::detach, std::string>::with<atom::done>,
  // Stops all consumers and replays; answers when all is checkpointed.
  caf::replies_to<atom::drain>::with<atom::done>,
  // INTERNAL: restarts a consumer after its back-off.
  caf::reacts_to<atom::restart, std::string>>;

} // namespace carillon

// Handles travel within the process only.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::consumer_actor)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::replay_taker_actor)
