#pragma once

#include "base/page.hpp"
#include "messages/access/operator_stamp.hpp"
#include "messages/list_request.hpp"
#include "messages/request.hpp"
#include "messages/schedules/definition.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

// Requests to the state actor about schedules, and about events that wait for their time. A
// schedule is named by its company (empty = of none) and its name.

/// A schedule as it is stored.
struct schedule_record {
  uint64_t id = 0;
  /// Each change of the definition, and each pause, has another one.
  uint64_t version = 1;
  schedule_definition definition;
  timestamp created_at;
  bool paused = false;
  /// The first occurrence that is not settled; empty if there is none any more, and in a pause.
  std::optional<timestamp> next_at;
  /// The latest occurrence that was published.
  std::optional<timestamp> last_at;
  uint64_t fired = 0;
  /// Left out by the rule for missed ones.
  uint64_t skipped = 0;
  /// Refused by the log: another event had their id.
  uint64_t failed = 0;
  std::string last_error;
};

using schedule_page = page_of<schedule_record>;

/// Those of a company, or all; ascending by their numbers.
struct list_schedules {
  using answer = schedule_page;
  list_request page;
};

/// Errors: `not_found`.
struct get_schedule {
  using answer = schedule_record;
  std::string company_id;
  std::string name;
};

/// Makes a schedule, or replaces its definition; its counts and its pause remain. The same
/// definition again changes nothing. Occurrences of the time before do not happen. Errors:
/// `invalid_argument` (it has no occurrence any more), `quota_exceeded`, `overloaded` (there are as
/// many as there may be).
struct put_schedule {
  using answer = schedule_record;
  schedule_definition definition;
  operator_stamp by;
};

/// An occurrence whose time has come may still happen. Errors: `not_found`.
struct delete_schedule {
  using answer = void;
  std::string company_id;
  std::string name;
  operator_stamp by;
};

/// Pauses a schedule, or resumes it: what would have occurred meanwhile does not happen. Errors:
/// `not_found`.
struct pause_schedule {
  using answer = schedule_record;
  std::string company_id;
  std::string name;
  bool paused = true;
  operator_stamp by;
};

/// What has become of the occurrences of a schedule. It counts only if the schedule is as it was.
struct schedule_move {
  uint64_t id = 0;
  uint64_t version = 0;
  timestamp from;
  /// Empty: there are no further ones.
  std::optional<timestamp> to;
  std::optional<timestamp> last_at;
  uint64_t fired = 0;
  uint64_t skipped = 0;
  uint64_t failed = 0;
  /// Empty = as it was.
  std::string error;
};

/// Settles occurrences, in one transaction.
struct move_schedules {
  using answer = void;
  std::vector<schedule_move> moves;
};

/// Where an event that waits for its time is.
enum class delay_state : uint8_t {
  waiting,
  /// It is being published, and cannot be cancelled any more.
  taken,
  /// It cannot be published, see `delayed_event::error`.
  failed,
};

/// `waiting`, `taken`, `failed`.
inline std::string_view name_of(delay_state x) noexcept {
  return x == delay_state::waiting ? "waiting" : x == delay_state::taken ? "taken" : "failed";
}

/// An event that waits for its time.
struct delayed_event {
  uint64_t id = 0;
  /// Of the event.
  std::string company_id;
  std::string source;
  std::string event_id;
  std::string type;
  timestamp publish_at;
  timestamp created_at;
  delay_state state = delay_state::waiting;
  /// See `json_of_draft`; empty in lists.
  std::string event;
  std::string error;
};

using delayed_page = page_of<delayed_event>;

/// Keeps an event until its time. The same one again, which has the company, source and id of one
/// that waits, answers that one; `conflict` if its time, type or data is another. Errors:
/// `quota_exceeded`, `overloaded` (there are as many as there may be).
struct put_delayed {
  using answer = delayed_event;
  delayed_event event;
};

/// Ascending by their numbers, without the event.
struct list_delayed {
  using answer = delayed_page;
  list_request page;
};

/// Errors: `not_found` (it was published, or cancelled, or is another company's).
struct get_delayed {
  using answer = delayed_event;
  uint64_t id = 0;
  std::optional<std::string> company_id;
};

/// It will not be published. Errors: `not_found`, as above; `conflict` (it is being published).
struct cancel_delayed {
  using answer = void;
  uint64_t id = 0;
  std::optional<std::string> company_id;
  /// An operator, for the audit log; empty for a publisher.
  std::optional<operator_stamp> by;
};

/// What is to be published now.
struct due_work {
  std::vector<schedule_record> schedules;
  std::vector<delayed_event> delayed;
  /// When the next one behind these is due.
  std::optional<timestamp> next;
};

using due_work_ptr = std::shared_ptr<const due_work>;

/// The longest overdue ones, at most `limit` of each kind.
struct find_due {
  using answer = due_work_ptr;
  timestamp now;
  size_t limit = 64;
};

/// The delayed events that may be published now.
struct taken_delays {
  std::vector<uint64_t> ids;
};

/// Marks these as being published. Answers which of them still wait, or were taken before.
struct take_delayed {
  using answer = taken_delays;
  std::vector<uint64_t> ids;
};

/// What has become of an event that was taken.
struct settled_delay {
  uint64_t id = 0;
  /// Empty = it is in the log.
  std::string error;
};

/// Forgets those that were published.
struct settle_delayed {
  using answer = void;
  std::vector<settled_delay> all;
};

/// Changes that the SCHEDULER makes, so that it knows what is due.
using schedule_changes
  = request_list<put_schedule, delete_schedule, pause_schedule, put_delayed, cancel_delayed>;

/// All requests about schedules that the state actor answers.
using schedule_requests
  = request_list<list_schedules, get_schedule, put_schedule, delete_schedule, pause_schedule,
                 move_schedules, put_delayed, list_delayed, get_delayed, cancel_delayed, find_due,
                 take_delayed, settle_delayed>;

} // namespace carillon
