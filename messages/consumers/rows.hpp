#pragma once

#include "messages/consumers/effects.hpp"
#include "messages/events/event.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace carillon {

/// A delivery that failed and is due again. Key: (consumer, seq, replay_id).
struct retry_row {
  position seq = 0;
  /// 0 = live; else the replay that re-fired the event.
  uint64_t replay_id = 0;
  /// Attempts made so far. 0 = parked behind an earlier event of its key.
  uint32_t attempts = 0;
  timestamp due;
  /// Order key; empty unless the order is `per_key`.
  std::string key;
  std::string last_error;
  timestamp first_failed_at;
  /// Of the last attempt, see `delivery_outcome`. A row that was read from the store has it if no
  /// attempt is left.
  int last_status = 0;
  /// No further attempt helps: it becomes a dead letter when it is due. Not stored; after a crash
  /// in between it is tried once more.
  bool is_last = false;
};

/// A delivery whose last attempt failed.
struct dead_letter {
  uint64_t id = 0;
  std::string consumer;
  position seq = 0;
  uint64_t replay_id = 0;
  std::string event_id;
  std::string event_type;
  std::string company_id;
  uint32_t attempts = 0;
  std::string last_error;
  timestamp created_at;
  /// Of the last attempt, see `delivery_outcome`; for the report of the dead letter, not stored.
  int last_status = 0;
};

/// Deliveries whose statements were refused while the rest of their commit took place, as the rows
/// that the store has for them. The store writes it before it answers, the consumer reads it then.
struct refused_deliveries {
  std::vector<retry_row> rows;
};

/// One transaction of a consumer. Applied as a whole, or not at all, but for the statements of an
/// application: see `event_statements`.
struct consumer_commit {
  std::string consumer;
  /// As it was opened, see `consumer_record`. The store refuses the commit of an earlier one with
  /// `ec::conflict`: another owner has the consumer now.
  uint64_t generation = 0;
  /// Who shares the store: the company of a webhook; empty = the consumer alone.
  std::string share;
  /// Everything up to here is done or has a row; never moves back.
  position cursor = 0;
  carillon::effects effects;
  /// Inserted or replaced.
  std::vector<retry_row> upsert_retries;
  /// Removed: (seq, replay_id).
  std::vector<std::pair<position, uint64_t>> erase_retries;
  /// Added; `id` is assigned by the store.
  std::vector<dead_letter> dead_letters;
  /// Empty = unchanged.
  std::optional<std::string> last_error;
  timestamp now;
  /// Where the store reports refused statements; null if the commit has none.
  std::shared_ptr<refused_deliveries> refused = {};
};

using consumer_commit_ptr = std::shared_ptr<const consumer_commit>;

/// A consumer as the store holds it.
struct consumer_record {
  std::string name;
  position cursor = 0;
  /// How often it was opened: each opening supersedes those before it.
  uint64_t generation = 0;
  bool paused = false;
  std::string last_error;
  timestamp updated_at;
  uint64_t retrying = 0;
  uint64_t dead_letters = 0;
  std::optional<timestamp> oldest_failure;
};

} // namespace carillon
