#pragma once

#include "actors/jobs/dispatched_queue.hpp"

#include <caf/result.hpp>
#include <caf/typed_response_promise.hpp>

#include <functional>

namespace carillon {

/// What operators ask of the job dispatcher about its queues. Part of it, on whose thread it runs.
class job_calls {
public:
  /// @param self the dispatcher, which outlives this, as `env` and `queues` do
  /// @param changed is called when there may be work to do
  job_calls(job_dispatcher_actor::pointer self, const job_dispatcher_env& env,
            dispatched_queues& queues, std::function<void()> changed);

  // Errors of each: those of the request.

  caf::result<atom::done> pause(const pause_job_queue& x);

  /// All queues by name, those without jobs as well.
  caf::result<job_queue_records> list();

private:
  void store_pause(const pause_job_queue& x, caf::typed_response_promise<atom::done> promise);
  void complete(job_queue_records& found) const;

  job_dispatcher_actor::pointer self_;
  const job_dispatcher_env& env_;
  dispatched_queues& queues_;
  std::function<void()> changed_;
};

} // namespace carillon
