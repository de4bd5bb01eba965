#pragma once

#include "messages/consumers/interfaces.hpp"
#include "messages/jobs/job.hpp"
#include "messages/jobs/job_outcome.hpp"
#include "messages/request_actor.hpp"
#include "messages/workers/deliveries.hpp"
#include "messages/workers/requests.hpp"
#include "messages/workers/worker_link.hpp"

#include <caf/typed_actor.hpp>

#include <string>
#include <vector>

namespace carillon {

/// The STATE actor, as remote consumers see it. Every request may also fail with
/// `ec::store_unavailable`.
using remote_consumer_store_actor = actor_answering<remote_consumer_requests>;

/// WORKER: one connection of a worker.
using worker_actor = caf::typed_actor<
  // Deliveries for it, within its credit.
  caf::reacts_to<handed_deliveries_ptr>,
  // The cursor is durable up to here.
  caf::reacts_to<atom::committed, position>,
  // No deliveries follow.
  caf::reacts_to<atom::drain>,
  // A text message from the client.
  caf::reacts_to<std::string>,
  // The connection is gone.
  caf::reacts_to<atom::closed>>;

/// WORKER DESK: target of a remote consumer, or of a queue of jobs; hands its deliveries to
/// workers.
using worker_desk_actor = caf::typed_actor<
  // Answered when a worker has settled it.
  caf::replies_to<delivery>::with<delivery_outcome_ptr>,
  // Answered when a worker has settled it; `postponed` if none had it to the end.
  caf::replies_to<job>::with<job_outcome>,
  // The job of this number, if a worker has it, is under the lease of this fence from now on.
  caf::reacts_to<atom::attach, uint64_t, uint64_t>,
  // The consumer was opened, as this generation; it awaits `atom::room`.
  caf::reacts_to<atom::attach, consumer_actor, uint64_t>,
  // The cursor is durable up to here.
  caf::reacts_to<atom::committed, position>,
  // A worker joins; it is lost when it ends. Answered once the consumer is open. Errors:
  // `ec::overloaded` (too many), `ec::shutting_down`.
  caf::replies_to<atom::attach, worker_actor>::with<worker_hello>,
  // A worker takes so many more deliveries.
  caf::reacts_to<atom::room, uint64_t, uint64_t>,
  // A worker takes no more.
  caf::reacts_to<atom::drain, uint64_t>,
  caf::replies_to<settle_deliveries>::with<settled_deliveries>,
  // Errors: `ec::overloaded` (too many wait), `ec::shutting_down`.
  caf::replies_to<pull_deliveries>::with<handed_deliveries_ptr>,
  // Nobody waits for the pull with this ticket any more: it is answered with no deliveries, and
  // what it took is returned. Nothing happens if it has its answer.
  caf::reacts_to<atom::closed, uint64_t>, caf::replies_to<atom::status>::with<worker_status>,
  // Hands nothing over any more; answers at once.
  caf::replies_to<atom::drain>::with<atom::done>,
  // INTERNAL: hands over what has come in.
  caf::reacts_to<atom::flush>,
  // INTERNAL: something is due.
  caf::reacts_to<atom::tick, uint64_t>>;

/// Says of a remote consumer whether it is new.
struct put_result {
  remote_consumer consumer;
  bool created = false;
};

/// A remote consumer with its desk.
struct remote_consumer_desk {
  remote_consumer consumer;
  worker_desk_actor desk;
};

/// Remote consumers that are stored and do not run: sentences for the operator.
struct not_loaded {
  std::vector<std::string> reasons;
};

/// WORKER HUB: has the remote consumers.
using worker_hub_actor = caf::typed_actor<
  // Creates or changes a remote consumer; the same again changes nothing. The answer has the name
  // by which the node calls it. Errors: `ec::invalid_argument`, `ec::conflict` (the name is another
  // handler's, or the cursor would lose its meaning), `ec::overloaded` (too many).
  caf::replies_to<put_remote_consumer>::with<put_result>,
  // Errors: `ec::not_found`.
  caf::replies_to<remove_remote_consumer>::with<atom::done>,
  // By the name that the node or the company, if it is not empty, calls it. A company finds those
  // of its own. Errors: `ec::not_found`.
  caf::replies_to<atom::find, std::string, std::string>::with<remote_consumer_desk>,
  caf::replies_to<list_remote_consumers>::with<remote_consumers>,
  // The connection of a worker; it is refused if there is no such consumer for its company.
  caf::reacts_to<open_worker>,
  // Hands nothing over any more.
  caf::replies_to<atom::drain>::with<atom::done>,
  // INTERNAL: loads what is stored; answered when all consumers are registered, with those that
  // could not be, for the operator.
  caf::replies_to<atom::status>::with<not_loaded>>;

/// QUEUE HUB: has the desks of queues of jobs, one for each queue and company. A desk is made when
/// the first worker asks for it. An empty company stands for all jobs of the queue.
using queue_hub_actor = caf::typed_actor<
  // The desk of a queue and a company. Errors: `ec::invalid_argument` (no name of a queue),
  // `ec::conflict` (the node does these jobs itself), `ec::quota_exceeded`, `ec::overloaded` (too
  // many), `ec::shutting_down`.
  caf::replies_to<atom::find, std::string, std::string>::with<worker_desk_actor>,
  // The connection of a worker; it is refused for the same reasons.
  caf::reacts_to<open_worker>,
  // Hands nothing over any more.
  caf::replies_to<atom::drain>::with<atom::done>>;

} // namespace carillon

// Handles travel within the process only.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::worker_actor)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::worker_desk_actor)
