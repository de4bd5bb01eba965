#pragma once

#include <cstdint>
#include <string>

namespace carillon::postgres {

/// Advisory locks, and the channels for notices.
enum class advisory : uint8_t { node, log, state, schema, barrier };

/// The two numbers that identify the lock in the database.
std::string numbers_of(advisory x);

/// A statement that waits for the lock; the transaction then holds it.
std::string statement_to_lock(advisory x);

/// A statement that changes nothing, and makes the commit of its transaction wait as one that has
/// changed something does.
inline constexpr const char* statement_to_write
  = "SELECT pg_logical_emit_message(true, 'carillon', ''); ";

inline constexpr const char* log_channel = "carillon_log";

/// The channel for notices that a node has left.
inline constexpr const char* nodes_channel = "carillon_nodes";

} // namespace carillon::postgres
