#pragma once

#include "persistence/segments/file_layer.hpp"
#include "persistence/segments/recovery.hpp"

#include <functional>
#include <vector>

namespace carillon::segments {

/// Told after each segment.
using check_progress = std::function<void(size_t segments_done, size_t segments_in_all)>;

/// What a check of all bytes found.
struct check_report {
  position first = 0;
  /// Last position of the last segment that is well.
  position head = 0;
  /// Of segments that are well.
  uint64_t events = 0;
  uint64_t bytes = 0;
  size_t segments = 0;
  /// At most one for each segment, in the order of positions; empty if all is well.
  std::vector<damage> damages;
  /// Bytes of a frame at the end that was not finished: opening for writing cuts them.
  uint64_t unfinished_bytes = 0;
};

/// Reads every byte of a log that nobody writes to: checksums, positions, and of sealed segments
/// their hash, their times and the chain of seals. Changes nothing. Errors: `not_found`,
/// `store_unavailable`, `store_too_new`, `internal` if OpenSSL fails; damage is part of the result.
/// @param progress may be empty
expected<check_report> check(file_layer& files, const check_progress& progress);

} // namespace carillon::segments
