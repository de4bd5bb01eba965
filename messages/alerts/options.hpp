#pragma once

#include <chrono>
#include <cstdint>

namespace carillon {

/// From when on the operator is alerted, see docs/alerts.md. A threshold of 0 is never reached.
struct alert_options {
  /// Time between two looks; an alert begins, and ends, with the second look that says so. 0 = the
  /// node looks at nothing.
  std::chrono::milliseconds interval{10'000};
  /// Age of the first event that a consumer has not handled.
  std::chrono::milliseconds consumer_lag{300'000};
  /// Dead jobs of a queue.
  uint64_t dead_jobs = 1;
  /// For how long the job of a queue that waits longest has been due.
  std::chrono::milliseconds job_wait{900'000};
  /// Part of the disk that is free, in percent.
  uint64_t disk_percent = 10;
  /// Part of the greatest distance of the index, after which commits wait, in percent.
  uint64_t index_percent = 50;
  /// After the end of an alert the same one begins again only after this time.
  std::chrono::milliseconds pause{600'000};
};

} // namespace carillon
