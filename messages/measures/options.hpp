#pragma once

#include <chrono>
#include <cstddef>

namespace carillon {

/// How the MEASURE KEEPER works.
struct measure_keeper_options {
  /// Events that one transaction of a backfill covers, at most.
  size_t page_events = 1'000;
  /// Pause between looks at what is due, and after a failure.
  std::chrono::milliseconds tick{1'000};
};

} // namespace carillon
