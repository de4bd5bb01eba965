#pragma once

#include "messages/events/event.hpp"

#include <pqxx/pqxx>

namespace carillon::postgres {

/// Columns of `event_log`, as `event_of` expects them.
inline constexpr const char* event_columns
  = "seq, type, time, company_id, user_id, correlation_id, id, source, recorded_at, "
    "causation_id, traceparent, audience, metadata, data, hops";

event_ptr event_of(const pqxx::row& row);

std::string text_of(const pqxx::field& x);

} // namespace carillon::postgres
