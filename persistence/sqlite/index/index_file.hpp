#pragma once

#include "base/failure.hpp"
#include "messages/events/event.hpp"
#include "persistence/sqlite/connection.hpp"

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
/// damaged, of another schema or of another log. Errors: `store_unavailable`.
expected<void> prepare_index(const connection_options& index, connection& events, timestamp now);

/// Replaces the file by an empty index; open connections keep the old file.
expected<void> recreate_index(const connection_options& index, timestamp now);

} // namespace carillon::sqlite
