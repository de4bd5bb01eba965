#pragma once

#include "messages/webhooks/webhook.hpp"
#include "persistence/state/sql/state_connection.hpp"

#include <cstdint>
#include <vector>

namespace carillon::sql {

/// The sealed secrets of webhooks. Every call is within a transaction.
class secret_table {
public:
  explicit secret_table(state_connection& db) noexcept : db_(db) {
  }

  /// Newest first.
  std::vector<sealed_secret> list(uint64_t webhook_id);

  uint64_t count(uint64_t webhook_id);

  /// Puts one in front.
  void put(uint64_t webhook_id, const sealed_secret& x);

  /// All end at `at` at the latest; those that have ended are deleted.
  void limit(uint64_t webhook_id, timestamp at, timestamp now);

  void erase(uint64_t webhook_id);

private:
  state_connection& db_;
};

} // namespace carillon::sql
