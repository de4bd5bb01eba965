#pragma once

#include "messages/jobs/job.hpp"
#include "messages/jobs/job_outcome.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace carillon {

// Requests of the job dispatcher to the state actor: leases, and how attempts ended.

/// Jobs for workers.
struct leased_jobs {
  std::vector<job> items;
  /// When the next job of these queues is due, except those that a limit held back; empty = never.
  std::optional<timestamp> next_due;
};

using leased_jobs_ptr = std::shared_ptr<const leased_jobs>;

/// Leases due jobs of these queues, unless paused, to workers. Companies that have due jobs in a
/// queue take turns, a job each, so that a company with thousands of jobs does not delay the
/// others; of one company the highest priority goes first, then the longest due. A job whose lease
/// has ended counts as due, and goes before all.
struct lease_jobs {
  using answer = leased_jobs_ptr;
  /// Queue and maximum number of jobs.
  std::vector<std::pair<std::string, size_t>> queues;
  std::chrono::milliseconds lease{60'000};
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

/// At start, when no other process can hold a lease: leases of earlier processes end now.
struct release_leases {
  using answer = uint64_t;
};

} // namespace carillon
