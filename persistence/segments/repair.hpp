#pragma once

#include "base/failure.hpp"
#include "persistence/segments/check.hpp"

#include <memory>
#include <string>
#include <vector>

namespace carillon::segments {

/// What a repair did.
struct repair_report {
  /// What it found, as `check` did.
  std::vector<damage> damages;
  /// The log ends before this position now, and whether anything was behind; 0 if nothing was lost.
  position lost_from = 0;
  /// The last position that the log had, as far as its files say; 0 if nothing was lost.
  position lost_to = 0;
  /// Files that keep what was cut, byte by byte.
  std::vector<std::string> kept_in;
  /// The new history; empty if nothing was lost.
  std::string history;
};

/// Copies a file of the log to a name at which it is kept, `NAME.cut`, `NAME.cut2` …, which it
/// answers. Errors: `store_unavailable`.
expected<std::string> keep_copy(file_layer& files, const std::string& name);

/// Makes a damaged log one that can be opened: it ends before the first damage. Every file that it
/// changes or takes away is kept first, as `NAME.cut`, `NAME.cut2` …; nothing is dropped. The log
/// gets a new history, since clients may have seen what is gone. A damaged seal of good frames is
/// only taken off; a compressed file whose content is well becomes what it was before its seal.
/// Does nothing to a log that is well. If it is interrupted, it is called again. The caller sees to
/// it that nobody else has the log open, and puts back what can be read of the kept files
/// (`salvage.hpp`). Errors: as `check`.
/// @param progress of each of the checks that it makes, two or more; may be empty
expected<repair_report> repair(std::shared_ptr<file_layer> files, timestamp now,
                               const check_progress& progress = {});

} // namespace carillon::segments
