#pragma once

#include "persistence/segments/file_layer.hpp"
#include "persistence/segments/recovery.hpp"

#include <functional>
#include <string>
#include <vector>

namespace carillon::segments {

/// What a check tells of its progress.
using check_progress = std::function<void(uint64_t bytes_done, uint64_t bytes_in_all)>;

/// What a check of all bytes found.
struct check_report {
  position first = 0;
  position head = 0;
  uint64_t events = 0;
  uint64_t bytes = 0;
  size_t segments = 0;
  /// In the order of positions; empty if all is well.
  std::vector<damage> damages;
  /// See `recovery_report`.
  uint64_t unfinished_bytes = 0;
};

/// Reads every byte of a log that nobody writes to: checksums, positions, times and hashes of
/// seals, and their chain. Changes nothing. Errors: `not_found`, `store_unavailable`,
/// `store_too_new`.
expected<check_report> check(file_layer& files, const check_progress& progress);

/// What a repair did.
struct repair_report {
  /// Positions that the log has lost, from the first to the last; 0 if none.
  position lost_from = 0;
  position lost_to = 0;
  /// The files in which what was cut is kept.
  std::vector<std::string> kept_in;
  /// The new history; empty if nothing had to be changed.
  std::string history;
};

/// Makes a damaged log one that can be opened: it ends before the first damage. What is behind is
/// moved to `*.cut` files, never dropped, and the log gets a new history, since clients may have
/// seen what is gone. Does nothing to a log that is well. Errors: as `check`.
expected<repair_report> repair(file_layer& files, timestamp now);

} // namespace carillon::segments
