#pragma once

#include "messages/jobs/interfaces.hpp"
#include "messages/workers/interfaces.hpp"
#include "messages/workers/options.hpp"

#include <functional>
#include <optional>
#include <string>

namespace carillon {

/// Where the jobs of a desk come from, and where what is said of them goes.
struct desk_jobs {
  job_dispatcher_actor dispatcher;
  job_store_actor store;
  /// See `remote_queue_key`.
  std::string queue;
};

/// Dependencies of a worker desk.
struct worker_desk_env {
  remote_consumer settings;
  /// The wall clock; tests replace it by their virtual one.
  std::function<timestamp()> now = wall_clock_now;
  worker_options options;
  /// Which history of the log the positions are of.
  std::string history = {};
  /// Gets the report that the consumer has no worker; may be empty.
  std::function<void(draft_ptr)> publish = {};
  /// Set for a queue of jobs, which has no consumer.
  std::optional<desk_jobs> jobs = {};
  /// Gets the spans of what workers have; null = there are none.
  tracer_ptr traces = nullptr;
};

} // namespace carillon
