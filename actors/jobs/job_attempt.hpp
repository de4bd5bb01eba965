#pragma once

#include "messages/jobs/queue.hpp"
#include "messages/jobs/requests.hpp"
#include "messages/telemetry.hpp"

#include <chrono>
#include <cstdint>
#include <functional>

namespace carillon {

/// One attempt at a job.
struct job_attempt {
  uint64_t id = 0;
  uint64_t fence = 0;
  /// 1 = the first.
  uint32_t number = 0;
  std::chrono::steady_clock::time_point begun;
  timestamp created_at;
};

// What the end of an attempt means for its job. Plain logic.

/// How the metrics count an outcome.
job_end end_of(const job_outcome& x) noexcept;

/// The record of an attempt that was made. A failure that the queue's schedule covers is due again
/// after its pause and a jitter; one of an unavailable dependency at once, and it does not count.
/// @param random the jitter, 0 ≤ x < 1; empty = none
finished_job finished(const job_attempt& x, const job_outcome& outcome, const job_queue& of,
                      timestamp now, const std::function<double()>& random);

/// The record of an attempt that asks for another time; it does not count.
finished_job postponed(const job_attempt& x, const job_outcome& outcome, timestamp now);

/// The record of a job that was leased and not begun.
finished_job returned(const job& x, timestamp now);

} // namespace carillon
