#pragma once

#include "base/failure.hpp"
#include "messages/events/log_history.hpp"
#include "persistence/backup/backup.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace carillon {

/// What a restore made.
struct restore_report {
  /// The new history, and the one that it left at `head`.
  std::string history;
  former_history former;
  /// Last position.
  position head = 0;
  uint64_t files = 0;
  uint64_t bytes = 0;
  /// A restore of this backup that did not get finished was carried on.
  bool resumed = false;
  /// The backup has no `node.key`.
  bool key_is_elsewhere = false;
};

/// Makes a data directory of a backup. First every file of the backup is verified, then copied and
/// compared once more. The log gets a new history: events behind the backup are other ones from
/// now on. No node opens the directory before all is done. After an end in the middle, the same
/// restore goes on. The backup is not changed, and shares no file with the copy.
///
/// Errors: `not_found` (no backup), `conflict` (the target is not empty), `store_locked`,
/// `store_corrupt` (a file of the backup was changed or is missing; named), `store_too_new`,
/// `store_unavailable`; for the operator.
expected<restore_report> restore_backup(const std::filesystem::path& backup,
                                        const std::filesystem::path& to, const tell_backup& tell);

} // namespace carillon
