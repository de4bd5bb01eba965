#include "persistence/state/state_sql.hpp"

#define CARILLON_DEAD_LETTERS                                                                      \
  "SELECT id, consumer, seq, replay_id, event_id, event_type, company_id, attempts, last_error, "  \
  "created_at FROM dead_letters "
#define CARILLON_AUDIT                                                                             \
  "SELECT number, time, action, actor, origin, company_id, subject, detail, event_seq, hash, "     \
  "person "                                                                                        \
  "FROM audit_log "
#define CARILLON_METRICS "/* many */ SELECT hour, type, company_id, count FROM metric_counters "
#define CARILLON_REPLAYS                                                                           \
  "SELECT id, phase, target, filter, positions, rate, up_to, cursor, matched, delivered, error, "  \
  "created_at, updated_at, who, origin FROM replays "

// Lists take the number to go beyond as ?1, the page size as ?2, then their filters.

namespace carillon::sql {

namespace {

std::string_view sql_of_consumers(state_query x) noexcept {
  switch (x) {
  case state_query::insert_consumer:
    return "INSERT INTO consumers (name, cursor, updated_at) VALUES (?1, ?2, ?3) "
           "ON CONFLICT (name) DO NOTHING";
  case state_query::consumer:
    return "SELECT name, cursor, paused, last_error, updated_at, dead_letters FROM consumers "
           "WHERE name = ?1";
  case state_query::consumers:
    return "SELECT name, cursor, paused, last_error, updated_at, dead_letters FROM consumers "
           "ORDER BY name";
  case state_query::consumer_cursor:
    return "SELECT cursor FROM consumers WHERE name = ?1";
  case state_query::furthest_cursor:
    return "SELECT max(cursor) FROM consumers";
  case state_query::move_cursor:
    return "UPDATE consumers SET cursor = ?2, updated_at = ?3 WHERE name = ?1";
  case state_query::move_cursor_and_error:
    return "UPDATE consumers SET cursor = ?2, updated_at = ?3, last_error = ?4 WHERE name = ?1";
  case state_query::count_dead_letters:
    return "UPDATE consumers SET dead_letters = dead_letters + ?2 WHERE name = ?1";
  case state_query::set_paused:
    return "UPDATE consumers SET paused = ?2, updated_at = ?3 WHERE name = ?1";
  case state_query::retries:
    return "SELECT seq, replay_id, attempts, due, order_key, last_error, first_failed_at "
           "FROM handler_retries WHERE consumer = ?1 ORDER BY due, seq, replay_id";
  case state_query::retry_summary:
    return "SELECT count(*), min(first_failed_at) FROM handler_retries WHERE consumer = ?1";
  case state_query::failures_of_event:
    return "SELECT consumer, 0 FROM handler_retries WHERE seq = ?1 AND replay_id = 0 "
           "UNION ALL SELECT consumer, 1 FROM dead_letters WHERE seq = ?1 AND replay_id = 0";
  case state_query::upsert_retry:
    return "INSERT INTO handler_retries (consumer, seq, replay_id, attempts, due, order_key, "
           "last_error, first_failed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) "
           "ON CONFLICT (consumer, seq, replay_id) DO UPDATE SET attempts = excluded.attempts, "
           "due = excluded.due, order_key = excluded.order_key, last_error = excluded.last_error, "
           "first_failed_at = excluded.first_failed_at";
  case state_query::erase_retry:
    return "DELETE FROM handler_retries WHERE consumer = ?1 AND seq = ?2 AND replay_id = ?3";
  default:
    return {};
  }
}

std::string_view sql_of_dead_letters(state_query x) noexcept {
  switch (x) {
  case state_query::insert_dead_letter:
    return "INSERT INTO dead_letters (consumer, seq, replay_id, event_id, event_type, company_id, "
           "attempts, last_error, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
  case state_query::dead_letter:
    return CARILLON_DEAD_LETTERS "WHERE id = ?1";
  case state_query::erase_dead_letter:
    return "DELETE FROM dead_letters WHERE id = ?1";
  case state_query::dead_letters:
    return CARILLON_DEAD_LETTERS "WHERE id > ?1 ORDER BY id LIMIT ?2";
  case state_query::dead_letters_down:
    return CARILLON_DEAD_LETTERS "WHERE id < ?1 ORDER BY id DESC LIMIT ?2";
  case state_query::dead_letters_of_consumer:
    return CARILLON_DEAD_LETTERS "WHERE consumer = ?3 AND id > ?1 ORDER BY id LIMIT ?2";
  case state_query::dead_letters_of_consumer_down:
    return CARILLON_DEAD_LETTERS "WHERE consumer = ?3 AND id < ?1 ORDER BY id DESC LIMIT ?2";
  case state_query::dead_letters_of_company:
    return CARILLON_DEAD_LETTERS "WHERE company_id = ?3 AND id > ?1 ORDER BY id LIMIT ?2";
  case state_query::dead_letters_of_company_down:
    return CARILLON_DEAD_LETTERS "WHERE company_id = ?3 AND id < ?1 ORDER BY id DESC LIMIT ?2";
  case state_query::dead_letters_of_both:
    return CARILLON_DEAD_LETTERS
      "WHERE company_id = ?3 AND consumer = ?4 AND id > ?1 ORDER BY id LIMIT ?2";
  case state_query::dead_letters_of_both_down:
    return CARILLON_DEAD_LETTERS
      "WHERE company_id = ?3 AND consumer = ?4 AND id < ?1 ORDER BY id DESC LIMIT ?2";
  default:
    return {};
  }
}

std::string_view sql_of_audit(state_query x) noexcept {
  switch (x) {
  case state_query::audit_head:
    return "SELECT number, hash, seal, log_first FROM audit_head WHERE one = 1";
  case state_query::save_audit_head:
    return "UPDATE audit_head SET number = ?1, hash = ?2, seal = ?3, log_first = ?4 WHERE one = 1";
  case state_query::insert_audit:
    return "INSERT INTO audit_log (number, time, action, actor, origin, company_id, subject, "
           "detail, "
           "event_seq, hash, person) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
  case state_query::audited_of:
    return "SELECT event_seq FROM audit_log WHERE event_seq > 0 AND event_seq IN (?1, ?2, ?3, ?4, "
           "?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, "
           "?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32)";
  case state_query::audit_hash:
    return "SELECT hash FROM audit_log WHERE number = ?1";
  case state_query::audit:
    return CARILLON_AUDIT "WHERE number > ?1 ORDER BY number LIMIT ?2";
  case state_query::audit_down:
    return CARILLON_AUDIT "WHERE number < ?1 ORDER BY number DESC LIMIT ?2";
  case state_query::audit_of_action:
    return CARILLON_AUDIT "WHERE action = ?3 AND number > ?1 ORDER BY number LIMIT ?2";
  case state_query::audit_of_action_down:
    return CARILLON_AUDIT "WHERE action = ?3 AND number < ?1 ORDER BY number DESC LIMIT ?2";
  case state_query::audit_of_company:
    return CARILLON_AUDIT "WHERE company_id = ?3 AND number > ?1 ORDER BY number LIMIT ?2";
  case state_query::audit_of_company_down:
    return CARILLON_AUDIT "WHERE company_id = ?3 AND number < ?1 ORDER BY number DESC LIMIT ?2";
  case state_query::audit_of_both:
    return CARILLON_AUDIT
      "WHERE company_id = ?3 AND action = ?4 AND number > ?1 ORDER BY number LIMIT ?2";
  case state_query::audit_of_both_down:
    return CARILLON_AUDIT
      "WHERE company_id = ?3 AND action = ?4 AND number < ?1 ORDER BY number DESC LIMIT ?2";
  default:
    return {};
  }
}

std::string_view sql_of_metrics(state_query x) noexcept {
  switch (x) {
  case state_query::add_metric:
    return "INSERT INTO metric_counters VALUES (?1, ?2, ?3, ?4) "
           "ON CONFLICT (hour, type, company_id) DO UPDATE SET "
           "count = metric_counters.count + excluded.count";
  case state_query::metrics:
    return CARILLON_METRICS "WHERE hour >= ?1 AND hour < ?2 ORDER BY hour, type, company_id";
  case state_query::metrics_of_type:
    return CARILLON_METRICS
      "WHERE hour >= ?1 AND hour < ?2 AND type = ?3 ORDER BY hour, company_id";
  case state_query::metrics_of_company:
    return CARILLON_METRICS
      "WHERE hour >= ?1 AND hour < ?2 AND company_id = ?3 ORDER BY hour, type";
  case state_query::metrics_of_both:
    return CARILLON_METRICS
      "WHERE hour >= ?1 AND hour < ?2 AND company_id = ?3 AND type = ?4 ORDER BY hour";
  default:
    return {};
  }
}

std::string_view sql_of_replays(state_query x) noexcept {
  switch (x) {
  case state_query::insert_replay:
    return "INSERT INTO replays (phase, target, filter, positions, company_id, rate, up_to, "
           "cursor, matched, delivered, error, created_at, updated_at, who, origin) "
           "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) "
           "RETURNING id";
  case state_query::update_replay:
    return "UPDATE replays SET phase = ?2, cursor = ?3, delivered = ?4, error = ?5, "
           "updated_at = ?6 WHERE id = ?1";
  case state_query::replay:
    return CARILLON_REPLAYS "WHERE id = ?1";
  case state_query::running_replays:
    return CARILLON_REPLAYS "WHERE phase = 0 ORDER BY id";
  case state_query::replays:
    return CARILLON_REPLAYS "WHERE id > ?1 ORDER BY id LIMIT ?2";
  case state_query::replays_down:
    return CARILLON_REPLAYS "WHERE id < ?1 ORDER BY id DESC LIMIT ?2";
  case state_query::replays_of_company:
    return CARILLON_REPLAYS "WHERE company_id = ?3 AND id > ?1 ORDER BY id LIMIT ?2";
  case state_query::replays_of_company_down:
    return CARILLON_REPLAYS "WHERE company_id = ?3 AND id < ?1 ORDER BY id DESC LIMIT ?2";
  default:
    return {};
  }
}

std::string_view sql_of_keys(state_query x) noexcept {
  switch (x) {
  case state_query::insert_key:
    return "INSERT INTO api_keys (name, role, company_id, hash, created_at) "
           "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (hash) DO NOTHING RETURNING id";
  case state_query::key:
    return "SELECT id, name, role, company_id, hash, created_at FROM api_keys WHERE id = ?1";
  case state_query::erase_key:
    return "DELETE FROM api_keys WHERE id = ?1";
  case state_query::keys:
    return "SELECT id, name, role, company_id, hash, created_at FROM api_keys ORDER BY id";
  case state_query::put_type:
    return "INSERT INTO event_types (type, audience, schema, created_at) VALUES (?1, ?2, ?3, ?4) "
           "ON CONFLICT (type) DO UPDATE SET audience = excluded.audience, "
           "schema = excluded.schema, created_at = excluded.created_at";
  case state_query::erase_type:
    return "DELETE FROM event_types WHERE type = ?1";
  case state_query::types:
    return "SELECT type, audience, schema, created_at FROM event_types ORDER BY type";
  default:
    return {};
  }
}

} // namespace

std::string_view sql_of(state_query x) noexcept {
  for (auto* part : {sql_of_consumers, sql_of_dead_letters, sql_of_audit, sql_of_metrics,
                     sql_of_replays, sql_of_keys})
    if (const auto sql = part(x); !sql.empty())
      return sql;
  return {};
}

} // namespace carillon::sql
