#include "persistence/state/webhooks/webhook_sql.hpp"

// CROSS JOIN fixes the order of the tables: the page comes from the first.
#define CARILLON_WEBHOOKS                                                                          \
  "SELECT w.id, w.company_id, w.url, w.types, w.ordered, w.max_in_flight, w.rate_per_second, "     \
  "w.retry_schedule, w.headers, w.description, w.disabled_reason, w.created_at, w.updated_at, "    \
  "a.awake_at, a.asleep_at, a.failing_since, "                                                     \
  "EXISTS (SELECT 1 FROM handler_retries WHERE consumer = 'webhook.' || w.id), "                   \
  "w.private_targets "                                                                             \
  "FROM webhooks w CROSS JOIN webhook_activity a ON a.webhook_id = w.id "
#define CARILLON_DELIVERIES                                                                        \
  "/* many */ SELECT id, webhook_id, seq, replay_id, event_id, event_type, company_id, state, "    \
  "attempts, "                                                                                     \
  "last_status, last_fault, next_at, created_at, updated_at FROM webhook_deliveries "

// Lists of webhooks take the number to go beyond as ?1, the page size as ?2. Lists of deliveries
// take the key to go beyond as ?1 (webhook), ?2 (event), ?3 (replay) and end when the reader has
// enough.

