#pragma once

#include "persistence/state/jobs/job_leases.hpp"
#include "persistence/state/jobs/job_store.hpp"
#include "persistence/state/jobs/job_table.hpp"
#include "persistence/state/jobs/unsure_jobs.hpp"
#include "persistence/state/operators/audit_trail.hpp"
#include "persistence/state/sql/state_connection.hpp"

namespace carillon::sql {

/// Jobs, in SQL.
class sql_job_store final : public job_store {
public:
  sql_job_store(state_connection& db, audit_trail& audit)
    : db_(db), audit_(audit), table_(db), leases_(db) {
  }

  /// Writes the jobs of handlers.
  effect_writer& effects() noexcept {
    return table_;
  }

  expected<enqueued_jobs> enqueue(const enqueue_jobs& x, timestamp now) override;
  expected<enqueued_calls> enqueue(std::span<const enqueue_jobs* const> xs, timestamp now) override;
  expected<enqueued_and_leased> enqueue(std::span<const enqueue_jobs* const> xs,
                                        const lease_jobs& then, timestamp now) override;
  expected<leased_jobs> lease(const lease_jobs& x, timestamp now) override;
  expected<void> finish(const finish_jobs& x, timestamp now) override;
  expected<void> renew(const renew_leases& x, timestamp now) override;
  expected<void> note(const note_progress& x) override;
  expected<uint64_t> release(const release_leases& x, timestamp now) override;
  expected<job_page> list(const list_jobs& x) override;
  expected<job> get(const get_job& x) override;
  expected<job> retry(const retry_job& x, timestamp now) override;
  expected<uint64_t> retry(const retry_jobs& x, timestamp now) override;
  expected<job> cancel(const cancel_job& x, timestamp now) override;
  expected<void> pause(const pause_job_queue& x, timestamp now) override;
  expected<job_queue_records> queues(const list_job_queues& x) override;
  expected<uint64_t> trim(const trim_jobs& x) override;

private:
  /// @param then is called in the transaction, behind all calls
  template <class F>
  expected<enqueued_calls> enqueue_all(std::span<const enqueue_jobs* const> xs, timestamp now,
                                       F then);

  /// Adds the jobs of one call within a transaction.
  enqueued_jobs add(const enqueue_jobs& x, timestamp now);

  state_connection& db_;
  audit_trail& audit_;
  job_table table_;
  job_leases leases_;
  unsure_jobs unsure_;
};

} // namespace carillon::sql
