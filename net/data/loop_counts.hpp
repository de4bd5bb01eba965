#pragma once

#include "messages/telemetry.hpp"

#include <cstdint>

namespace carillon::data {

/// What a loop has counted since its last report, on its own thread without atomics.
struct loop_counts {
  uint64_t requests = 0;
  uint64_t refused = 0;
  uint64_t bytes_in = 0;
  /// Those of sessions included.
  uint64_t bytes_out = 0;
  uint64_t session_bytes_out = 0;
  uint64_t session_frames = 0;
  uint64_t sessions_refused = 0;

  /// Adds all to the statistics, and begins at 0 again.
  void report(telemetry& to) noexcept;
};

} // namespace carillon::data
