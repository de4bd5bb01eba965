#pragma once

#include "messages/jobs/job.hpp"
#include "messages/jobs/job_outcome.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

// Requests of the job dispatcher to the state actor: leases, and how attempts ended.

/// Jobs for workers.
struct leased_jobs {
  std::vector<job> items;
  /// Of each item, by which of the request's `queues` it was leased.
  std::vector<size_t> asked_by = {};
  /// When the next job of these queues is due, except those that a limit held back; empty = never.
  std::optional<timestamp> next_due;
  /// Of `await_jobs`: to which of the request's `queues` jobs were added. Nothing is said of
  /// others.
  std::vector<size_t> added_to = {};
};

using leased_jobs_ptr = std::shared_ptr<const leased_jobs>;

/// How many jobs of a queue are wanted.
struct wanted_jobs {
  std::string queue;
  size_t most = 0;
  /// Only this company's; empty = any.
  std::optional<std::string> company_id = {};
};

/// Leases due jobs of these queues, unless paused, to workers. Companies that have due jobs in a
/// queue take turns, a job each, so that a company with thousands of jobs does not delay the
/// others; of one company the highest priority goes first, then the longest due. A job whose lease
/// has ended counts as due, and goes before all.
struct lease_jobs {
  using answer = leased_jobs_ptr;
  std::vector<wanted_jobs> queues;
  std::chrono::milliseconds lease{60'000};
};

/// Leases jobs of these queues, as `lease_jobs` does, when some are added to one of them by
/// `enqueue_jobs`: in the transaction that adds them. For workers that wait for queues without due
/// jobs. Answered then; with null if another `await_jobs`, or `lease_jobs`, comes before, which
/// ends it, or if it names no queue.
struct await_jobs {
  using answer = leased_jobs_ptr;
  lease_jobs what;
};

/// The end of an attempt.
struct finished_job {
  uint64_t id = 0;
  uint64_t fence = 0;
  job_outcome outcome;
  /// After a failure: when it is due again; empty = it was the last attempt.
  std::optional<timestamp> again;
  /// The job was not begun, or is not at fault: it is due at `again`, and the lease does not count
  /// as an attempt. Without an error the last error stays.
  bool returned = false;
};

/// Records ends of attempts in one transaction. Attempts with an old fence are ignored: another
/// worker has the job.
struct finish_jobs {
  using answer = void;
  std::vector<finished_job> items;
};

/// A lease of a job: its id and its fence.
struct job_lease {
  uint64_t id = 0;
  uint64_t fence = 0;
};

/// Leases that have not ended end at this time from now on: their workers are at work. Leases with
/// an old fence are ignored.
struct renew_leases {
  using answer = void;
  std::vector<job_lease> items;
  std::chrono::milliseconds lease{60'000};
};

/// What a worker said of a job that it has.
struct noted_progress {
  job_lease of;
  job_progress what;
};

/// Keeps the notes, instead of earlier ones. Those of leases with an old fence are ignored.
struct note_progress {
  using answer = void;
  std::vector<noted_progress> items;
};

/// At start, when no other process can hold a lease: leases of earlier processes end now.
struct release_leases {
  using answer = uint64_t;
};

} // namespace carillon
