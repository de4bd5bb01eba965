#include "persistence/state/sql_state_store.hpp"
#include "persistence/state/webhooks/webhook_rows.hpp"

#include <cmath>

// Commits of endpoints: attempts, and the health of a webhook.

namespace carillon::sql {

namespace {

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

void sql_state_store::apply_webhooks(const effects& x, timestamp now) {
  auto& sql = link_->webhooks;
  for (const auto& attempt : x.all<webhook_attempt>())
    record(attempt, now);
  for (const auto& wake : x.all<webhook_wake>())
    sql.run(webhook_query::wake, wake.webhook_id, wake.at);
  for (const auto& health : x.all<webhook_health>())
    sql.run(webhook_query::set_failing, health.webhook_id, micros_of(health.failing_since));
}

void sql_state_store::record(const webhook_attempt& x, timestamp now) {
  static const http_response none;
  auto& sql = link_->webhooks;
  const auto& r = x.response ? *x.response : none;
  const auto& key = x.delivery;
  const std::string_view fault = to_string(r.fault);
  auto after = x.after;
  auto next_at = micros_of(x.next_at);
  // Deliveries of a webhook that was deleted meanwhile are not retried.
  if (after == webhook_delivery_state::retrying && !knows_webhook(key.webhook_id)) {
    after = webhook_delivery_state::failed;
    next_at.reset();
  }
  uint64_t delivery = 0;
  uint64_t number = 0;
  {
    auto row = sql.query(webhook_query::record_delivery, key.webhook_id, key.seq, key.replay_id,
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
    ++new_deliveries_;
  const auto trigger
    = known && x.trigger == attempt_trigger::live ? attempt_trigger::manual : x.trigger;
  const auto& p = r.phases;
  sql.run(webhook_query::put_attempt, attempts_begin(delivery) + number % attempts_kept, number,
          to_micros(x.at), static_cast<int64_t>(trigger), std::string_view{x.url}, r.status, fault,
          std::string_view{r.error}, std::string_view{r.retry_after},
          blob_view{std::string_view{r.body}.substr(0, body_bytes)},
          std::string_view{r.remote_address}, micros_of(p.dns_ms), micros_of(p.connect_ms),
          micros_of(p.tls_ms), micros_of(p.first_byte_ms), micros_of(p.total_ms),
          static_cast<int64_t>(after), next_at, std::string_view{x.next_reason});
}

} // namespace carillon::sql
