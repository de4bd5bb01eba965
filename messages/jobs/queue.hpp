#pragma once

#include "messages/jobs/job.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace carillon {

/// Does the jobs of a queue. An instance belongs to one worker, which has a thread of its own: it
/// may block, and keep a connection from one job to the next.
class job_runner {
public:
  virtual ~job_runner() = default;

  /// Does it. What it throws counts as a failure that is worth another try. It may be called again
  /// for the same job, even for one that was done: after a crash nobody knows.
  /// @param deadline it should end by then: the job is somebody else's soon after
  virtual job_outcome run(const job& x, std::chrono::steady_clock::time_point deadline) = 0;
};

/// How the jobs of a queue are done.
struct job_queue {
  /// As `queue_of` the kinds.
  std::string name;
  /// Jobs at a time, 1–64; each has a thread.
  size_t workers = 1;
  /// Pauses before attempt 2, 3, …; after the last attempt the job is dead.
  std::vector<std::chrono::milliseconds> retry_schedule{
    std::chrono::minutes{1}, std::chrono::minutes{5}, std::chrono::minutes{15},
    std::chrono::hours{1}, std::chrono::hours{4}};
  /// Of one attempt.
  std::chrono::milliseconds deadline{30'000};
  /// Pause after a job said `unavailable`; doubles up to the maximum as long as they say so.
  std::chrono::milliseconds away_pause{1'000};
  std::chrono::milliseconds max_away_pause{30'000};
  /// A job that is older, and meets what is away still, is dead.
  std::chrono::milliseconds give_up_after = std::chrono::hours{24 * 5};
  /// Makes the runner of a worker; called on its thread.
  std::function<std::unique_ptr<job_runner>()> make;
};

} // namespace carillon
