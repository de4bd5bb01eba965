#pragma once

#include "messages/event.hpp"
#include "persistence/postgres/connection.hpp"

#include <string>
#include <vector>

namespace carillon::postgres {

// Events of an hour are counted by type and company, and by type: in the transaction that appends.

/// Prepares what `statements_to_count` executes.
std::string statements_to_prepare_counting();

/// Adds these events to the counters.
std::string statements_to_count(connection& db, const std::vector<event_ptr>& xs);

} // namespace carillon::postgres
