#pragma once

#include "messages/consumers/rows.hpp"
#include "messages/jobs/job.hpp"
#include "messages/state_requests.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace carillon {

// Requests to the state actor about jobs.

/// Enqueues jobs that no event causes.
struct enqueue_jobs {
  std::vector<job_draft> drafts;
};

/// One per draft: the job's id, and whether the key was there already.
struct enqueued_job {
  uint64_t id = 0;
  bool duplicate = false;
};

using enqueued_jobs = std::vector<enqueued_job>;

/// Gives due jobs of these queues, unless paused, to workers. Companies that have due jobs in a
/// queue take turns, a job each, so that no company waits for thousands of jobs of another. Within
/// a company the highest priority goes first, then the longest due. A job whose lease has ended is
/// due, and goes before all others.
struct lease_jobs {
  /// Queues with the most jobs to lease of each.
  std::vector<std::pair<std::string, size_t>> queues;
  std::chrono::milliseconds lease{60'000};
};

struct leased_jobs {
  std::vector<job> items;
  /// When the next job of these queues is due, except those that a limit held back; empty = never.
  std::optional<timestamp> next_due;
};

using leased_jobs_ptr = std::shared_ptr<const leased_jobs>;

/// The end of an attempt.
struct finished_job {
  uint64_t id = 0;
  uint64_t fence = 0;
  job_outcome outcome;
  /// After a failure: when it is due again; empty = it was the last attempt.
  std::optional<timestamp> again;
  /// It was not begun, or is not at fault: it is due at `again`, and the lease does not count as an
  /// attempt. Without an error the last error stays.
  bool returned = false;
};

/// Records ends of attempts in one transaction. Attempts with an old fence are ignored: another
/// worker has the job.
struct finish_jobs {
  std::vector<finished_job> items;
};

/// Ends the leases of a previous process now. For the start, when no worker holds any.
struct release_leases {};

/// Newest first.
struct list_jobs {
  list_request page;
  /// A kind, or a queue.
  std::optional<std::string> kind;
  std::optional<job_state> state;
};

using job_page = page_of<job>;

/// Errors: `not_found` (also of another company).
struct get_job {
  uint64_t id = 0;
  std::optional<std::string> company_id;
};

/// Makes a job due now, its attempts begin anew. Errors: `not_found`, `conflict` (it runs, or is
/// done).
struct retry_job {
  uint64_t id = 0;
  std::optional<std::string> company_id;
  operator_stamp by;
};

/// Makes dead jobs due now, those with the lowest numbers first; their attempts begin anew. Answers
/// how many: as many as `limit` means that there may be more.
struct retry_jobs {
  /// A kind, or a queue; empty = of every kind.
  std::string kind;
  std::optional<std::string> company_id;
  operator_stamp by;
  /// 1–1000.
  size_t limit = 1'000;
};

/// Errors: `not_found`, `conflict` (it runs, or has ended).
struct cancel_job {
  uint64_t id = 0;
  std::optional<std::string> company_id;
  operator_stamp by;
};

/// Pauses or resumes the workers of a queue. Survives a restart.
struct pause_job_queue {
  std::string queue;
  bool paused = true;
  operator_stamp by;
};

/// Counts per queue.
struct job_queue_record {
  std::string queue;
  bool paused = false;
  uint64_t queued = 0;
  uint64_t running = 0;
  uint64_t dead = 0;
  /// Of waiting jobs; empty = none waits.
  std::optional<timestamp> oldest_due;
  /// Why the queue pauses by itself, as its runner reported; empty = it does not.
  std::string unavailable = {};
  /// When it tries a job again.
  std::optional<timestamp> next_try = {};
};

struct list_job_queues {};

using job_queue_records = std::vector<job_queue_record>;

/// Deletes jobs that ended, `done` and `cancelled`, before then; at most `limit`. Answers how many.
struct trim_jobs {
  timestamp before;
  size_t limit = 1'000;
};

} // namespace carillon
