#pragma once

#include "messages/events/event.hpp"
#include "messages/events/filter.hpp"
#include "persistence/sqlite/statement.hpp"

namespace carillon::sqlite {

/// The keys of a filter, as views into a row of `event_log`; valid until the next step.
event_keys keys_of(const statement& row);

/// Builds the event of a row.
event_ptr event_of(const statement& row);

/// Binds a draft to `log_query::insert_event`; its texts are not copied.
void bind_event(statement& insert, const event& x);

} // namespace carillon::sqlite
