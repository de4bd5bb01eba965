#pragma once

#include "messages/consumers/rows.hpp"
#include "persistence/state/sql/state_connection.hpp"

#include <cstdint>
#include <string>

namespace carillon::sql {

/// The rows of consumers that several stores write. Every call is within a writing transaction.
class consumer_table {
public:
  explicit consumer_table(state_connection& db) noexcept : db_(db) {
  }

  /// Unless it exists.
  void insert(const std::string& name, position cursor, timestamp now);

  /// Deletes a consumer with its retries and dead letters.
  void erase(const std::string& name);

  /// Inserts or replaces.
  void put_retry(const std::string& consumer, const retry_row& x);

  /// Adds to the consumer's number of dead letters.
  void count_dead_letters(const std::string& consumer, int64_t more);

  /// Deletes the dead letter of a delivery, if there is one.
  void erase_dead_letter(const std::string& consumer, position seq, uint64_t replay_id);

private:
  state_connection& db_;
};

} // namespace carillon::sql
