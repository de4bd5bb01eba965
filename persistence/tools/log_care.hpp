#pragma once

#include "base/failure.hpp"
#include "base/time.hpp"
#include "persistence/segments/check.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace carillon {

/// Told how far a step is, of which there are several.
using log_care_progress
  = std::function<void(const std::string& step, uint64_t done, uint64_t total)>;

/// What a check of the log of a data directory found.
struct log_state {
  segments::check_report log;
  /// The last position that the state, an index of one of its histories or the files of an
  /// unfinished repair know; 0 if none. A log that ends before has lost its end.
  position known_to = 0;
  /// Another process has the directory open, and may write to the newest file meanwhile.
  bool is_in_use = false;

  /// Whether a node would open the log.
  bool is_well() const noexcept {
    return log.damages.empty() && known_to <= log.head;
  }
};

/// What a repair did.
struct log_repaired {
  /// What it found.
  std::vector<segments::damage> damages;
  /// Names of the files, in the directory of the log, that keep what was cut, byte by byte.
  std::vector<std::string> kept_in;
  /// The new history; empty if the log kept its own.
  std::string history;
  /// Events behind the damage that are at their positions again.
  uint64_t saved = 0;
  /// Events that cannot be read any more, and the first and last of their positions.
  uint64_t lost = 0;
  position first_lost = 0;
  position last_lost = 0;
  /// Last position of the log.
  position head = 0;
};

/// Reads all bytes of the embedded log, also beside a node. Changes nothing. Errors: `not_found`
/// without a log, `store_unavailable`, also for a restore that is not finished, `store_too_new`,
/// `store_corrupt` if the state is damaged; for the operator.
/// @param directory the data directory
/// @param progress may be empty
expected<log_state> check_log(const std::filesystem::path& directory,
                              const log_care_progress& progress);

/// Makes a damaged log one that a node opens, under the lock of the directory. What is changed or
/// taken away is kept in files. Events behind the damage get back to their positions; at the
/// position of each one that cannot be read is an event `lost_event_type`, so that no position is
/// given twice: deliveries, effects and cursors are named by positions. Does nothing to a log that
/// is well. If it is interrupted, it is called again. Errors: as `check_log`, and `store_locked`.
expected<log_repaired> repair_log(const std::filesystem::path& directory, timestamp now,
                                  const log_care_progress& progress);

} // namespace carillon
