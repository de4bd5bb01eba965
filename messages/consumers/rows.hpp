#pragma once

#include "messages/access/audit.hpp"
#include "messages/consumers/effects.hpp"
#include "messages/events/event.hpp"
#include "messages/events/filter.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// One counter as `GET /api/metrics` shows it.
struct metric_row {
  timestamp begin;
  std::string type;
  std::string company_id;
  uint64_t count = 0;
};

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

/// One transaction of a consumer. Applied as a whole, or not at all.
struct consumer_commit {
  std::string consumer;
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
};

/// A consumer as the store holds it.
struct consumer_record {
  std::string name;
  position cursor = 0;
  bool paused = false;
  std::string last_error;
  timestamp updated_at;
  uint64_t retrying = 0;
  uint64_t dead_letters = 0;
  std::optional<timestamp> oldest_failure;
};

enum class replay_phase : uint8_t { running, done, failed, cancelled };

std::string_view name_of(replay_phase x) noexcept;

/// A replay and its progress.
struct replay_record {
  uint64_t id = 0;
  replay_phase phase = replay_phase::running;
  /// `all`, `handlers`, `handler/<name>`, `webhooks` or `webhook/<id>`.
  std::string target;
  event_filter filter;
  /// Explicit positions, ascending; if not empty, `filter` is not used.
  std::vector<position> positions;
  /// Events per second; 0 = as fast as the targets accept them.
  uint32_t rate = 0;
  /// Head of the log at the start; later events are not included.
  position up_to = 0;
  /// Everything up to here was handed to the targets.
  position cursor = 0;
  uint64_t matched = 0;
  uint64_t delivered = 0;
  std::string error;
  timestamp created_at;
  timestamp updated_at;
  operator_stamp by;
};

/// The plan of a replay: its targets and their events.
struct replay_plan {
  struct target {
    /// `handler/<name>`, `webhooks` or `sessions`.
    std::string name;
    /// Events of the replay that concern this handler. Empty for webhooks and sessions, which are
    /// many, and if the replay lists positions.
    std::optional<uint64_t> events;
    /// Number of webhooks.
    std::optional<uint64_t> receivers;
  };

  /// Events that match, for any target.
  uint64_t matched = 0;
  std::vector<target> targets;
};

enum class role : uint8_t { publisher, reader, admin };

std::string_view name_of(role x) noexcept;
std::optional<role> role_from(std::string_view name) noexcept;

/// An API key as it is stored, without the key itself.
struct api_key {
  uint64_t id = 0;
  std::string name;
  carillon::role role = carillon::role::reader;
  /// Bound to this company; empty = every company.
  std::string company_id;
  /// SHA-256 of the key text, lower case hex.
  std::string hash;
  timestamp created_at;
};

/// An event type registered at run time.
struct registered_type {
  std::string type;
  carillon::audience audience = carillon::audience::none;
  /// JSON Schema as it was registered.
  std::string schema;
  timestamp created_at;
};

/// Selects a page of a list in the state store. Lists are ordered by number,
/// newest first unless said otherwise.
struct list_request {
  /// Keyset: only numbers beyond this one.
  std::optional<uint64_t> beyond;
  /// 1–1000.
  size_t limit = 100;
  std::optional<std::string> company_id;
  /// Consumer (dead letters) or action (audit).
  std::optional<std::string> name;
  bool ascending = false;
};

} // namespace carillon
