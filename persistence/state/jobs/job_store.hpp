#pragma once

#include "base/failure.hpp"
#include "messages/jobs/requests.hpp"

#include <optional>
#include <span>
#include <vector>

namespace carillon {

/// The part of the state store for jobs; see `state_store`. The requests name further errors.
class job_store {
public:
  virtual ~job_store() = default;

  /// Of each call, what `enqueue` of it alone would answer.
  using enqueued_calls = std::vector<expected<enqueued_jobs>>;

  virtual expected<enqueued_jobs> enqueue(const enqueue_jobs& x, timestamp now) = 0;

  /// Several calls in one transaction. One that is at fault adds nothing, and fails alone. Errors
  /// of the whole: those of the store; then none has added anything, or it is not known.
  virtual expected<enqueued_calls> enqueue(std::span<const enqueue_jobs* const> xs, timestamp now)
    = 0;

  struct enqueued_and_leased {
    enqueued_calls calls;
    /// Empty if all calls are at fault.
    std::optional<leased_jobs> leased;
  };

  /// The same, and leases due jobs then, in the same transaction.
  virtual expected<enqueued_and_leased> enqueue(std::span<const enqueue_jobs* const> xs,
                                                const lease_jobs& then, timestamp now)
    = 0;

  virtual expected<leased_jobs> lease(const lease_jobs& x, timestamp now) = 0;

  virtual expected<void> finish(const finish_jobs& x, timestamp now) = 0;

  virtual expected<void> renew(const renew_leases& x, timestamp now) = 0;

  virtual expected<void> note(const note_progress& x) = 0;

  /// How many were released.
  virtual expected<uint64_t> release(const release_leases& x, timestamp now) = 0;

  virtual expected<job_page> list(const list_jobs& x) = 0;

  virtual expected<job> get(const get_job& x) = 0;

  virtual expected<job> retry(const retry_job& x, timestamp now) = 0;

  /// How many were made due.
  virtual expected<uint64_t> retry(const retry_jobs& x, timestamp now) = 0;

  virtual expected<job> cancel(const cancel_job& x, timestamp now) = 0;

  virtual expected<void> pause(const pause_job_queue& x, timestamp now) = 0;

  virtual expected<job_queue_records> queues(const list_job_queues& x) = 0;

  /// How many were deleted.
  virtual expected<uint64_t> trim(const trim_jobs& x) = 0;
};

} // namespace carillon
