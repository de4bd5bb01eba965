#pragma once

#include "messages/webhooks/delivery.hpp"
#include "messages/webhooks/webhook.hpp"
#include "persistence/state/statement.hpp"

#include <string>
#include <string_view>

namespace carillon::sql {

// Encoding of webhooks and deliveries in their rows. Unreadable rows throw `damage`.

/// Patterns, comma separated.
std::string text_of(const std::vector<type_pattern>& xs);

/// Seconds, comma separated.
std::string text_of(const webhook_retry_policy& x);

/// JSON: `[["name","value"],…]`.
std::string text_of(const std::vector<std::pair<std::string, std::string>>& headers);

/// A row of a list of webhooks.
webhook webhook_of(const statement& row);

/// A row of a list of deliveries: its own number, then its columns.
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
