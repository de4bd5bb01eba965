#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// What a queue of workers outside has instead of what holds for all; empty = as all.
struct queue_settings {
  std::optional<std::chrono::milliseconds> ack_timeout;
  std::optional<std::vector<std::chrono::milliseconds>> retry_schedule;

  friend bool operator==(const queue_settings&, const queue_settings&) = default;
};

/// Limits of remote consumers, and of workers.
struct worker_options {
  /// Remote consumers, which companies share.
  size_t max_consumers = 1'000;
  /// Workers of one consumer that are connected, and pulls that wait: each at most so many.
  size_t max_workers = 1'000;
  /// A consumer that has events, and no worker for so long, is reported by `consumer.stalled`,
  /// once.
  std::chrono::milliseconds stalled_after{300'000};
  /// Queues of jobs that workers outside of the node came for since it started, each company's
  /// counted by itself.
  size_t max_queues = 1'000;
  /// Names of queues that outsiders may add jobs to: those with jobs that wait, run or are dead,
  /// which companies share.
  size_t max_queue_names = 10'000;
  /// Workers of one queue and company that are connected, and pulls that wait: each at most so
  /// many.
  size_t max_queue_workers = 1'000;
  /// A job that is neither acknowledged nor extended for so long has failed.
  std::chrono::milliseconds job_ack_timeout{30'000};
  /// Pauses before attempt 2, 3, … of a job of workers outside; after the last one it is dead.
  std::vector<std::chrono::milliseconds> job_retry_schedule{
    std::chrono::minutes{1}, std::chrono::minutes{5}, std::chrono::minutes{15},
    std::chrono::hours{1}, std::chrono::hours{4}};
  /// What single queues have instead, by name.
  std::map<std::string, queue_settings, std::less<>> queues;

  /// The time to acknowledge a job of this queue.
  std::chrono::milliseconds ack_timeout_of(std::string_view queue) const {
    auto found = queues.find(queue);
    return found == queues.end() ? job_ack_timeout
                                 : found->second.ack_timeout.value_or(job_ack_timeout);
  }

  /// A pull of jobs waits so long at least: they come from the store.
  std::chrono::milliseconds least_job_wait{250};
  /// How long a job may wait for others, to travel together, while many come. One that comes alone
  /// does not wait.
  std::chrono::milliseconds job_batch_wait{5};
  /// Jobs of a queue that workers have.
  size_t jobs_in_flight = 10'000;
};

} // namespace carillon
