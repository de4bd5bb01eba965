#pragma once

#include "base/page.hpp"
#include "messages/access/operator_stamp.hpp"
#include "messages/list_request.hpp"
#include "messages/request.hpp"
#include "messages/schedules/definition.hpp"
#include "messages/schedules/delayed_event.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

// Requests to the state actor about schedules. A schedule is named by its company (empty = of none)
// and its name.

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

/// Changes that the SCHEDULER makes, so that it knows what is due.
using schedule_changes
  = request_list<put_schedule, delete_schedule, pause_schedule, put_delayed, cancel_delayed>;

/// All requests about schedules that the state actor answers.
using schedule_requests
  = request_list<list_schedules, get_schedule, put_schedule, delete_schedule, pause_schedule,
                 move_schedules, put_delayed, list_delayed, get_delayed, cancel_delayed, find_due,
                 take_delayed, settle_delayed>;

} // namespace carillon
