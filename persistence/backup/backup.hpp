#pragma once

#include "base/failure.hpp"
#include "messages/events/event.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace carillon {

/// Stage of a backup or a restore.
enum class backup_stage : uint8_t { state, index, log, files, verification };

/// Bytes of a stage.
struct backup_progress {
  backup_stage stage = backup_stage::state;
  uint64_t done = 0;
  uint64_t total = 0;
};

using tell_backup = std::function<void(const backup_progress&)>;

struct backup_request {
  /// Of a node that runs or not.
  std::filesystem::path data_directory;
  /// A directory that is empty, missing, or has a former backup of this node.
  std::filesystem::path to;
  /// Reads all of the backup before it counts as one.
  bool verify = true;
  /// Takes `node.key` and `evidence.key`, if they are in the data directory.
  bool keys = true;
  /// Gives finished files a second name instead of copying them, where the file system can.
  bool links = true;
};

/// What a backup has, and what this run did for it.
struct backup_report {
  std::string history;
  /// Last position.
  position head = 0;
  /// The last position of the former backup in this directory; 0 if there was none.
  position former_head = 0;
  uint64_t files = 0;
  uint64_t bytes = 0;
  /// Files that were copied by this run, and their bytes.
  uint64_t copied_files = 0;
  uint64_t copied_bytes = 0;
  /// Files that got a second name.
  uint64_t linked_files = 0;
  /// The backup has the node's key.
  bool has_key = false;
};

/// Makes a directory a backup of a data directory, or brings it up: the state and the index as they
/// are at one moment, then the log, which is never behind them. Beside a running node, which does
/// not wait. Finished files of the log that the directory has stay. Until the manifest of this run
/// is written, the one before counts, and its files stay; a run that did not end leaves nothing
/// that counts. One run at a time in a directory.
///
/// Errors: `invalid_argument` (no data directory), `conflict` (the directory has something else, or
/// a backup of another log, or of a later position; or the log changed under the backup),
/// `store_locked` (another run), `store_corrupt`, `store_too_new`, `store_unavailable`; for the
/// operator.
expected<backup_report> take_backup(const backup_request& x, const tell_backup& tell);

} // namespace carillon
