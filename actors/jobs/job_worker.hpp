#pragma once

#include "messages/jobs/interfaces.hpp"
#include "messages/jobs/queue.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <memory>

namespace carillon {

/// State of a JOB WORKER. Made, used and destroyed on the thread of the actor, like its runner.
class job_worker_state {
public:
  static constexpr const char* name = "carillon.job_worker";

  job_worker_state() = default;

  job_queue_ptr queue;

  /// Does the job; an exception fails only this attempt.
  job_outcome run(const job& x);

private:
  std::unique_ptr<job_runner> runner_;
};

/// Runs a JOB WORKER; spawn it detached. Its runner is made for the first job, and made again if
/// that failed.
job_worker_actor::behavior_type
job_worker(job_worker_actor::stateful_pointer<job_worker_state> self, job_queue_ptr queue);

} // namespace carillon
