#pragma once

#include "messages/jobs/job.hpp"
#include "messages/jobs/job_outcome.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace carillon {

/// Runs the jobs of a queue. An instance belongs to one worker with its own thread: it may block,
/// and keep a connection from one job to the next.
class job_runner {
public:
  virtual ~job_runner() = default;

  /// Runs the job. An exception counts as a failure that is worth another try. It may be called
  /// again for the same job, even a completed one: a crash may lose the outcome.
  /// @param deadline it should end by then; soon after, another worker may lease the job
  virtual job_outcome run(const job& x, std::chrono::steady_clock::time_point deadline) = 0;
};

/// Settings of a queue of jobs.
struct job_queue {
  /// `queue_of` its kinds.
  std::string name;
  /// Jobs at a time, 1–64; each has a thread.
  size_t workers = 1;
  /// Pauses before attempt 2, 3, …; after the last attempt the job is dead.
  std::vector<std::chrono::milliseconds> retry_schedule{
    std::chrono::minutes{1}, std::chrono::minutes{5}, std::chrono::minutes{15},
    std::chrono::hours{1}, std::chrono::hours{4}};
  /// Of one attempt.
  std::chrono::milliseconds deadline{30'000};
  /// Pause after a job reported `unavailable`; doubles up to the maximum while jobs report it.
  std::chrono::milliseconds away_pause{1'000};
  std::chrono::milliseconds max_away_pause{30'000};
  /// A job that is older than this and still reports `unavailable` becomes dead.
  std::chrono::milliseconds give_up_after = std::chrono::hours{24 * 5};
  /// Makes the runner of a worker; called on its thread.
  std::function<std::unique_ptr<job_runner>()> make;
};

/// Whether its settings are valid. Errors: `invalid_argument`, with the field.
expected<void> check(const job_queue& x);

} // namespace carillon
