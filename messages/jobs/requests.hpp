#pragma once

#include "base/page.hpp"
#include "messages/access/operator_stamp.hpp"
#include "messages/jobs/job.hpp"
#include "messages/jobs/lease_requests.hpp"
#include "messages/list_request.hpp"
#include "messages/request.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carillon {

// Requests to the state actor about jobs; see `lease_requests.hpp` for those of workers.

/// One per draft: the job's id, and whether the key was known already.
struct enqueued_job {
  uint64_t id = 0;
  bool duplicate = false;
  /// Of a duplicate: the first one has another kind or payload.
  bool differs = false;
};

using enqueued_jobs = std::vector<enqueued_job>;

/// Enqueues jobs that no event causes, all or none; at most 1,000. Errors: those of
/// `check(const job_draft&)`, `too_large`.
struct enqueue_jobs {
  using answer = enqueued_jobs;
  std::vector<job_draft> drafts;
};

using job_page = page_of<job>;

/// Newest first.
struct list_jobs {
  using answer = job_page;
  list_request page;
  /// A kind, or a queue.
  std::optional<std::string> kind;
  std::optional<job_state> state;
};

/// Errors: `not_found` (also for another company's job).
struct get_job {
  using answer = job;
  uint64_t id = 0;
  std::optional<std::string> company_id;
};

/// Makes a job due now, with its attempts counted anew. Errors: `not_found`, `conflict` (it runs,
/// or is done).
struct retry_job {
  using answer = job;
  uint64_t id = 0;
  std::optional<std::string> company_id;
  operator_stamp by;
};

/// Makes dead jobs due now, those with the lowest numbers first, with their attempts counted anew.
/// Answers how many: if it equals `limit`, there may be more.
struct retry_jobs {
  using answer = uint64_t;
  /// A kind, or a queue; empty = all kinds.
  std::string kind;
  std::optional<std::string> company_id;
  operator_stamp by;
  /// 1–1000.
  size_t limit = 1'000;
};

/// Errors: `not_found`, `conflict` (it runs, or has ended).
struct cancel_job {
  using answer = job;
  uint64_t id = 0;
  std::optional<std::string> company_id;
  operator_stamp by;
};

/// Pauses or resumes the workers of a queue. Survives a restart.
struct pause_job_queue {
  using answer = void;
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
  /// Of waiting jobs; empty = no job waits.
  std::optional<timestamp> oldest_due;
  /// Why the queue has paused itself, as its runner reported; empty = it has not.
  std::string unavailable = {};
  /// When it tries a job again.
  std::optional<timestamp> next_try = {};
};

using job_queue_records = std::vector<job_queue_record>;

/// Queues that are paused, or have jobs that wait, run or are dead.
struct list_job_queues {
  using answer = job_queue_records;
};

/// Deletes jobs that ended, `done` and `cancelled`, before then; at most `limit`. Answers how many.
struct trim_jobs {
  using answer = uint64_t;
  timestamp before;
  size_t limit = 1'000;
};

/// Requests about jobs that the state actor answers.
using job_requests
  = request_list<enqueue_jobs, lease_jobs, await_jobs, finish_jobs, renew_leases, note_progress,
                 release_leases, list_jobs, get_job, retry_job, retry_jobs, cancel_job,
                 pause_job_queue, list_job_queues, trim_jobs>;

} // namespace carillon
