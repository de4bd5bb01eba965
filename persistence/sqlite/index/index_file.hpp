#pragma once

#include "base/failure.hpp"
#include "messages/events/event.hpp"
#include "persistence/sqlite/connection.hpp"

#include <atomic>
#include <cstdint>

namespace carillon::sqlite {

/// What the connections to index.db of one process share. Thread-safe.
struct index_status {
  /// Grows when the file was replaced by a new one: connections open it again.
  std::atomic<uint64_t> generation{1};
  /// Set by a reader that met damage; the indexer then starts anew.
  std::atomic<bool> damaged{false};
};

/// Opens index.db, makes it if it is missing, and replaces it by an empty one if it is
/// damaged, of another schema or of another log. Errors: `store_unavailable`.
expected<void> prepare_index(const connection_options& index, connection& events, timestamp now);

/// Replaces the file by an empty index; open connections keep what they have.
expected<void> recreate_index(const connection_options& index, timestamp now);

} // namespace carillon::sqlite
