#pragma once

#include <atomic>
#include <cstdint>

namespace carillon {

/// Counters of the evidence over the log, see `telemetry`.
struct evidence_counters {
  using counter = std::atomic<uint64_t>;

  /// Now: events that the newest signed head covers, and when it was signed, in microseconds since
  /// the epoch; 0 before the first one since the start.
  counter signed_size{0};
  counter signed_at_us{0};
  /// Heads that could not be signed or stored.
  counter failures{0};
  /// Now: 1 if the tree is not what was signed before, so that nothing is signed.
  counter refused{0};
  /// Now: events that every witness knows of; 0 if there is none.
  counter witnessed_size{0};
  /// Attempts at witnesses that failed, since the start.
  counter witness_failures{0};
};

} // namespace carillon
