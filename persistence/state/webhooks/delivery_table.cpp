#include "persistence/state/webhooks/delivery_table.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace carillon::sql {

namespace {

namespace q {

const sql_query record_delivery{
  "record_delivery",
  "INSERT INTO webhook_deliveries (webhook_id, seq, replay_id, event_id, event_type, "
  "company_id, state, attempts, last_status, last_fault, next_at, created_at, updated_at) "
  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, ?8, ?9, ?10, ?11, ?12) "
  "ON CONFLICT (webhook_id, seq, replay_id) DO UPDATE SET state = excluded.state, "
  "attempts = webhook_deliveries.attempts + 1, last_status = excluded.last_status, "
  "last_fault = excluded.last_fault, next_at = excluded.next_at, "
  "updated_at = excluded.updated_at RETURNING id, attempts"};
const sql_query delivery_by_key{
  "delivery_by_key", CARILLON_DELIVERIES "WHERE webhook_id = ?1 AND seq = ?2 AND replay_id = ?3",
  row_count::many};
const sql_query give_up_deliveries{
  "give_up_deliveries", "UPDATE webhook_deliveries SET state = 2, next_at = NULL, updated_at = ?2 "
                        "WHERE webhook_id = ?1 AND state = 0 AND state <> 1"};
const sql_query set_retrying{
  "set_retrying",
  "UPDATE webhook_deliveries SET state = 0, next_at = ?2, updated_at = ?2 WHERE id = ?1"};
const sql_query erase_delivery{"erase_delivery", "DELETE FROM webhook_deliveries WHERE id = ?1"};
const sql_query count_deliveries{"count_deliveries", "SELECT count(*) FROM webhook_deliveries"};
const sql_query put_attempt{
  "put_attempt",
  "INSERT INTO webhook_attempts (id, number, at, cause, url, status, fault, error, "
  "retry_after, body, remote_address, dns_us, connect_us, tls_us, first_byte_us, total_us, "
  "after, next_at, next_reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, "
  "?13, ?14, ?15, ?16, ?17, ?18, ?19) ON CONFLICT (id) DO UPDATE SET number = excluded.number, "
  "at = excluded.at, cause = excluded.cause, url = excluded.url, status = excluded.status, "
  "fault = excluded.fault, error = excluded.error, retry_after = excluded.retry_after, body = "
  "excluded.body, remote_address = excluded.remote_address, dns_us = excluded.dns_us, "
  "connect_us = excluded.connect_us, tls_us = excluded.tls_us, first_byte_us = "
  "excluded.first_byte_us, total_us = excluded.total_us, "
  "after = excluded.after, next_at = excluded.next_at, next_reason = excluded.next_reason"};
const sql_query erase_attempts{"erase_attempts",
                               "DELETE FROM webhook_attempts WHERE id >= ?1 AND id < ?2"};

} // namespace q

constexpr size_t body_bytes = 8'192;

/// Whole microseconds, negative if the phase was not reached.
int64_t micros_of(double milliseconds) {
  constexpr double most = 1e12;
  if (!(milliseconds >= 0.0))
    return -1;
  return std::llround(std::min(milliseconds, most) * 1'000.0);
}

std::optional<int64_t> micros_of(const std::optional<timestamp>& x) {
  return x ? std::optional{to_micros(*x)} : std::nullopt;
}

} // namespace

void delivery_table::begin() {
  added_ = 0;
}

void delivery_table::apply(const effects& x, timestamp now) {
  for (const auto& attempt : x.all<webhook_attempt>())
    record(attempt, now);
  for (const auto& activation : x.all<webhook_activation>())
    webhooks_.activate(activation.webhook_id, activation.at);
  for (const auto& health : x.all<webhook_health>())
    webhooks_.set_failing(health.webhook_id, health.failing_since);
}

void delivery_table::ended(const expected<void>& outcome) {
  if (outcome && count_)
    *count_ += added_;
  else if (!outcome && outcome.error().code != ec::conflict
           && outcome.error().code != ec::not_found)
    forget_count(); // Whether it reached the disk is not known.
}

void delivery_table::record(const webhook_attempt& x, timestamp now) {
  static const http_response none;
  auto& sql = db_.sql();
  const auto& r = x.response ? *x.response : none;
  const auto& key = x.delivery;
  const std::string_view fault = to_string(r.fault);
  auto after = x.after;
  auto next_at = micros_of(x.next_at);
  // Deliveries of a webhook that was deleted meanwhile are not retried.
  if (after == webhook_delivery_state::retrying && !webhooks_.knows(key.webhook_id)) {
    after = webhook_delivery_state::failed;
    next_at.reset();
  }
  uint64_t delivery = 0;
  uint64_t number = 0;
  {
    auto row = sql.query(q::record_delivery, key.webhook_id, key.seq, key.replay_id,
                         std::string_view{x.event_id}, std::string_view{x.event_type},
                         std::string_view{x.company_id}, static_cast<int64_t>(after), r.status,
                         fault, next_at, to_micros(x.at), to_micros(now));
    if (!row.next())
      throw damage{"a delivery was not recorded"};
    delivery = row->number(0);
    number = row->number(1);
    while (row.next()) {
    }
  }
  const bool known = number > 1;
  if (!known)
    ++added_;
  const auto trigger
    = known && x.trigger == attempt_trigger::live ? attempt_trigger::manual : x.trigger;
  const auto& p = r.phases;
  sql.run(q::put_attempt, attempts_begin(delivery) + number % attempts_kept, number,
          to_micros(x.at), static_cast<int64_t>(trigger), std::string_view{x.url}, r.status, fault,
          std::string_view{r.error}, std::string_view{r.retry_after},
          blob_view{std::string_view{r.body}.substr(0, body_bytes)},
          std::string_view{r.remote_address}, micros_of(p.dns_ms), micros_of(p.connect_ms),
          micros_of(p.tls_ms), micros_of(p.first_byte_ms), micros_of(p.total_ms),
          static_cast<int64_t>(after), next_at, std::string_view{x.next_reason});
}

std::optional<numbered_delivery> delivery_table::find(const webhook_delivery_key& key) {
  auto row = db_.sql().query(q::delivery_by_key, key.webhook_id, key.seq, key.replay_id);
  if (!row.next())
    return std::nullopt;
  return numbered_delivery{row->number(0), delivery_of(*row)};
}

void delivery_table::set_retrying(uint64_t number, timestamp now) {
  db_.sql().run(q::set_retrying, number, to_micros(now));
}

void delivery_table::give_up(uint64_t webhook_id, timestamp now) {
  db_.sql().run(q::give_up_deliveries, webhook_id, to_micros(now));
}

uint64_t delivery_table::count() {
  if (!count_) {
    auto row = db_.sql().query(q::count_deliveries);
    count_ = row.next() ? row->number(0) : 0;
  }
  return *count_;
}

void delivery_table::erase(const std::vector<uint64_t>& numbers) {
  auto& sql = db_.sql();
  for (const auto x : numbers) {
    sql.run(q::erase_attempts, attempts_begin(x), attempts_begin(x + 1));
    sql.run(q::erase_delivery, x);
  }
}

void delivery_table::note_erased(uint64_t number) {
  if (count_)
    *count_ -= number;
}

} // namespace carillon::sql
