#pragma once

#include "base/failure.hpp"
#include "messages/events/event.hpp"
#include "persistence/sqlite/connection.hpp"

namespace carillon::sqlite {

// Checks when a store is opened: enough to reject a file that is truncated, overwritten or from
// another store, in bounded time for a log of any length. What the log itself is checked for, see
// `segments::segment_store`.

/// The header and the length of the log of an earlier version. Errors: `store_corrupt`, naming the
/// file. Throws SQLite::Exception.
expected<void> check_events(connection& events);

/// The header and the file's length. Answers the position of the consumer that is furthest.
/// Errors: `store_corrupt`.
expected<position> check_state(connection& state);

/// That no consumer is ahead of the log: a log that lost its end or was exchanged would make
/// consumers skip events. Errors: `store_corrupt`.
expected<void> check_cursors(connection& state, position furthest, position head);

} // namespace carillon::sqlite
