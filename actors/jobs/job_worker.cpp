#include "actors/jobs/job_worker.hpp"

#include "messages/actor_defaults.hpp"

#include <exception>

namespace carillon {

job_outcome job_worker_state::run(const job& x) {
  auto deadline = std::chrono::steady_clock::now() + queue->deadline;
  try {
    if (runner_ == nullptr)
      runner_ = queue->make();
    if (runner_ == nullptr)
      return job_outcome::failed("the queue has no runner for its jobs");
    return runner_->run(x, deadline);
  } catch (const std::exception& e) {
    return job_outcome::failed(e.what());
  } catch (...) {
    return job_outcome::failed("the runner threw something that is no std::exception");
  }
}

job_worker_actor::behavior_type
job_worker(job_worker_actor::stateful_pointer<job_worker_state> self, job_queue_ptr queue) {
  auto* st = &self->state;
  st->queue = std::move(queue);
  stay_alive(self);
  run_in_background(self);
  return {
    [st](const job& x) { return st->run(x); },
  };
}

} // namespace carillon
