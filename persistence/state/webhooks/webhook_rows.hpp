#pragma once

#include "messages/webhooks/delivery.hpp"
#include "messages/webhooks/webhook.hpp"
#include "persistence/state/statement.hpp"

#include <string>
#include <string_view>

namespace carillon::sql {

// How webhooks and deliveries are written in their rows. What cannot be read throws `damage`.

/// Patterns, comma separated.
std::string text_of(const std::vector<type_pattern>& xs);

/// Seconds, comma separated.
std::string text_of(const webhook_retry_policy& x);

/// JSON: `[["name","value"],…]`.
std::string text_of(const std::vector<std::pair<std::string, std::string>>& headers);

/// A row as the statements of `webhook_query::webhooks` and the like give it.
webhook webhook_of(const statement& row);

/// A row of `webhook_query::deliveries` and the like: its own number, then what it holds.
webhook_delivery delivery_of(const statement& row);

/// A row of `webhook_query::attempts`; what the delivery knows is taken from there.
webhook_attempt attempt_of(const statement& row, const webhook_delivery& of);

/// Attempts of a delivery that are kept: the newest ones.
inline constexpr uint64_t attempts_kept = 128;

/// Number of the first row of a delivery in webhook_attempts; `attempts_kept` of them are its own.
constexpr uint64_t attempts_begin(uint64_t delivery) {
  return delivery * attempts_kept;
}

} // namespace carillon::sql
