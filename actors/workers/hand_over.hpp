#pragma once

#include "messages/consumers/handler.hpp"
#include "messages/jobs/job.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace carillon {

/// A delivery or a job that is to be handed over.
struct work_item {
  /// Of all its attempts.
  std::string id;
  /// Begins its fence.
  uint64_t generation = 0;
  size_t bytes = 0;
};

/// Who gets it.
struct hand_over_place {
  /// Of the hand-over.
  uint64_t number = 0;
  /// See `worker_credits`.
  uint64_t worker = 0;
  std::string id;
  std::string fence;
};

/// How a delivery ended that was in the hands of a worker.
struct ended_delivery {
  /// Of its hand-over.
  uint64_t number = 0;
  delivery_outcome outcome;
  /// As it was handed over with.
  std::string key = {};
  /// Of a job that is done.
  std::string result = {};
};

/// What a worker said of a job that it has.
struct noted_job {
  /// Of its hand-over.
  uint64_t number = 0;
  job_progress what;
};

} // namespace carillon
