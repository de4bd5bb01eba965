#pragma once

#include "messages/consumers/effect_listener.hpp"
#include "messages/ids.hpp"
#include "messages/jobs/requests.hpp"
#include "messages/request_actor.hpp"

#include <caf/typed_actor.hpp>

#include <memory>

namespace carillon {

/// Jobs: the STATE actor, as this capability sees it. Every request may also fail with
/// `ec::store_unavailable`.
using job_store_actor = actor_answering<job_requests>::extend<
  // Notifies this actor from now on when jobs were added, unless the answer to an `await_jobs`
  // tells of all of them.
  caf::reacts_to<atom::enqueued, effect_listener_actor>>;

/// JOB WORKER: runs jobs of one queue, one at a time.
using job_worker_actor = caf::typed_actor<caf::replies_to<job>::with<job_outcome>>;

struct job_queue;

/// See `messages/jobs/queue.hpp`. Opaque here.
using job_queue_ptr = std::shared_ptr<const job_queue>;

struct remote_job_queue;

/// See `messages/workers/remote_queue.hpp`. Opaque here.
using remote_job_queue_ptr = std::shared_ptr<const remote_job_queue>;

/// JOB DISPATCHER: hands due jobs to workers, and records the outcomes. Jobs are enqueued, retried
/// and cancelled by the state actor, which announces them to the dispatcher when they are durable.
using job_dispatcher_actor = effect_listener_actor::extend<
  // Runs the jobs of this queue from now on. Errors: `ec::conflict` (known already),
  // `ec::invalid_argument`.
  caf::replies_to<job_queue_ptr>::with<atom::done>,
  // Hands the jobs of this queue to a desk from now on. Errors: `ec::conflict` (the queue's workers
  // are part of the node, or it is known already).
  caf::replies_to<remote_job_queue_ptr>::with<atom::done>,
  // Of the desk of a remote queue, by `remote_queue_key`: how many jobs its workers may have.
  caf::reacts_to<atom::room, std::string, uint64_t>,
  // Whether the workers of this queue are part of the node.
  caf::replies_to<atom::find, std::string>::with<bool>,
  // Errors: `ec::not_found` (no such queue, and no jobs of it).
  caf::replies_to<pause_job_queue>::with<atom::done>,
  // Includes queues that have jobs but are not registered.
  caf::replies_to<list_job_queues>::with<job_queue_records>,
  // Begins no further jobs; answers when the running jobs have ended.
  caf::replies_to<atom::drain>::with<atom::done>,
  // INTERNAL: something is due.
  caf::reacts_to<atom::tick, uint64_t>>;

} // namespace carillon
