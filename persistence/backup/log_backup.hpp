#pragma once

#include "base/failure.hpp"
#include "messages/events/log_history.hpp"
#include "persistence/segments/segment_store.hpp"

#include <filesystem>
#include <memory>

namespace carillon {

// The log of a backup, file by file.

/// A log as another process has it at this moment.
struct seen_log {
  std::shared_ptr<segments::file_layer> files;
  std::unique_ptr<segments::segment_store> store;
  log_histories histories;
};

/// Opens the log beside its node, which may append, finish files, and make new ones meanwhile. What
/// it saw at the end is on disk when this returns: a backup has no event that a power cut could
/// take from the node. Errors: as `segments::segment_store::open`.
expected<seen_log> see_log(const std::filesystem::path& log);

/// Copies the events of an unfinished file that are seen, as a file of the log without a seal. It
/// has its name when it is on disk; the caller syncs the directory. Errors: `store_unavailable`.
expected<void> copy_events(const segments::segment& x, const std::filesystem::path& to);

/// Whether a file is the finished segment `x`, as it lies on the disk: the same header and seal.
/// False also for a damaged or missing one, and for one that was compressed since.
bool is_segment(const std::filesystem::path& directory, const segments::segment& x);

/// Checks a copy of a finished segment: that its frames are those that were sealed. It may have
/// been compressed after `x` was opened. Errors: `conflict` if it is another segment, since the log
/// was repaired meanwhile; `store_corrupt`; `store_unavailable`.
expected<void> check_segment(const std::filesystem::path& directory, const segments::segment& x);

} // namespace carillon
