#pragma once

#include <chrono>
#include <cstddef>

namespace carillon {

/// Limits of the announcer.
struct announcer_options {
  /// Notifications that are published at a time.
  size_t batch = 500;
  /// Longest time between two queries for notifications.
  std::chrono::milliseconds tick{5'000};
  /// How long appending a batch may take.
  std::chrono::milliseconds publish_deadline{30'000};
  /// Pause after log or store failed; doubles up to the maximum.
  std::chrono::milliseconds pause{250};
  std::chrono::milliseconds max_pause{10'000};
  /// Retention of notifications, read or not.
  std::chrono::milliseconds keep = std::chrono::hours{24 * 30};
  std::chrono::milliseconds trim_interval{60'000};
};

} // namespace carillon
