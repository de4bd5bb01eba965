#pragma once

#include "messages/events/event.hpp"
#include "persistence/postgres/connection.hpp"

#include <string>
#include <vector>

namespace carillon::postgres {

// Few events are appended in one round trip, where COPY takes four: the statements of the whole
// transaction are one text, and a check among them fails unless the log ends where the writer
// expects.

/// More are copied: by row, COPY is cheaper.
inline constexpr size_t most_inserted = 8;

/// Prepares the statements that the others execute.
std::string statements_to_prepare_few();

/// Waits for the lock of the log; fails (`is_elsewhere`) unless the log ends at `head`, and the
/// node's number is `epoch`, if that is not 0.
std::string statements_to_check(position head, int64_t epoch);

/// The check failed.
bool is_elsewhere(const std::exception& x) noexcept;

std::string statement_to_insert(connection& db, const event& x);

} // namespace carillon::postgres
