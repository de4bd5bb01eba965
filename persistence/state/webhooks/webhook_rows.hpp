#pragma once

#include "messages/webhooks/delivery.hpp"
#include "messages/webhooks/webhook.hpp"
#include "persistence/state/sql/statement.hpp"

#include <string>
#include <string_view>

/// The columns that `webhook_of` reads, followed by the rest of the statement: for SQLite, and for
/// PostgreSQL. For SQLite, CROSS JOIN fixes the order of the tables: the page comes from the first.
#define CARILLON_WEBHOOKS_BY(join)                                                                 \
  "SELECT w.id, w.company_id, w.url, w.types, w.ordered, w.max_in_flight, w.rate_per_second, "     \
  "w.retry_schedule, w.headers, w.description, w.disabled_reason, w.created_at, w.updated_at, "    \
  "a.awake_at, a.asleep_at, a.failing_since, "                                                     \
  "EXISTS (SELECT 1 FROM handler_retries WHERE consumer = 'webhook.' || w.id), "                   \
  "w.private_targets, w.filter, w.message "                                                        \
  "FROM webhooks w " join " webhook_activity a ON a.webhook_id = w.id "
#define CARILLON_WEBHOOKS(rest)                                                                    \
  CARILLON_WEBHOOKS_BY("CROSS JOIN") rest, CARILLON_WEBHOOKS_BY("JOIN") rest

/// The columns that `delivery_of` reads.
#define CARILLON_DELIVERIES                                                                        \
  "SELECT id, webhook_id, seq, replay_id, event_id, event_type, company_id, state, attempts, "     \
  "last_status, last_fault, next_at, created_at, updated_at FROM webhook_deliveries "

namespace carillon::sql {

// Encoding of webhooks and deliveries in their rows. Unreadable rows throw `damage`.

/// Patterns, comma separated.
std::string text_of(const std::vector<type_pattern>& xs);

/// Seconds, comma separated.
std::string text_of(const webhook_retry_policy& x);

/// JSON: `[["name","value"],…]`.
std::string text_of(const std::vector<std::pair<std::string, std::string>>& headers);

/// A row of `CARILLON_WEBHOOKS`.
webhook webhook_of(const statement& row);

/// A row of `CARILLON_DELIVERIES`: its own number, then its columns.
webhook_delivery delivery_of(const statement& row);

/// A row of a list of attempts; fields of the delivery are copied from it.
webhook_attempt attempt_of(const statement& row, const webhook_delivery& of);

/// A delivery with the number of its row.
struct numbered_delivery {
  uint64_t number = 0;
  webhook_delivery delivery;
};

/// Attempts of a delivery that are kept: the newest ones.
inline constexpr uint64_t attempts_kept = 128;

/// Number of the first row of a delivery in webhook_attempts; it owns `attempts_kept` rows.
constexpr uint64_t attempts_begin(uint64_t delivery) {
  return delivery * attempts_kept;
}

} // namespace carillon::sql
