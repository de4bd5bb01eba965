#pragma once

#include <chrono>
#include <cstddef>

namespace carillon {

/// Limits of remote consumers and their workers.
struct worker_options {
  /// Remote consumers; one more is answered `overloaded`.
  size_t max_consumers = 1'000;
  /// Workers of one consumer that are connected, and pulls that wait: each at most so many.
  size_t max_workers = 1'000;
  /// A consumer that has events, and no worker for so long, is reported by `consumer.stalled`,
  /// once.
  std::chrono::milliseconds stalled_after{300'000};
};

} // namespace carillon
