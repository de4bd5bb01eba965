#pragma once

#include "messages/schedules/definition.hpp"

#include <chrono>
#include <cstddef>

namespace carillon {

/// How many schedules, or delayed events, there may be.
struct schedule_bound {
  /// Of a node.
  size_t all = 0;
  /// Of one company; does not hold for those of none.
  size_t of_company = 0;
};

/// How the SCHEDULER works.
struct scheduler_options {
  /// Longest pause between looks at what is due: what another node has changed, and a step of the
  /// clock, are found so late. Also the pause after a failure.
  std::chrono::milliseconds tick{1'000};
  /// Schedules, and delayed events, that one look takes.
  size_t batch = 64;
  /// Occurrences of one schedule that one look publishes.
  size_t occurrences = 16;
  /// An occurrence that is published no later than this was not missed.
  std::chrono::milliseconds missed_after{60'000};
  /// How long the log may take to store what is published.
  std::chrono::milliseconds publish_deadline{10'000};
  schedule_bound schedules{schedule_limits::schedules, schedule_limits::schedules_of_company};
  schedule_bound delayed{schedule_limits::delayed, schedule_limits::delayed_of_company};
};

} // namespace carillon
