#pragma once

#include "base/failure.hpp"
#include "persistence/sqlite/connection.hpp"

namespace carillon::sqlite {

// Checks when a store is opened: enough to reject a file that is truncated, overwritten or from
// another store, in bounded time for a log of any length.

/// The header, the file's length, the first and last event with their index entries, and that no
/// event is missing between them (of a log of more than 2,000,000: among the last 20,000).
/// Errors: `store_corrupt`, naming the file. Throws SQLite::Exception.
expected<void> check_events(connection& events);

/// The header, the file's length, and that no consumer is ahead of the log: a log that lost its
/// end or was exchanged would make consumers skip events. Errors: `store_corrupt`.
expected<void> check_state(connection& state, connection& events);

} // namespace carillon::sqlite
