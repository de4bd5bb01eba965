#pragma once

#include "base/failure.hpp"
#include "messages/events/event.hpp"
#include "messages/schedules/requests.hpp"

#include <string>
#include <string_view>

namespace carillon {

// Events that are checked when they are handed in, and published later as they were checked: a
// schema that changes in between is not applied to them.

/// A draft as the state keeps it: all members of the envelope that are set, `data` and `metadata`
/// byte for byte. A time of the epoch stands for none.
std::string json_of_draft(const event& x);

/// The same without what each occurrence has of its own: `id`, `source`, `time` and `companyId`.
std::string json_of_template(const event& x);

/// Inverse of both. Errors: `store_corrupt`.
expected<draft_ptr> draft_from_json(std::string_view json);

/// The event of an occurrence: its id is the occurrence in UTC, its source the schedule. Errors:
/// `store_corrupt`.
expected<draft_ptr> draft_of_occurrence(const schedule_definition& x, timestamp occurrence);

/// An event that was checked, to be published at `at`; one that is over means at once.
/// @param now the time that the parser gave an event without one: it gets that of its publication
/// Errors: `invalid_argument` (more than 366 days from now).
expected<delayed_event> delay_of(event& draft, timestamp at, timestamp now);

} // namespace carillon
