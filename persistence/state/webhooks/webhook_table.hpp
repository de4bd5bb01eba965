#pragma once

#include "base/failure.hpp"
#include "messages/webhooks/webhook.hpp"
#include "persistence/state/sql/state_connection.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace carillon::sql {

/// The rows of webhooks and of their activity that several stores use. Every call is within a
/// transaction.
class webhook_table {
public:
  explicit webhook_table(state_connection& db) noexcept : db_(db) {
  }

  /// Errors: `not_found`, also for another company's.
  expected<webhook> find(uint64_t id, const std::optional<std::string>& company_id);

  bool knows(uint64_t id);

  /// Active from this position on.
  void activate(uint64_t id, position at);

  /// Active, if it is idle.
  void wake_after_sleep(uint64_t id);

  /// Since when its deliveries have failed; empty = they do not.
  void set_failing(uint64_t id, const std::optional<timestamp>& since);

private:
  state_connection& db_;
};

} // namespace carillon::sql
