#pragma once

#include "messages/jobs/interfaces.hpp"
#include "messages/jobs/options.hpp"
#include "messages/jobs/queue.hpp"
#include "messages/telemetry.hpp"

#include <functional>

namespace carillon {

/// Dependencies of the dispatcher.
struct job_dispatcher_env {
  job_store_actor state_writer;
  /// Counts jobs.
  job_store_actor state_reader;
  telemetry_ptr stats;
  /// The wall clock; tests tie it to their virtual one.
  std::function<timestamp()> now = wall_clock_now;
  /// Jitter of retries, 0 ≤ x < 1.
  std::function<double()> random;
  job_options options;
  /// Makes a worker; empty = a JOB WORKER with a thread of its own.
  std::function<job_worker_actor(const job_queue_ptr&)> make_worker;
};

} // namespace carillon
