#include "persistence/sqlite/sql.hpp"

// Columns that `event_row.cpp` reads, in its order.
#define CARILLON_EVENT_COLUMNS                                                                     \
  "seq, type, time, company_id, user_id, correlation_id, id, source, recorded_at, "                \
  "causation_id, traceparent, audience, metadata, data, hops"

// Many sources may use the same id: at most one page of them.
#define CARILLON_SAME_ID                                                                           \
  "SELECT seq FROM event_log WHERE id = ?1 AND (?3 IS NULL OR company_id = ?3) LIMIT 1000"

namespace carillon::sqlite {

std::string_view sql_of(log_query x) noexcept {
  switch (x) {
  case log_query::insert_event:
    return "INSERT INTO event_log (" CARILLON_EVENT_COLUMNS ") "
           "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) "
           "ON CONFLICT (id, source, company_id) DO NOTHING";
  case log_query::first_with_id:
    return "SELECT seq, type FROM event_log WHERE id = ?1 AND source = ?2 AND company_id = ?3";
  case log_query::head:
    return "SELECT max(seq) FROM event_log";
  case log_query::first:
    return "SELECT min(seq) FROM event_log";
  case log_query::event_at:
    return "SELECT " CARILLON_EVENT_COLUMNS " FROM event_log WHERE seq = ?1";
  case log_query::event_by_id:
    return "SELECT " CARILLON_EVENT_COLUMNS " FROM event_log "
           "WHERE seq = (SELECT min(seq) FROM event_log WHERE id = ?1 "
           "AND (?2 IS NULL OR source = ?2) AND (?3 IS NULL OR company_id = ?3))";
  case log_query::events_by_id_up:
    return "SELECT " CARILLON_EVENT_COLUMNS " FROM event_log "
           "WHERE seq IN (" CARILLON_SAME_ID ") AND seq > ?2 ORDER BY seq";
  case log_query::events_by_id_down:
    return "SELECT " CARILLON_EVENT_COLUMNS " FROM event_log "
           "WHERE seq IN (" CARILLON_SAME_ID ") AND seq < ?2 ORDER BY seq DESC";
  case log_query::scan_up:
    return "SELECT " CARILLON_EVENT_COLUMNS " FROM event_log WHERE seq >= ?1 ORDER BY seq";
  case log_query::scan_down:
    return "SELECT " CARILLON_EVENT_COLUMNS " FROM event_log WHERE seq <= ?1 ORDER BY seq DESC";
  case log_query::keys_after:
    return "SELECT seq, type, time, company_id, user_id, correlation_id, id FROM event_log "
           "WHERE seq > ?1 ORDER BY seq LIMIT ?2";
  case log_query::count_:
    break;
  }
  return {};
}

} // namespace carillon::sqlite
