#pragma once

#include "messages/contacts/contact.hpp"
#include "messages/contacts/document.hpp"
#include "messages/contacts/requests.hpp"
#include "messages/interfaces.hpp"
#include "messages/jobs/requests.hpp"
#include "messages/webhooks/interfaces.hpp"

#include <caf/typed_actor.hpp>

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::job_outcome)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::enqueue_jobs)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::enqueued_jobs)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::lease_jobs)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::leased_jobs_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::finish_jobs)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::release_leases)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::list_jobs)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::job_page)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::get_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::retry_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::retry_jobs)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::cancel_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::pause_job_queue)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::list_job_queues)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::job_queue_records)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::trim_jobs)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::contact)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::put_contact)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::delete_contact)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::get_contact)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::list_contacts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::contact_list)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::list_notifications)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::get_notification)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::notification)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::notification_list)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::read_notifications)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::unannounced_notifications)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::notifications)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::note_announced)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::trim_notifications)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::document)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::add_document)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::get_document)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::list_documents)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::document_page)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::find_old_documents)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::old_documents)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::remove_documents)

namespace carillon {

/// EFFECT LISTENER: notified when effects that it waits for are durable.
using effect_listener_actor = caf::typed_actor<
  // Jobs, or notifications, were added.
  caf::reacts_to<atom::committed>>;

} // namespace carillon

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::effect_listener_actor)

namespace carillon {

/// Requests to the STATE actor about jobs, contacts, notifications and documents. Every request may
/// also fail with `ec::store_unavailable`.
using people_state_actor = caf::typed_actor<
  // Notifies it from now on when jobs were added.
  caf::reacts_to<atom::enqueued, effect_listener_actor>,
  // Notifies it from now on when notifications were added.
  caf::reacts_to<atom::notified, effect_listener_actor>,
  caf::replies_to<enqueue_jobs>::with<enqueued_jobs>,
  caf::replies_to<lease_jobs>::with<leased_jobs_ptr>,
  caf::replies_to<finish_jobs>::with<atom::done>,
  // How many were released.
  caf::replies_to<release_leases>::with<uint64_t>, caf::replies_to<list_jobs>::with<job_page>,
  caf::replies_to<get_job>::with<job>, caf::replies_to<retry_job>::with<job>,
  // How many.
  caf::replies_to<retry_jobs>::with<uint64_t>, caf::replies_to<cancel_job>::with<job>,
  caf::replies_to<pause_job_queue>::with<atom::done>,
  caf::replies_to<list_job_queues>::with<job_queue_records>,
  caf::replies_to<trim_jobs>::with<uint64_t>, caf::replies_to<put_contact>::with<contact>,
  caf::replies_to<delete_contact>::with<atom::done>, caf::replies_to<get_contact>::with<contact>,
  caf::replies_to<list_contacts>::with<contact_list>,
  caf::replies_to<list_notifications>::with<notification_list>,
  caf::replies_to<get_notification>::with<notification>,
  caf::replies_to<read_notifications>::with<uint64_t>,
  caf::replies_to<unannounced_notifications>::with<notifications>,
  caf::replies_to<note_announced>::with<atom::done>,
  caf::replies_to<trim_notifications>::with<uint64_t>,
  caf::replies_to<add_document>::with<document>, caf::replies_to<get_document>::with<document>,
  caf::replies_to<list_documents>::with<document_page>,
  caf::replies_to<find_old_documents>::with<old_documents>,
  // How many.
  caf::replies_to<remove_documents>::with<uint64_t>>;

/// STATE with all its requests.
using full_state_actor
  = state_actor::extend_with<webhook_state_actor>::extend_with<people_state_actor>;

/// JOB WORKER: runs jobs of one queue, one at a time.
using job_worker_actor = caf::typed_actor<caf::replies_to<job>::with<job_outcome>>;

struct job_queue;

/// See `messages/jobs/queue.hpp`. Opaque here.
using job_queue_ptr = std::shared_ptr<const job_queue>;

/// JOB DISPATCHER: hands due jobs to workers, and records the outcomes.
using job_dispatcher_actor = effect_listener_actor::extend<
  // Runs the jobs of this queue from now on. Errors: `ec::conflict` (known already),
  // `ec::invalid_argument`.
  caf::replies_to<job_queue_ptr>::with<atom::done>,
  caf::replies_to<enqueue_jobs>::with<enqueued_jobs>, caf::replies_to<retry_job>::with<job>,
  // How many.
  caf::replies_to<retry_jobs>::with<uint64_t>, caf::replies_to<cancel_job>::with<job>,
  // Errors: `ec::not_found` (no such queue).
  caf::replies_to<pause_job_queue>::with<atom::done>,
  // Includes queues that have jobs but are not registered.
  caf::replies_to<list_job_queues>::with<job_queue_records>,
  // Begins nothing more; answers when the running jobs have ended.
  caf::replies_to<atom::drain>::with<atom::done>,
  // INTERNAL: something is due.
  caf::reacts_to<atom::tick, uint64_t>>;

} // namespace carillon

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::job_queue_ptr)
