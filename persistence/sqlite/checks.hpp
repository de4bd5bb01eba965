#pragma once

#include "messages/error.hpp"
#include "persistence/sqlite/connection.hpp"

namespace carillon::sqlite {

// What is looked at when a store is opened: enough to refuse a file that is cut, overwritten
// or mixed up, in a time that does not depend on the length of the log.

/// The header, the file's length, and the first and last event with their index entries.
/// Errors: `store_corrupt`, naming the file. Throws SQLite::Exception.
expected<void> check_events(connection& events);

/// The header, the file's length, and that no consumer is ahead of the log: a log that lost its
/// end or was exchanged would make consumers skip events. Errors: `store_corrupt`.
expected<void> check_state(connection& state, connection& events);

} // namespace carillon::sqlite
