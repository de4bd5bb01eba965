#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace carillon {

/// Limits of the job queues.
struct job_options {
  /// A lease exceeds the longest attempt by this time: the longest wait of a job between lease and
  /// worker.
  std::chrono::milliseconds lease{60'000};
  /// The lease of a job whose worker is outside of the node, and at work, is renewed so long before
  /// its end.
  std::chrono::milliseconds renew_before{30'000};
  /// Jobs of a queue that are leased ahead of its workers, at most; see `ahead`.
  size_t batch = 512;
  /// Jobs are leased ahead for this much work of the queue's workers: none if they are slow.
  std::chrono::milliseconds ahead{50};
  /// Ends of jobs that workers outside of the node have done are recorded so often: those that come
  /// between share a transaction, and with it a sync of the disk. Other ends are recorded at once.
  std::chrono::milliseconds gather_ends{20};
  /// So many do not wait for others.
  size_t most_gathered_ends = 32;
  /// Longest time between two checks for due jobs, even without an announcement.
  std::chrono::milliseconds tick{5'000};
  /// A job that exceeds the deadline of its queue by this time is given up; its thread is
  /// abandoned.
  std::chrono::milliseconds overdue_grace{2'000};
  /// Threads of a queue that may hang before it waits for one of them.
  size_t max_stuck_threads = 4;
  /// Attempts without a recorded end, beyond those that its queue allows, after which a job is
  /// given up: such a job probably crashes the node.
  uint32_t max_lost_attempts = 20;
  /// Pause after the store rejected a request; doubles up to the maximum.
  std::chrono::milliseconds store_pause{250};
  std::chrono::milliseconds max_store_pause{5'000};
  /// How long the stop waits for jobs under way. Unfinished jobs are repeated.
  std::chrono::milliseconds stop_grace{3'000};
  /// Finished and cancelled jobs are kept for this time.
  std::chrono::milliseconds keep = std::chrono::hours{24 * 30};
  std::chrono::milliseconds trim_interval{60'000};
};

} // namespace carillon
