#include "persistence/sqlite/sql.hpp"

#define CARILLON_POSTINGS(table, key)                                                              \
  "SELECT seq FROM " table " WHERE segment = ?1 AND " key " = ?2 AND seq "

#define CARILLON_COUNTERS                                                                          \
  "SELECT hour, type, company_id, count FROM event_counts WHERE hour >= ?1 AND hour < ?2 "

// Of many rows a conflict fails as that of one row would, and the transaction is rolled back; FAIL,
// the word for that, spares SQLite a journal of the statement.
#define CARILLON_INSERT_POSTINGS(table)                                                            \
  "INSERT OR FAIL INTO " table " SELECT ?1, text, seq FROM batch(?2)"

namespace carillon::sqlite {

std::string_view sql_of(index_query x) noexcept {
  switch (x) {
  case index_query::state:
    return "SELECT cursor, last_id, history FROM index_state WHERE one = 1";
  case index_query::save_state:
    return "UPDATE index_state SET cursor = ?1, last_id = ?2, history = ?3 WHERE one = 1";
  case index_query::insert_types:
    return CARILLON_INSERT_POSTINGS("idx_type");
  case index_query::insert_companies:
    return CARILLON_INSERT_POSTINGS("idx_company");
  case index_query::insert_users:
    return CARILLON_INSERT_POSTINGS("idx_user");
  case index_query::insert_correlations:
    return CARILLON_INSERT_POSTINGS("idx_correlation");
  case index_query::type_up:
    return CARILLON_POSTINGS("idx_type", "type") ">= ?3 ORDER BY seq";
  case index_query::type_down:
    return CARILLON_POSTINGS("idx_type", "type") "<= ?3 ORDER BY seq DESC";
  case index_query::company_up:
    return CARILLON_POSTINGS("idx_company", "company_id") ">= ?3 ORDER BY seq";
  case index_query::company_down:
    return CARILLON_POSTINGS("idx_company", "company_id") "<= ?3 ORDER BY seq DESC";
  case index_query::user_up:
    return CARILLON_POSTINGS("idx_user", "user_id") ">= ?3 ORDER BY seq";
  case index_query::user_down:
    return CARILLON_POSTINGS("idx_user", "user_id") "<= ?3 ORDER BY seq DESC";
  case index_query::correlation_up:
    return CARILLON_POSTINGS("idx_correlation", "correlation_id") ">= ?3 ORDER BY seq";
  case index_query::correlation_down:
    return CARILLON_POSTINGS("idx_correlation", "correlation_id") "<= ?3 ORDER BY seq DESC";
  case index_query::insert_type_name:
    return "INSERT INTO idx_type_name VALUES (?1) ON CONFLICT DO NOTHING";
  case index_query::type_names:
    return "SELECT type FROM idx_type_name WHERE type >= ?1 AND type < ?2 ORDER BY type LIMIT ?3";
  case index_query::add_zone:
    return "INSERT INTO idx_zone VALUES (?1, ?2, ?3, ?4) ON CONFLICT (shift, block) DO UPDATE "
           "SET min_time = min(min_time, excluded.min_time), "
           "max_time = max(max_time, excluded.max_time)";
  case index_query::zone_up:
    return "SELECT block, min_time, max_time FROM idx_zone "
           "WHERE shift = ?1 AND block >= ?2 AND block <= ?3 AND max_time >= ?4 AND min_time < ?5 "
           "ORDER BY block LIMIT 1";
  case index_query::zone_down:
    return "SELECT block, min_time, max_time FROM idx_zone "
           "WHERE shift = ?1 AND block <= ?2 AND block >= ?3 AND max_time >= ?4 AND min_time < ?5 "
           "ORDER BY block DESC LIMIT 1";
  case index_query::add_count:
    return "INSERT INTO event_counts VALUES (?1, ?2, ?3, ?4) "
           "ON CONFLICT (company_id, hour, type) DO UPDATE SET count = count + excluded.count";
  case index_query::add_total:
    return "INSERT INTO event_totals VALUES (?1, ?2, ?3) "
           "ON CONFLICT (hour, type) DO UPDATE SET count = count + excluded.count";
  case index_query::counts:
    return "SELECT hour, type, count FROM event_counts "
           "WHERE company_id = ?1 AND hour >= ?2 AND hour < ?3 ORDER BY hour";
  case index_query::totals:
    return "SELECT hour, type, count FROM event_totals "
           "WHERE hour >= ?1 AND hour < ?2 ORDER BY hour";
  case index_query::counters:
    return CARILLON_COUNTERS "ORDER BY hour, type, company_id";
  case index_query::counters_of_type:
    return CARILLON_COUNTERS "AND type = ?3 ORDER BY hour, company_id";
  case index_query::counters_of_company:
    return CARILLON_COUNTERS "AND company_id = ?3 ORDER BY hour, type";
  case index_query::counters_of_both:
    return CARILLON_COUNTERS "AND company_id = ?3 AND type = ?4 ORDER BY hour";
  case index_query::insert_ids:
    return "INSERT OR FAIL INTO idx_id SELECT blob, company, source, seq FROM batch(?1)";
  case index_query::key_at_or_behind:
    return "SELECT id FROM idx_id WHERE id >= ?1 ORDER BY id LIMIT 1";
  case index_query::same_event:
    return "SELECT seq FROM idx_id WHERE id = ?1 AND company = ?2 AND source = ?3 ORDER BY seq";
  case index_query::next_with_id:
    return "SELECT min(seq) FROM idx_id WHERE id = ?1 AND (?2 IS NULL OR company = ?2) "
           "AND (?3 IS NULL OR source = ?3) AND seq > ?4";
  case index_query::all_with_id:
    // Many sources may use the same id: at most one page of them.
    return "SELECT seq FROM idx_id WHERE id = ?1 AND (?2 IS NULL OR company = ?2) LIMIT 1000";
  case index_query::add_missing:
    return "INSERT INTO idx_missing VALUES (?1, ?2)";
  case index_query::missing:
    return "SELECT first_seq FROM idx_missing WHERE first_seq > 0 ORDER BY first_seq LIMIT 1000";
  case index_query::count_missing:
    return "SELECT coalesce(sum(last_seq - first_seq + 1), 0), coalesce(min(first_seq), 0) "
           "FROM idx_missing WHERE first_seq > 0";
  case index_query::count_:
    break;
  }
  return {};
}

} // namespace carillon::sqlite
