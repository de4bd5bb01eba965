#pragma once

#include "base/failure.hpp"
#include "base/sip_hash.hpp"
#include "messages/events/event.hpp"
#include "persistence/sqlite/connection.hpp"
#include "persistence/sqlite/log_cursor.hpp"

#include <atomic>
#include <cstdint>

namespace carillon::sqlite {

/// State shared by a process's connections to index.db. Thread-safe.
struct index_status {
  /// Incremented when the file was replaced: connections reopen it.
  std::atomic<uint64_t> generation{1};
  /// Set by a reader that found damage; the indexer then starts anew.
  std::atomic<bool> damaged{false};
};

/// Opens index.db, makes it if it is missing, and replaces it by an empty one if it is
/// damaged, of another schema or of another log, or lacks events that can be read again. Errors:
/// `store_unavailable`: the index or the log could not be read now, and nothing was changed.
/// @param history of the log
expected<void> prepare_index(const connection_options& index, log_cursor& log,
                             std::string_view history, timestamp now);

/// Whether index.db is usable as it is: of this schema and of this log. Changes nothing. Errors:
/// `store_unavailable` if it, or the log, cannot be read now.
expected<bool> is_index_of(const connection_options& index, log_cursor& log,
                           std::string_view history);

/// The key of hashes in this file. Throws SQLite::Exception, for damage if there is none.
sip_key name_key_of(connection& index);

/// Replaces the file by an empty index; open connections keep the old file.
expected<void> recreate_index(const connection_options& index, timestamp now);

} // namespace carillon::sqlite
