#pragma once

#include "messages/consumers/rows.hpp"

#include <memory>
#include <string>
#include <vector>

namespace carillon {

// Requests to the state actor. Each struct is one request; changes that an operator makes carry a
// stamp and write their audit row in the same transaction.

/// Reads a consumer, creating it at `initial` if it is new.
struct open_consumer {
  std::string name;
  position initial = 0;
};

/// A consumer as it resumes at start.
struct opened_consumer {
  consumer_record record;
  /// By (due, seq).
  std::vector<retry_row> retries;
};

using opened_consumer_ptr = std::shared_ptr<const opened_consumer>;

/// Asks which consumers have failed at an event, without replays.
struct find_failures {
  position seq = 0;
};

/// A consumer that failed at an event and has it as a retry, or as a dead letter.
struct consumer_failure {
  std::string consumer;
  bool dead = false;
};

using consumer_failures = std::vector<consumer_failure>;

using consumer_commit_ptr = std::shared_ptr<const consumer_commit>;

/// Names of all consumers with their records.
struct list_consumers {};

using consumer_records = std::vector<consumer_record>;

struct pause_consumer {
  std::string name;
  bool paused = true;
  operator_stamp by;
};

struct list_dead_letters {
  list_request page;
};

/// A page and the number to continue beyond, empty at the end.
template <class T>
struct page_of {
  std::vector<T> items;
  std::optional<uint64_t> next;
};

using dead_letter_page = page_of<dead_letter>;
using audit_page = page_of<audit_row>;
using replay_page = page_of<replay_record>;
using api_key_page = page_of<api_key>;

/// Removes a dead letter: `retry` replaces it by a retry row due now (the attempts begin anew),
/// otherwise it is discarded. Answers the letter.
struct resolve_dead_letter {
  uint64_t id = 0;
  bool retry = true;
  /// Must be its company, if given; else `not_found`.
  std::optional<std::string> company_id;
  operator_stamp by;
};

struct append_audit {
  audit_entry entry;
};

/// A page may be short, or empty, though there is a next one: filters other than company and action
/// scan a bounded number of rows.
struct list_audit {
  list_request page;
  /// Equals the row's actor or person.
  std::optional<std::string> actor = {};
  std::optional<std::string> subject = {};
  /// Part of the row's origin.
  std::optional<std::string> origin = {};
  std::optional<timestamp> from = {};
  /// Exclusive.
  std::optional<timestamp> to = {};
};

/// Verifies a segment of the chain. Callers continue with `next` and `hash` until `next` is empty,
/// so that each request is short.
struct verify_audit {
  uint64_t from = 1;
  /// Hash of row `from - 1`; empty for the first.
  std::string hash;
  size_t limit = 10'000;
  /// The chain has to have this row.
  std::optional<audit_mark> expect = {};
};

struct audit_progress {
  audit_verdict verdict;
  std::optional<uint64_t> next;
  std::string hash;
  /// Events as the rows of the segment record them.
  std::vector<audited_event> events = {};
};

struct query_metrics {
  std::optional<std::string> company_id;
  std::optional<std::string> type;
  std::optional<timestamp> from;
  std::optional<timestamp> to;
  /// Sums the hours of a day into one row.
  bool by_day = false;
  /// 1–10000, ascending by (begin, type, company).
  size_t limit = 1'000;
};

using metric_rows = std::vector<metric_row>;

struct create_replay {
  replay_record record;
};

/// Progress; moves a replay's cursor, counters, phase and error.
struct update_replay {
  uint64_t id = 0;
  replay_phase phase = replay_phase::running;
  position cursor = 0;
  uint64_t delivered = 0;
  std::string error;
};

struct get_replay {
  uint64_t id = 0;
};

/// All `running` replays, which resume at start.
struct list_running_replays {};

using replay_records = std::vector<replay_record>;

struct list_replays {
  list_request page;
};

/// Stores a key; answers it with its id.
struct create_api_key {
  api_key key;
  operator_stamp by;
};

struct delete_api_key {
  uint64_t id = 0;
  operator_stamp by;
};

struct list_api_keys {};

using api_keys = std::vector<api_key>;

struct put_event_type {
  registered_type type;
  operator_stamp by;
};

struct list_event_types {};

using registered_types = std::vector<registered_type>;

} // namespace carillon
