#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace carillon {

/// Limits of the job queues.
struct job_options {
  /// How much longer a lease is than an attempt may take: jobs wait so long at most between lease
  /// and worker.
  std::chrono::milliseconds lease{60'000};
  /// Jobs of a queue that are leased ahead of its workers, at most; see `ahead`.
  size_t batch = 512;
  /// As many jobs are leased ahead as the workers of the queue do in this time: none if they are
  /// slow.
  std::chrono::milliseconds ahead{50};
  /// Jobs that became due are looked for at least so often, told of or not.
  std::chrono::milliseconds tick{5'000};
  /// A job that takes so much longer than the deadline of its queue is given up; its thread is left
  /// behind.
  std::chrono::milliseconds overdue_grace{2'000};
  /// Threads of a queue that may hang before it waits for one of them.
  size_t max_stuck_threads = 4;
  /// A job that was begun so many times more than its queue tries, with no end on record, takes the
  /// node down with it: it is given up.
  uint32_t max_lost_attempts = 20;
  /// Pause after the store refused; doubles up to the maximum.
  std::chrono::milliseconds store_pause{250};
  std::chrono::milliseconds max_store_pause{5'000};
  /// How long the stop waits for jobs under way. What does not end is done again.
  std::chrono::milliseconds stop_grace{3'000};
  /// Jobs that are done or cancelled are kept for so long.
  std::chrono::milliseconds keep = std::chrono::hours{24 * 30};
  std::chrono::milliseconds trim_interval{60'000};
};

} // namespace carillon
