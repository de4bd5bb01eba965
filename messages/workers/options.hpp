#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace carillon {

/// Limits of remote consumers, and of workers.
struct worker_options {
  /// Remote consumers; one more is answered `overloaded`.
  size_t max_consumers = 1'000;
  /// Workers of one consumer that are connected, and pulls that wait: each at most so many.
  size_t max_workers = 1'000;
  /// A consumer that has events, and no worker for so long, is reported by `consumer.stalled`,
  /// once.
  std::chrono::milliseconds stalled_after{300'000};
  /// Queues of jobs that workers outside of the node came for since it started, each company's
  /// counted by itself.
  size_t max_queues = 1'000;
  /// A job that is neither acknowledged nor extended for so long has failed.
  std::chrono::milliseconds job_ack_timeout{30'000};
  /// A pull of jobs waits so long at least: they come from the store.
  std::chrono::milliseconds least_job_wait{250};
  /// How long a job may wait for others that were leased with it, to travel together.
  std::chrono::milliseconds job_batch_wait{5};
  /// Jobs of a queue that workers have.
  uint32_t jobs_in_flight = 10'000;
};

} // namespace carillon