namespace carillon::sql {

namespace {

std::string_view sql_of_webhooks(webhook_query x) noexcept {
  switch (x) {
  case webhook_query::insert_webhook:
    return "INSERT INTO webhooks (company_id, url, types, ordered, max_in_flight, "
           "rate_per_second, retry_schedule, headers, description, private_targets, created_at, "
           "updated_at) "
           "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11) RETURNING id";
  case webhook_query::update_webhook:
    return "UPDATE webhooks SET company_id = ?1, url = ?2, types = ?3, ordered = ?4, "
           "max_in_flight = ?5, rate_per_second = ?6, retry_schedule = ?7, headers = ?8, "
           "description = ?9, private_targets = ?10, updated_at = ?11 WHERE id = ?12";
  case webhook_query::set_disabled:
    return "UPDATE webhooks SET disabled_reason = ?2, updated_at = ?3 WHERE id = ?1";
  case webhook_query::erase_webhook:
    return "DELETE FROM webhooks WHERE id = ?1";
  case webhook_query::webhook_by_id:
    return CARILLON_WEBHOOKS "WHERE w.id = ?1";
  case webhook_query::webhook_exists:
    return "SELECT 1 FROM webhooks WHERE id = ?1";
  case webhook_query::webhooks:
    return CARILLON_WEBHOOKS "WHERE w.id > ?1 ORDER BY w.id LIMIT ?2";
  case webhook_query::webhooks_down:
    return CARILLON_WEBHOOKS "WHERE w.id < ?1 ORDER BY w.id DESC LIMIT ?2";
  case webhook_query::webhooks_of_company:
    return CARILLON_WEBHOOKS "WHERE w.company_id = ?3 AND w.id > ?1 ORDER BY w.id LIMIT ?2";
  case webhook_query::webhooks_of_company_down:
    return CARILLON_WEBHOOKS "WHERE w.company_id = ?3 AND w.id < ?1 ORDER BY w.id DESC LIMIT ?2";
  case webhook_query::insert_activity:
    return "INSERT INTO webhook_activity VALUES (?1, CAST(?2 AS BIGINT), CAST(?2 AS BIGINT) - 1, "
           "NULL)";
  case webhook_query::wake:
    return "UPDATE webhook_activity SET awake_at = ?2 WHERE webhook_id = ?1 "
           "AND awake_at < ?2";
  case webhook_query::wake_after_sleep:
    return "UPDATE webhook_activity SET awake_at = asleep_at + 1 WHERE webhook_id = ?1 "
           "AND awake_at <= asleep_at";
  case webhook_query::put_to_sleep:
    return "UPDATE webhook_activity SET asleep_at = CASE WHEN asleep_at < ?2 THEN ?2 "
           "ELSE asleep_at END WHERE webhook_id = ?1";
  case webhook_query::set_failing:
    return "UPDATE webhook_activity SET failing_since = ?2 WHERE webhook_id = ?1";
  case webhook_query::erase_activity:
    return "DELETE FROM webhook_activity WHERE webhook_id = ?1";
  default:
    return {};
  }
}

std::string_view sql_of_secrets(webhook_query x) noexcept {
  switch (x) {
  case webhook_query::insert_secret:
    return "INSERT INTO webhook_secrets VALUES (?1, (SELECT coalesce(max(number), 0) + 1 "
           "FROM webhook_secrets WHERE webhook_id = ?1), ?2, ?3, ?4)";
  case webhook_query::limit_secrets:
    return "UPDATE webhook_secrets SET expires_at = ?2 WHERE webhook_id = ?1 "
           "AND (expires_at IS NULL OR expires_at > ?2)";
  case webhook_query::erase_expired_secrets:
    return "DELETE FROM webhook_secrets WHERE webhook_id = ?1 AND expires_at <= ?2";
  case webhook_query::count_secrets:
    return "SELECT count(*) FROM webhook_secrets WHERE webhook_id = ?1";
  case webhook_query::erase_secrets:
    return "DELETE FROM webhook_secrets WHERE webhook_id = ?1";
  case webhook_query::secrets:
    return "SELECT sealed, created_at, expires_at FROM webhook_secrets WHERE webhook_id = ?1 "
           "ORDER BY number DESC";
  default:
    return {};
  }
}

std::string_view sql_of_consumers(webhook_query x) noexcept {
  switch (x) {
  case webhook_query::note_node_key:
    return "INSERT INTO node_key VALUES (1, ?1) ON CONFLICT (one) DO NOTHING";
  case webhook_query::replace_node_key:
    return "UPDATE node_key SET fingerprint = ?1 WHERE one = 1";
  case webhook_query::node_key:
    return "SELECT fingerprint FROM node_key WHERE one = 1";
  case webhook_query::erase_consumer:
    return "DELETE FROM consumers WHERE name = ?1";
  case webhook_query::erase_retries:
    return "DELETE FROM handler_retries WHERE consumer = ?1";
  case webhook_query::erase_dead_letters:
    return "DELETE FROM dead_letters WHERE consumer = ?1";
  case webhook_query::erase_dead_letter_of_delivery:
    // By event: a consumer may have very many.
    return "DELETE FROM dead_letters WHERE consumer || '' = ?1 AND seq = ?2 AND replay_id = ?3";
  default:
    return {};
  }
}

std::string_view sql_of_deliveries(webhook_query x) noexcept {
  switch (x) {
  case webhook_query::record_delivery:
    return "INSERT INTO webhook_deliveries (webhook_id, seq, replay_id, event_id, event_type, "
           "company_id, state, attempts, last_status, last_fault, next_at, created_at, updated_at) "
           "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, ?8, ?9, ?10, ?11, ?12) "
           "ON CONFLICT (webhook_id, seq, replay_id) DO UPDATE SET state = excluded.state, "
           "attempts = webhook_deliveries.attempts + 1, last_status = excluded.last_status, "
           "last_fault = excluded.last_fault, next_at = excluded.next_at, "
           "updated_at = excluded.updated_at RETURNING id, attempts";
  case webhook_query::delivery_by_key:
    return CARILLON_DELIVERIES "WHERE webhook_id = ?1 AND seq = ?2 AND replay_id = ?3";
  case webhook_query::give_up_deliveries:
    return "UPDATE webhook_deliveries SET state = 2, next_at = NULL, updated_at = ?2 "
           "WHERE webhook_id = ?1 AND state = 0 AND state <> 1";
  case webhook_query::set_retrying:
    return "UPDATE webhook_deliveries SET state = 0, next_at = ?2, updated_at = ?2 WHERE id = ?1";
  case webhook_query::erase_delivery:
    return "DELETE FROM webhook_deliveries WHERE id = ?1";
  case webhook_query::count_deliveries:
    return "SELECT count(*) FROM webhook_deliveries";
  case webhook_query::put_attempt:
    return "INSERT INTO webhook_attempts (id, number, at, cause, url, status, fault, error, "
           "retry_after, body, remote_address, dns_us, connect_us, tls_us, first_byte_us, "
           "total_us, "
           "after, next_at, next_reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
           "?12, "
           "?13, ?14, ?15, ?16, ?17, ?18, ?19) ON CONFLICT (id) DO UPDATE SET "
           "number = excluded.number, at = excluded.at, cause = excluded.cause, "
           "url = excluded.url, status = excluded.status, fault = excluded.fault, "
           "error = excluded.error, retry_after = excluded.retry_after, body = excluded.body, "
           "remote_address = excluded.remote_address, dns_us = excluded.dns_us, "
           "connect_us = excluded.connect_us, tls_us = excluded.tls_us, "
           "first_byte_us = excluded.first_byte_us, total_us = excluded.total_us, "
           "after = excluded.after, next_at = excluded.next_at, next_reason = excluded.next_reason";
  case webhook_query::attempts:
    return "SELECT number, at, cause, url, status, fault, error, retry_after, body, "
           "remote_address, dns_us, connect_us, tls_us, first_byte_us, total_us, after, next_at, "
           "next_reason FROM webhook_attempts WHERE id >= ?1 AND id < ?2";
  case webhook_query::erase_attempts:
    return "DELETE FROM webhook_attempts WHERE id >= ?1 AND id < ?2";
  default:
    return {};
  }
}

std::string_view sql_of_delivery_lists(webhook_query x) noexcept {
  switch (x) {
  case webhook_query::deliveries:
    return CARILLON_DELIVERIES "WHERE (seq, webhook_id, replay_id) < (?2, ?1, ?3) "
                               "ORDER BY seq DESC, webhook_id DESC, replay_id DESC";
  case webhook_query::deliveries_of_event:
    return CARILLON_DELIVERIES "WHERE seq = ?2 AND (webhook_id, replay_id) < (?1, ?3) "
                               "ORDER BY webhook_id DESC, replay_id DESC";
  case webhook_query::deliveries_of_webhook:
    return CARILLON_DELIVERIES "WHERE webhook_id = ?1 AND (seq, replay_id) < (?2, ?3) "
                               "ORDER BY seq DESC, replay_id DESC";
  case webhook_query::deliveries_of_webhook_in_state:
    return CARILLON_DELIVERIES
      "WHERE webhook_id = ?1 AND state = ?4 AND state <> 1 AND (seq, replay_id) < (?2, ?3) "
      "ORDER BY seq DESC, replay_id DESC";
  case webhook_query::deliveries_of_both:
    return CARILLON_DELIVERIES "WHERE webhook_id = ?1 AND seq = ?2 AND replay_id < ?3 "
                               "ORDER BY replay_id DESC";
  case webhook_query::failed_deliveries:
    return CARILLON_DELIVERIES
      "WHERE webhook_id = ?1 AND state = 2 AND created_at >= ?2 AND created_at < ?3 "
      "ORDER BY created_at LIMIT ?4";
  case webhook_query::oldest_deliveries:
    return "/* many */ SELECT id, created_at, state FROM webhook_deliveries WHERE id > ?1 ORDER BY "
           "id";
  default:
    return {};
  }
}

} // namespace

std::string_view sql_of(webhook_query x) noexcept {
  for (auto* part : {sql_of_webhooks, sql_of_secrets, sql_of_consumers, sql_of_deliveries,
                     sql_of_delivery_lists})
    if (const auto sql = part(x); !sql.empty())
      return sql;
  return {};
}

} // namespace carillon::sql
