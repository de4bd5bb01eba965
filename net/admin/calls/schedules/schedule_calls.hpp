#pragma once

#include "net/admin/call.hpp"

// The handlers of the routes of schedules and delayed events, by file; see resources.hpp.

namespace carillon::admin {

// schedules.cpp
expected<answer> show_schedules(call& c);
expected<answer> show_schedule(call& c);
expected<answer> show_occurrences(call& c);
expected<answer> change_schedule(call& c);
expected<answer> remove_schedule(call& c);
expected<answer> pause_one_schedule(call& c);
expected<answer> resume_one_schedule(call& c);

// run.cpp
expected<answer> run_schedule(call& c);

// delayed.cpp
expected<answer> show_delayed_events(call& c);
expected<answer> show_delayed_event(call& c);
expected<answer> cancel_delayed_event(call& c);

/// Keeps an event that was parsed at `now` until the time `at`, as RFC 3339. Answers 202.
expected<answer> delay_publish(call& c, event& draft, std::string_view at, timestamp now);

} // namespace carillon::admin
