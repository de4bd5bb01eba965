#pragma once

#include "messages/events/event.hpp"
#include "persistence/segments/format/record.hpp"
#include "persistence/sqlite/statement.hpp"

namespace carillon::sqlite {

/// Builds the event of a row of `events_query::scan_up`, with all that is stored of it.
draft_ptr event_of(const statement& row);

/// Whether a record of the log has the same content as such a row, each field of it.
bool is_same(const statement& row, const segments::record_view& record);

} // namespace carillon::sqlite
