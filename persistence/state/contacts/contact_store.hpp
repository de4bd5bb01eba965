#pragma once

#include "base/failure.hpp"
#include "messages/contacts/contact.hpp"
#include "messages/contacts/document.hpp"
#include "messages/contacts/requests.hpp"
#include "messages/jobs/requests.hpp"

namespace carillon {

/// The part of the state store for jobs, contacts, notifications and documents; see there. The
/// requests name further errors.
class people_store {
public:
  virtual ~people_store() = default;

  // -- jobs ---------------------------------------------------------------------

  virtual expected<enqueued_jobs> enqueue(const enqueue_jobs& x, timestamp now) = 0;

  virtual expected<leased_jobs> lease(const lease_jobs& x, timestamp now) = 0;

  virtual expected<void> finish(const finish_jobs& x, timestamp now) = 0;

  /// How many were released.
  virtual expected<uint64_t> release(const release_leases& x, timestamp now) = 0;

  virtual expected<job_page> jobs(const list_jobs& x) = 0;

  virtual expected<job> get(const get_job& x) = 0;

  virtual expected<job> retry(const retry_job& x, timestamp now) = 0;

  /// How many were made due.
  virtual expected<uint64_t> retry(const retry_jobs& x, timestamp now) = 0;

  virtual expected<job> cancel(const cancel_job& x, timestamp now) = 0;

  virtual expected<void> pause(const pause_job_queue& x, timestamp now) = 0;

  virtual expected<job_queue_records> job_queues(const list_job_queues& x) = 0;

  /// How many were deleted.
  virtual expected<uint64_t> trim(const trim_jobs& x) = 0;

  // -- people -------------------------------------------------------------------

  virtual expected<contact> put(const put_contact& x, timestamp now) = 0;

  virtual expected<void> remove(const delete_contact& x, timestamp now) = 0;

  virtual expected<contact> get(const get_contact& x) = 0;

  virtual expected<contact_list> contacts(const list_contacts& x) = 0;

  virtual expected<notification_list> notifications_of(const list_notifications& x) = 0;

  virtual expected<notification> get(const get_notification& x) = 0;

  virtual expected<uint64_t> read(const read_notifications& x, timestamp now) = 0;

  virtual expected<notifications> unannounced(const unannounced_notifications& x) = 0;

  virtual expected<void> note(const note_announced& x) = 0;

  virtual expected<uint64_t> trim(const trim_notifications& x) = 0;

  // -- documents ----------------------------------------------------------------

  virtual expected<document> add(const add_document& x, timestamp now) = 0;

  virtual expected<document> get(const get_document& x) = 0;

  virtual expected<document_page> documents(const list_documents& x) = 0;

  virtual expected<old_documents> find(const find_old_documents& x) = 0;

  /// How many there were.
  virtual expected<uint64_t> remove(const remove_documents& x, timestamp now) = 0;
};

} // namespace carillon
