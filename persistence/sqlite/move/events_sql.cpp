#include "persistence/sqlite/sql.hpp"

namespace carillon::sqlite {

std::string_view sql_of(events_query x) noexcept {
  switch (x) {
  case events_query::head:
    return "SELECT max(seq) FROM event_log";
  case events_query::history:
    return "SELECT id FROM log_history WHERE one = 1";
  case events_query::scan_up:
    // Columns that `event_row.cpp` reads, in its order.
    return "SELECT seq, type, time, company_id, user_id, correlation_id, id, source, recorded_at, "
           "causation_id, traceparent, audience, metadata, data, hops FROM event_log "
           "WHERE seq >= ?1 ORDER BY seq";
  case events_query::count_:
    break;
  }
  return {};
}

} // namespace carillon::sqlite
