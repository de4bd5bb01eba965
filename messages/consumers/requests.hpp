#pragma once

#include "base/page.hpp"
#include "messages/access/operator_stamp.hpp"
#include "messages/consumers/rows.hpp"
#include "messages/list_request.hpp"
#include "messages/request.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

// Requests to the state actor about consumers. Changes that an operator makes carry a stamp and
// write their audit row in the same transaction.

/// A consumer as it is resumed at start.
struct opened_consumer {
  consumer_record record;
  /// By (due, seq).
  std::vector<retry_row> retries;
};

using opened_consumer_ptr = std::shared_ptr<const opened_consumer>;

/// Reads a consumer, creating it at `initial` if it is new.
struct open_consumer {
  using answer = opened_consumer_ptr;
  std::string name;
  position initial = 0;
};

/// A consumer that failed at an event and has it as a retry, or as a dead letter.
struct consumer_failure {
  std::string consumer;
  bool dead = false;
};

using consumer_failures = std::vector<consumer_failure>;

/// Asks which consumers have failed at an event, except for replays.
struct find_failures {
  using answer = consumer_failures;
  position seq = 0;
};

using consumer_records = std::vector<consumer_record>;

/// Names of all consumers with their records.
struct list_consumers {
  using answer = consumer_records;
};

/// Pauses or resumes a consumer; its cursor stays. Errors: `not_found`.
struct pause_consumer {
  using answer = void;
  std::string name;
  bool paused = true;
  operator_stamp by;
};

using dead_letter_page = page_of<dead_letter>;

/// By id, newest first unless `page.ascending`.
struct list_dead_letters {
  using answer = dead_letter_page;
  list_request page;
};

/// Removes a dead letter: `retry` replaces it by a retry row due now (with its attempts counted
/// anew), otherwise it is discarded. Answers the letter.
struct resolve_dead_letter {
  using answer = dead_letter;
  uint64_t id = 0;
  bool retry = true;
  /// Must be the letter's company, if given; else `not_found`.
  std::optional<std::string> company_id;
  operator_stamp by;
};

/// Requests about consumers that the state actor answers.
using consumer_requests = request_list<open_consumer, list_consumers, find_failures, pause_consumer,
                                       list_dead_letters, resolve_dead_letter>;

} // namespace carillon
