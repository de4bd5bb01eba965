#pragma once

#include "messages/events/log_requests.hpp"
#include "persistence/postgres/log/access_path.hpp"

#include <string>

namespace carillon::postgres {

// A block is 4,096 positions, `seq >> 12`. The append that completes one closes it, in its own
// transaction: the least and greatest time of the block become its zone, and its events are added
// to the counters of their hours, by type and company, by type, and by type of all time. The tail
// behind the last closed block is short, and counted on request.

/// Migrations use the same number.
inline constexpr unsigned block_bits = 12;

constexpr position begin_of_block(position block) {
  return block << block_bits;
}

/// A statement that closes the blocks that these positions complete; empty if they complete none.
std::string statement_to_close_blocks(const segment& appended);

/// An expression: the begin of the first block that is not closed.
inline constexpr const char* end_of_closed_blocks
  = "(SELECT (coalesce(max(block), -1) + 1) << 12 FROM event_zones)";

/// An expression: the hour of an event, also of one before 1970.
inline constexpr const char* hour_of_event
  = "((time - ((time % 3600000000) + 3600000000) % 3600000000) / 3600000000)";

} // namespace carillon::postgres
